// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Signals

/// Bulk decisions in memory, with the states that the real desk has.
actor MemoryBulkDesk: BulkDesk {
    private(set) var all: [BulkDecision] = []
    private(set) var said: [String] = []

    func add(_ bulk: BulkDecision) { all.insert(bulk, at: 0) }

    func bulks(limit: Int) -> [BulkDecision] { Array(all.prefix(limit)) }

    func items(of id: BulkID, after number: Int, limit: Int) -> [BulkItem] {
        [
            BulkItem(
                number: 1, target: Target(platform: "matrix", space: "!room", item: "$item"), at: Date(timeIntervalSince1970: 0),
                fingerprint: 1, distance: 4)
        ]
    }

    func start(_ id: BulkID, by account: String) throws -> BulkDecision {
        guard account != all.first(where: { $0.id == id })?.by else { throw BulkError.needsAnotherPerson(account) }
        return try change(id, to: .running, "start \(id) by \(account)")
    }

    func pause(_ id: BulkID, by account: String) throws -> BulkDecision {
        try change(id, to: .paused, "pause \(id) by \(account)")
    }

    func discard(_ id: BulkID, by account: String) throws -> BulkDecision {
        try change(id, to: .discarded, "discard \(id) by \(account)")
    }

    func undo(_ id: BulkID, by account: String, reason: String) throws -> BulkDecision {
        try change(id, to: .undoing, "undo \(id) by \(account): \(reason)")
    }

    private func change(_ id: BulkID, to state: BulkDecision.State, _ what: String) throws -> BulkDecision {
        guard let index = all.firstIndex(where: { $0.id == id }) else { throw BulkError.noSuchBulk(id) }
        all[index].state = state
        said.append(what)
        return all[index]
    }
}
