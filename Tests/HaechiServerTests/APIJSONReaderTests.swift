// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import HaechiServer

@Suite("The JSON reader")
struct APIJSONReaderTests {
    @Test("reads what Foundation reads and refuses what Foundation refuses, in random documents and mutations of them")
    func againstFoundation() {
        var random = Xoroshiro(seed: UInt64.random(in: 1...UInt64.max))
        let seed = random.seed
        for round in 0..<4_000 {
            var bytes = Array(RandomJSON.document(&random).utf8)
            for _ in 0..<(round % 4) { RandomJSON.mutate(&bytes, &random) }
            compare(bytes, "seed \(seed), round \(round)")
        }
    }

    /// Foundation is more lenient in a few known places, and only there.
    private func compare(_ bytes: [UInt8], _ place: String) {
        let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        do {
            let ours = try JSONTree.read(bytes)
            #expect(theirs != nil, "\(place): only we read \(String(decoding: bytes, as: UTF8.self))")
            if let theirs {
                #expect(ours.equals(theirs), "\(place): read differently: \(String(decoding: bytes, as: UTF8.self))")
            }
        } catch let error as JSONSyntaxError {
            guard theirs != nil else { return }
            let isKnown =
                switch error.reason {
                case .duplicateKey, .tooDeep, .loneSurrogate, .numberOutOfRange: true
                case .unexpectedByte where Self.isTrailingComma(bytes, at: error.offset): true
                // A leading byte order mark, or zero bytes that make it look like UTF-16 or UTF-32.
                default: bytes.prefix(4).contains(0) || (bytes.first ?? 0) >= 0xEF
                }
            #expect(isKnown, "\(place): only Foundation reads \(String(decoding: bytes, as: UTF8.self)): \(error)")
        } catch {
            Issue.record(error)
        }
    }

    /// Foundation lets a comma stand before the closing bracket; the grammar (RFC 8259) does not.
    private static func isTrailingComma(_ bytes: [UInt8], at offset: Int) -> Bool {
        guard offset < bytes.count, [UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[offset]) else { return false }
        return bytes[..<offset].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ",")
    }

    @Test("what the writer writes, the reader and Foundation read back")
    func writer() throws {
        let text = "\" \\ / \u{0} \u{1F} \u{7F} \n 한국어 😀 \u{2028}"
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("text", text)
            writer.array("list") { writer in
                writer.string(nil, "a")
                writer.object { $0.boolean("b", false) }
            }
            writer.string("none", ifPresent: nil)
            writer.integer("n", -7)
        }
        let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
        #expect(theirs?["text"] as? String == text)
        #expect(theirs?.count == 3)
        #expect(try JSONTree.read(writer.bytes).equals(try #require(theirs)))
    }

    @Test(
        "knows RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29t12:00:00.5z", 1_709_208_000.5),
            ("2026-11-22T00:30:00+09:00", 1_795_275_000),
            ("2026-11-22T15:58:60Z", 1_795_363_140), ("2025-02-29T00:00:00Z", nil), ("2026-13-01T00:00:00Z", nil),
            ("2026-11-22T24:00:00Z", nil), ("2026-11-22 15:58:39Z", nil), ("2026-11-22T15:58:39", nil),
            ("2026-11-22T15:58:39.Z", nil),
            ("2026-11-22T15:58:39+0900", nil), ("1969-12-31T23:59:59Z", nil), ("", nil),
        ] as [(String, Double?)])
    func times(text: String, seconds: Double?) {
        #expect(RFC3339.date(text)?.timeIntervalSince1970 == seconds)
    }
}
