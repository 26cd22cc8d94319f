// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Signals

/// What became of one round of an exchange, or of the part of it that is done; holds no hashes.
package struct RoundReport: Hashable, Sendable {
    package enum End: Hashable, Sendable {
        /// Everything that there is now has been read.
        case complete
        /// The next round goes on where this one ended; why, for people.
        case later(String)
        /// It needs a person; why.
        case stopped(String)
    }

    /// Reasons that are kept; the number of all is in `refusedCount`.
    package static let keptReasons = 100

    package var exchange: String
    package var begunAt: Date
    package var pages = 0
    /// Without the reasons, which are in `refused`.
    package var tally = ImportTally()
    /// Records that were no use: by the exchange's own fault, or because a bank will not have them.
    package var refusedCount = 0
    package var refused: [RefusedRecord] = []
    /// Hashes of kinds that banks do not have, by kind.
    package var ignored: [String: Int] = [:]
    /// What could not be read and was passed over.
    package var skipped: [String] = []
    /// Whether the delivery waits for a person because it is unusually large.
    package var isWaiting = false
    /// Calls that had to be repeated.
    package var retries = 0
    /// nil while the round goes on.
    package var end: End?

    package init(exchange: String, begunAt: Date) {
        self.exchange = exchange
        self.begunAt = begunAt
    }

    mutating func add(_ refused: [RefusedRecord]) {
        refusedCount += refused.count
        self.refused += refused.prefix(max(0, Self.keptReasons - self.refused.count))
    }
}
