// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Records
import Testing

@Suite("Evidence sealer")
struct EvidenceSealerTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)

    @Test("gives back the bytes that were sealed", arguments: [0, 1, 15, 16, 100_000])
    func roundTrip(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = try EvidenceSealer.seal(bytes, type: "image/png", id: "e-1", at: Self.now)
        #expect(sealed.size == size && sealed.key.count == 32 && sealed.sealed.count == size + 28)
        #expect(sealed.sealedAt == Self.now && sealed.type == "image/png" && sealed.id == "e-1")
        #expect(try EvidenceSealer.open(sealed) == bytes)
    }

    @Test("names the SHA-256 of the plain bytes")
    func sha256() throws {
        let sealed = try EvidenceSealer.seal(Array("abc".utf8), type: "text/plain", id: "e-1", at: Self.now)
        #expect(sealed.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("never seals twice under one key, and shows nothing of the bytes")
    func fresh() throws {
        let canary = Array("a text that must not be seen in the sealed bytes".utf8)
        let one = try EvidenceSealer.seal(canary, type: "text/plain", id: "e-1", at: Self.now)
        let two = try EvidenceSealer.seal(canary, type: "text/plain", id: "e-1", at: Self.now)
        #expect(one.key != two.key && one.sealed != two.sealed)
        #expect(Data(one.sealed).range(of: Data(canary)) == nil)
    }

    @Test("refuses whatever was altered, and keys of others")
    func altered() throws {
        let whole = try EvidenceSealer.seal(Array("abc".utf8), type: "text/plain", id: "e-1", at: Self.now)
        let other = try EvidenceSealer.seal(Array("abc".utf8), type: "text/plain", id: "e-1", at: Self.now)
        let changes: [(inout SealedEvidence) -> Void] = [
            { $0.sealed[0] ^= 1 }, { $0.sealed[14] ^= 1 }, { $0.sealed[$0.sealed.count - 1] ^= 1 }, { $0.sealed = [] },
            { $0.key[31] ^= 1 }, { $0.key = [] }, { $0.key = other.key }, { $0.id = "e-2" }, { $0.type = "image/png" },
            { $0.size += 1 }, { $0.sha256 = String(repeating: "0", count: 64) },
        ]
        for (index, change) in changes.enumerated() {
            var evidence = whole
            change(&evidence)
            #expect(throws: EvidenceError.altered(evidence.id), "change \(index)") { try EvidenceSealer.open(evidence) }
        }
    }
}
