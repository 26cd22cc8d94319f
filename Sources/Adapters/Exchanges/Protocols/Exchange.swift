// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// One outside list of known hashes, as its protocol has it.
///
/// Calls are single requests without memory: everything that is needed to go on is in the checkpoint, so that a crash between
/// two pages
/// costs one page at most.
package protocol Exchange: Sendable {
    /// A checkpoint older than this is of no use, because the exchange has forgotten deletions since; nil when it never
    /// forgets.
    var memory: Duration? { get }

    /// Fetches the page that follows a checkpoint.
    /// - Parameters:
    ///   - checkpoint: from an earlier page of this exchange; nil for the beginning.
    ///   - easing: 0 at first, more after failures: ask for less at a time, 2 to the power of this.
    func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage

    /// A checkpoint behind a page that cannot be read, and what is passed over, for people; nil when there is no such way.
    func skip(past checkpoint: String?) -> (checkpoint: String, what: String)?

    /// Tells the exchange of our own fingerprints; withdrawn ones are taken back.
    /// - Returns: how many it cannot take, such as kinds that it does not have.
    func push(_ records: [FingerprintRecord]) async throws(ExchangeError) -> Int

    /// Tells the exchange how matches of its hashes turned out.
    /// - Returns: how many it cannot take.
    func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int
}

extension Exchange {
    package func skip(past checkpoint: String?) -> (checkpoint: String, what: String)? { nil }
    package func push(_ records: [FingerprintRecord]) async throws(ExchangeError) -> Int {
        throw .unsupported("this exchange takes no hashes through its interface")
    }
    package func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        throw .unsupported("this exchange takes no feedback")
    }
}

/// One answer of an exchange.
package struct ExchangePage: Hashable, Sendable {
    package var records: [FingerprintRecord] = []
    /// The exchange's own names of which `records` now say all there is: whatever else the source said about one of them ends.
    package var references: Set<String> = []
    /// Records that could not be read, by their place in the page.
    package var refused: [RefusedRecord] = []
    /// How many hashes of kinds that banks do not have, by kind.
    package var ignored: [String: Int] = [:]
    /// Where the next page begins.
    package var checkpoint: String
    /// Whether the exchange has nothing more now.
    package var isLast: Bool

    package init(checkpoint: String, isLast: Bool) {
        self.checkpoint = checkpoint
        self.isLast = isLast
    }
}

/// How a match of an exchange's hash turned out here.
package struct ExchangeFeedback: Hashable, Sendable, Codable {
    package var kind: Fingerprint.Kind
    package var value: String
    /// The exchange's own name for it (`Provenance.reference`).
    package var reference: String
    package var outcome: MatchOutcome.Kind

    package init(kind: Fingerprint.Kind, value: String, reference: String, outcome: MatchOutcome.Kind) {
        self.kind = kind
        self.value = value
        self.reference = reference
        self.outcome = outcome
    }
}

/// Why an exchange did not answer as it should; messages are for people and hold neither secrets nor hashes.
package enum ExchangeError: Error, Hashable, Sendable {
    /// The credentials are not accepted; trying again does not help.
    case unauthorized(status: Int)
    /// Too many calls.
    case limited(retryAfter: Double?)
    /// A passing failure of the server or of the way there.
    case unavailable(String, retryAfter: Double?)
    /// The answer is larger than allowed.
    case tooLarge
    /// The answer is not what the protocol says.
    case malformed(String)
    /// Refused for another reason; the status tells.
    case refused(status: Int)
    case unsupported(String)

    package var message: String {
        switch self {
        case .unauthorized(let status): "the credentials are not accepted (status \(status)); check the credentials file"
        case .limited(let seconds): "too many requests" + (seconds.map { ", asked to wait \(Int($0)) s" } ?? "")
        case .unavailable(let why, _): "not available: \(why)"
        case .tooLarge: "the answer is larger than the limit"
        case .malformed(let why): "the answer cannot be read: \(why)"
        case .refused(let status): "the request was refused (status \(status))"
        case .unsupported(let why): why
        }
    }
}
