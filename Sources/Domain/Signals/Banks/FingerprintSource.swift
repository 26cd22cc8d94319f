// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Who brings fingerprints: an exchange, an operator's tool, a case desk; and how far its word goes.
package struct FingerprintSource: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case active
        /// Its precision fell below its floor: what it verified counts as `probation`, until a person says otherwise.
        case demoted
        /// Its fingerprints do not count at all.
        case stopped
    }

    package var name: String
    /// The most that its word counts for; `claimed`, `probation` or `verified`.
    package var ceiling: Trust
    /// Smallest share of judged matches that people must have confirmed, 0 to 1; nil for none.
    package var precisionFloor: Double?
    /// Whether its fingerprints may be passed on to others.
    package var mayShare: Bool
    package var state: State
    /// Why it is in this state, for people.
    package var stateReason: String
    package var addedAt: Date
    /// How many matches had been confirmed and overturned when a person last made it active again: its floor looks only at what
    /// came after, or it would be demoted again at once.
    package var confirmationsBefore: Int
    package var overturnsBefore: Int

    package init(
        name: String, ceiling: Trust = .verified, precisionFloor: Double? = 0.9, mayShare: Bool = false,
        state: State = .active, stateReason: String = "", addedAt: Date, confirmationsBefore: Int = 0, overturnsBefore: Int = 0
    ) {
        self.name = name
        self.ceiling = ceiling
        self.precisionFloor = precisionFloor
        self.mayShare = mayShare
        self.state = state
        self.stateReason = stateReason
        self.addedAt = addedAt
        self.confirmationsBefore = confirmationsBefore
        self.overturnsBefore = overturnsBefore
    }
}

/// How the matches of one source in one bank have turned out.
package struct SourceStatistics: Hashable, Sendable, Codable {
    package var source: String
    package var bank: String
    /// Fingerprints that count now.
    package var fingerprints: Int
    /// Decisions that rested on one of them.
    package var matches: Int
    /// Matches that a person agreed with.
    package var confirmations: Int
    /// Matches that a person found harmless, or whose decision was undone.
    package var overturns: Int

    package init(source: String, bank: String, fingerprints: Int, matches: Int, confirmations: Int, overturns: Int) {
        self.source = source
        self.bank = bank
        self.fingerprints = fingerprints
        self.matches = matches
        self.confirmations = confirmations
        self.overturns = overturns
    }
}
