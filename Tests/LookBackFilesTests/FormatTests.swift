// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
import Signals
import Testing

@testable import LookBackFiles

@Suite("Look-back format")
struct FormatTests {
    @Test(
        "an item's id comes back as it was, whatever it looks like",
        arguments: [
            ("$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg", 32), ("$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zh", 44),
            ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", 16), ("6BA7B810-9dad-11d1-80b4-00c04fd430c8", 36), ("0", 1), ("127", 1),
            ("128", 2), ("9223372036854775807", 9), ("9223372036854775808", 19), ("007", 3), ("-5", 2), ("", 0), ("한글", 6),
        ])
    func items(id: String, bytes: Int) {
        let code = ItemCode(id)
        #expect(code.id == id)
        #expect(code.bytes.count == bytes)
    }

    @Test("the checksum is the Castagnoli one")
    func checksum() {
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test("any bytes are a block or none, and never a crash")
    func hostile() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            var entry = ByteReader((0..<RecordBlock.entrySize).map { _ in UInt8.random(in: 0...255, using: &random) })
            _ = RecordBlock(entry: &entry).decode(bytes[...], count: Int.random(in: 0...64, using: &random))
            _ = FrameHead(bytes, at: 0)
        }
    }

    /// A day as a large server sees it: a few loud rooms, many quiet ones, and most people seldom.
    private func realistic(_ count: Int, item: (inout Seeded) -> String) -> [Sighting] {
        var random = Seeded(31)
        func skewed(_ limit: Int) -> Int {
            let uniform = Double.random(in: 0..<1, using: &random)
            return min(limit - 1, Int(pow(Double(limit), uniform)))
        }
        var at = 20_000.0 * 86_400_000
        return (0..<count).map { _ in
            at += 86_400_000 / Double(count)
            let (room, person) = (skewed(5_000), skewed(count / 5))
            return Sighting(
                kind: .pdq, hash: random.hash(), platform: "matrix",
                space: SpaceID("!\(String(repeating: "rm", count: 6))\(100_000 + room):server\(room % 40).example.org"),
                item: ItemID(item(&random)), actor: ActorID("@person\(person):server\(person % 300).example.org"),
                mediaIndex: 0, at: Date(timeIntervalSince1970: at.rounded() / 1_000))
        }
    }

    @Test(
        "a sighting takes at most 72 bytes, with ids of Matrix and with numbers", arguments: [("matrix", 72.0), ("number", 48)])
    func compact(ids: String, most: Double) async throws {
        let sightings = realistic(150_000) { ids == "matrix" ? $0.matrixEvent() : String($0.next() >> 16) }
        let ground = Ground()
        let files = try ground.open()
        for start in stride(from: 0, to: sightings.count, by: 50_000) {
            try await files.append(Array(sightings[start..<start + 50_000]), from: Int64(start + 1))
        }
        try await files.maintain(at: Date(timeIntervalSince1970: 20_001 * 86_400))
        let statistics = try await files.statistics()
        let bytes = Double(statistics.bytes) / Double(statistics.sightings)
        #expect(bytes <= most, "\(bytes) bytes a sighting")
    }
}
