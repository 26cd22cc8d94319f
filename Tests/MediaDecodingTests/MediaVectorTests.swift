// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import PerceptualHashing
import Signals
import Testing

@Suite("The published pictures")
struct MediaVectorTests {
    struct Expected: Decodable {
        var file: String
        var width: Int
        var height: Int
        var hash: String
        var quality: Int
        var dihedral: [String: String]
    }

    @Test("have the published hash and quality: lossless ones bit for bit, photographs within 10, modes and edits within 31")
    func published() async throws {
        guard let folder = SharedVectors.pdq, let all: [Expected] = try SharedVectors.json("expected.json") else { return }
        let original = try PDQHash(hex: #require(all.first { $0.file == "mods/aaa-orig.jpg" }).hash)
        try await withPool({ $0.workers = 2 }) { pool in
            for expected in all {
                let reply = try await pool.examine([UInt8](Data(contentsOf: folder.appendingPathComponent(expected.file))))
                #expect(reply.facts.width == expected.width && reply.facts.height == expected.height, "\(expected.file)")
                check(reply, expected, original)
            }
        }
    }

    private func check(_ reply: MediaWorkerReply, _ expected: Expected, _ original: PDQHash) {
        let keys = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
        if expected.width < 5 || expected.height < 5, max(expected.width, expected.height) <= 512 {
            #expect(reply.facts.pdq.isEmpty && reply.facts.quality == 0 && expected.hash.allSatisfy { $0 == "0" })
            return
        }
        guard let hash = try? PDQHash(hex: reply.facts.pdq), let published = try? PDQHash(hex: expected.hash) else {
            Issue.record("no hash for \(expected.file)")
            return
        }
        switch expected.file.prefix(while: { $0 != "/" }) {
        case "exact", "synthetic":
            #expect(hash == published, "\(expected.file)")
            #expect(reply.facts.quality == expected.quality, "\(expected.file)")
            #expect(reply.dihedrals == keys.map { expected.dihedral[$0] }, "\(expected.file)")
        case "modes":
            #expect(hash.distance(to: original) <= 31, "\(expected.file)")
        case "mods":
            #expect(hash.distance(to: original) <= 31, "\(expected.file)")
            #expect(hash.distance(to: published) <= 10, "\(expected.file)")
        default:
            if expected.quality >= 80 { #expect(hash.distance(to: published) <= 10, "\(expected.file)") }
        }
    }
}
