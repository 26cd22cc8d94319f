// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Logging
import Moderation
import Signals
import Synchronization

@testable import Exchanges

/// A clock that stands still but for waiting, and remembers the waits.
final class TestClock: Sendable {
    private let inside = Mutex((now: 1_795_354_100.0, waits: [Double]()))

    var waits: [Double] { inside.withLock { $0.waits } }
    var seconds: Int { inside.withLock { Int($0.now) } }
    func advance(_ seconds: Double) { inside.withLock { $0.now += seconds } }

    var now: @Sendable () -> Date { { self.inside.withLock { Date(timeIntervalSince1970: $0.now) } } }

    var timing: ExchangeTiming {
        ExchangeTiming(
            now: now,
            sleep: { duration in
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
                self.inside.withLock {
                    $0.waits.append(seconds)
                    $0.now += seconds
                }
            }, random: { 0.5 })
    }
}

extension ExchangeRunner {
    static func over(
        _ exchange: any Exchange, _ options: ExchangeOptions, desk: MemoryDesk, clock: TestClock = TestClock(),
        patience: ExchangePatience = .init(), lookup: (any StatementLookup)? = nil
    ) -> ExchangeRunner {
        ExchangeRunner(
            options: options, exchange: exchange, desk: desk, state: desk.state, lookup: lookup, timing: clock.timing,
            patience: patience, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}

/// Hashes that mean nothing: the same number gives the same digits, with as many ones as zeros or so.
func digits(_ number: Int, _ count: Int = 64) -> String {
    var generator = Seeded(seed: UInt64(number) &+ 1)
    return String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" })
}

/// SplitMix64, so that a seed gives the same run everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension TestRequest {
    /// The query as it was meant; a name that comes twice is an error of the client.
    var parameters: [String: String]? {
        var found: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0]).removingPercentEncoding ?? ""
            guard found[name] == nil else { return nil }
            found[name] = parts.count > 1 ? String(parts[1]).removingPercentEncoding ?? "" : ""
        }
        return found
    }
}
