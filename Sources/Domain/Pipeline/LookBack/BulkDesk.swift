// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// Port: bulk decisions as people work with them.
package protocol BulkDesk: Sendable {
    /// Newest first.
    func bulks(limit: Int) async throws -> [BulkDecision]
    /// In the order of their numbers.
    func items(of id: BulkID, after number: Int, limit: Int) async throws -> [BulkItem]
    /// Throw `BulkError`.
    @discardableResult func start(_ id: BulkID, by account: String) async throws -> BulkDecision
    @discardableResult func pause(_ id: BulkID, by account: String) async throws -> BulkDecision
    @discardableResult func discard(_ id: BulkID, by account: String) async throws -> BulkDecision
    @discardableResult func undo(_ id: BulkID, by account: String, reason: String) async throws -> BulkDecision
}

extension BulkService: BulkDesk {
    package func bulks(limit: Int) async throws -> [BulkDecision] {
        try await store.bulks(in: Set(BulkDecision.State.allCases), limit: limit)
    }

    package func items(of id: BulkID, after number: Int, limit: Int) async throws -> [BulkItem] {
        try await store.items(of: id, after: number, limit: limit)
    }
}
