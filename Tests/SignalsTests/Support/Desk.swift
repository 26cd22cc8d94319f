// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Synchronization

/// A bank desk over memory: the bank `known`, the source `desk` (may say `verified`), the source `public` (may say `claimed`).
struct Desk {
    let store: MemoryBankStore
    let live: Banks
    let service: BankService
    let clock = ManualClock()

    init(options: BankService.Options = .init()) async throws {
        let clock = clock
        let ids = Mutex(0)
        store = MemoryBankStore(
            banks: [Bank(name: "known", addedAt: .start)],
            sources: [
                FingerprintSource(name: "desk", addedAt: .start),
                FingerprintSource(name: "public", ceiling: .claimed, addedAt: .start),
            ])
        live = try await Banks.open(store, now: { clock.now })
        service = BankService(
            store: store, live: live, options: options, sha256: { "digest of \($0.count) bytes" },
            makeID: {
                ids.withLock {
                    $0 += 1
                    return "import-\($0)"
                }
            }, now: { clock.now })
    }

    /// Delivers records in one part.
    @discardableResult
    func deliver(
        _ records: [FingerprintRecord], source: String = "desk", by account: String = "hana", expected: Int?? = .none,
        strict: Bool = true
    ) async throws -> (delivery: FingerprintImport, tally: ImportTally) {
        let delivery = try await service.begin(
            bank: "known", source: source, by: account, expected: expected ?? records.count)
        return (delivery, try await service.take(records, of: delivery, strict: strict, checkpoint: nil))
    }

    func lookUp(_ value: String, _ kind: Fingerprint.Kind = .pdq) async throws -> [BankMatch] {
        try await service.lookUp(kind, value, banks: nil, radius: nil, quality: nil)
    }

    var ledgerKinds: [String] { store.ledger.map(\.kind) }
}

/// A generator whose seed a failing test can print.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64 = .random(in: 1 ... .max)) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Made-up hashes that look like those of pictures: about half of the bits are set.
enum Hex {
    static func random(_ digits: Int = 64, using generator: inout SeededGenerator) -> String {
        String((0..<digits).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" })
    }

    /// The hash with this number, always the same.
    static func hash(_ number: Int, digits: Int = 64) -> String {
        var generator = SeededGenerator(seed: UInt64(number + 1) &* 0x1234_5678_9abc_def1)
        return random(digits, using: &generator)
    }

    /// A hash that differs in this many bits, the first ones.
    static func hash(_ hex: String, flipping bits: Int) -> String {
        var left = bits
        return String(
            hex.map { digit in
                let flipped = min(4, left)
                left -= flipped
                // It is a digit made above.
                let value = UInt8(String(digit), radix: 16) ?? 0
                return Character(String(value ^ UInt8((1 << flipped) - 1), radix: 16))
            })
    }

    static func complement(_ hex: String) -> String { hash(hex, flipping: 256) }
}

extension FingerprintRecord {
    static func pdq(_ number: Int, trust: Trust = .verified, isWithdrawn: Bool = false, line: Int = 0) -> FingerprintRecord {
        FingerprintRecord(kind: .pdq, value: Hex.hash(number), trust: trust, isWithdrawn: isWithdrawn, line: line)
    }
}

/// Waits, without a fixed pause, until something holds; false when it does not within ten seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
