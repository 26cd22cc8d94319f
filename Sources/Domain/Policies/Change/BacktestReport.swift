// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// What a back-test of one version of a rule found: the ground on which it is promoted.
package struct BacktestReport: Hashable, Sendable, Codable {
    package var id: String
    package var key: RuleKey
    package var at: Date
    /// Who ran it.
    package var by: String
    /// The events that were replayed: how many, and when they happened.
    package var events: Int
    package var from: Date?
    package var until: Date?
    /// What was counted, such as `fired`, `newly_acting`, `lost`; never content.
    package var numbers: [String: Double]
    /// Lower-case hexadecimal SHA-256 of the whole output, which is the same for the same input.
    package var hash: String

    package init(
        id: String, key: RuleKey, at: Date, by: String, events: Int, from: Date? = nil, until: Date? = nil,
        numbers: [String: Double] = [:], hash: String
    ) {
        self.id = id
        self.key = key
        self.at = at
        self.by = by
        self.events = events
        self.from = from
        self.until = until
        self.numbers = numbers
        self.hash = hash
    }
}

/// Port: back-tests that were recorded.
package protocol BacktestReports: Sendable {
    func put(_ report: BacktestReport, ledger: [LedgerEntry]) async throws
    func report(_ id: String) async throws -> BacktestReport?
    /// Newest first.
    func reports(of key: RuleKey, limit: Int) async throws -> [BacktestReport]
}
