// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Testing

@Suite("What a bank takes in")
struct RecordCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let record: FingerprintRecord
        /// Part of the reason; nil when the record is taken.
        let reason: String?
        var source = "desk"

        init(
            _ name: String, _ value: String, kind: Fingerprint.Kind = .pdq, trust: Trust = .verified, quality: Int? = nil,
            radius: Int? = nil, isWithdrawn: Bool = false, source: String = "desk", reason: String?
        ) {
            testDescription = name
            record = FingerprintRecord(
                kind: kind, value: value, trust: trust, quality: quality, radius: radius, isWithdrawn: isWithdrawn, line: 7)
            self.reason = reason
            self.source = source
        }
    }

    private static let good = Hex.hash(1)

    static let cases = [
        Case("a hash of a picture", good, quality: 100, radius: 63, reason: nil),
        Case("upper case", good.uppercased(), reason: nil),
        Case("SHA-256", Hex.hash(2), kind: .sha256, reason: nil),
        Case("MD5", Hex.hash(3, digits: 32), kind: .md5, reason: nil),
        Case("one digit less", String(good.dropLast()), reason: "63 characters; expected 64 hexadecimal digits for pdq"),
        Case("an MD5 as PDQ", Hex.hash(3, digits: 32), reason: "expected 64"),
        Case("a PDQ as MD5", good, kind: .md5, reason: "expected 32"),
        Case("a letter that is no digit", "g" + good.dropFirst(), reason: "place 1 of 64"),
        Case("all zeros", String(repeating: "0", count: 64), reason: "all zeros"),
        Case("all ones", String(repeating: "f", count: 64), reason: "all ones"),
        Case("a SHA-256 of zeros", String(repeating: "0", count: 64), kind: .sha256, reason: "all zeros"),
        Case("an MD5 of zeros", String(repeating: "0", count: 32), kind: .md5, reason: "all zeros"),
        Case(
            "an MD5 with zeros behind it", Hex.hash(9, digits: 16) + String(repeating: "0", count: 48), reason: "of 256 bits set"),
        Case("nearly all ones", "0123" + String(repeating: "f", count: 60), reason: "of 256 bits set"),
        Case("a pattern that repeats", String(repeating: "5a3c", count: 16), reason: "repeats 1 different words"),
        Case("four words in turn", String(repeating: "5a3c1234fe9870d1", count: 4), reason: "repeats 4 different words"),
        Case("a SHA-256 that repeats is one", String(repeating: "ab", count: 32), kind: .sha256, reason: nil),
        Case(
            "the SHA-256 of nothing", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", kind: .sha256,
            reason: "a file without bytes"),
        Case("the MD5 of nothing", "D41D8CD98F00B204E9800998ECF8427E", kind: .md5, reason: "a file without bytes"),
        Case("quality under the gate", good, quality: 49, reason: "quality is 49; bank 'known' takes 50 or more"),
        Case("quality at the gate", good, quality: 50, reason: nil),
        Case("quality above 100", good, quality: 101, reason: "expected 0 to 100"),
        Case("a radius above 63", good, radius: 64, reason: "radius is 64; expected 0 to 63"),
        Case("a radius below 0", good, radius: -1, reason: "expected 0 to 63"),
        Case("retired", good, trust: .retired, reason: "trust is 'retired'; expected"),
        Case("benign by who may verify", good, trust: .benign, reason: nil),
        Case("benign by who may only claim", good, trust: .benign, source: "public", reason: "'benign' switches off"),
        Case("a withdrawal of what would be refused", String(repeating: "0", count: 64), isWithdrawn: true, reason: nil),
        Case("a withdrawal of no hash", "12", isWithdrawn: true, reason: "expected 64"),
    ]

    @Test("takes in what is of use and says of the rest what is wrong and what was expected", arguments: cases)
    func checks(one: Case) async throws {
        let desk = try await Desk()
        let tally = try await desk.deliver([one.record], source: one.source, strict: false).tally
        guard let reason = one.reason else {
            #expect(tally.refused == [])
            if !one.record.isWithdrawn {
                let known = try await desk.store.fingerprints(kind: one.record.kind, value: one.record.value.lowercased())
                #expect(known.count == 1)
            }
            return
        }
        #expect(tally.refused.map(\.line) == [7])
        #expect(tally.refused.first?.reason.contains(reason) == true, "\(tally.refused)")
        #expect(tally.refused.first?.reason.contains(one.record.value) == false, "a hash is not repeated")
        #expect(tally.added == 0)
    }

    @Test("writes the good ones beside bad ones, or nothing at all when asked to be strict")
    func strict() async throws {
        let desk = try await Desk()
        let records: [FingerprintRecord] = [.pdq(1), .pdq(2, trust: .retired, line: 2), .pdq(3)]
        do {
            try await desk.deliver(records, strict: true)
            Issue.record("a strict delivery with a bad record was taken")
        } catch BankError.refusedRecords(let refused) {
            #expect(refused.map(\.line) == [2])
        }
        #expect(desk.live.count == 0)
        let tally = try await desk.deliver(records, strict: false).tally
        #expect(tally.added == 2)
        #expect(tally.refused.count == 1)
        #expect(desk.live.count == 2)
    }
}
