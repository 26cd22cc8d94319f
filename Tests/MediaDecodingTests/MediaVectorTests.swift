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
        var pypi: Other?

        struct Other: Decodable {
            var hash: String?
        }

        var folder: Substring { file.prefix { $0 != "/" } }
        var isSmallJPEG: Bool { file.hasSuffix(".jpg") && max(width, height) <= 512 }
    }

    @Test("have the published hash and quality: lossless ones bit for bit, photographs within 10, modes and edits within 31")
    func published() async throws {
        guard let folder = try SharedVectors.pdq, let all: [Expected] = try SharedVectors.json("expected.json") else { return }
        let original = try PDQHash(hex: #require(all.first { $0.file == "mods/aaa-orig.jpg" }).hash)
        try await withPool({ $0.workers = 2 }) { pool in
            for expected in all {
                let facts = try await pool.inspect([UInt8](Data(contentsOf: folder.appendingPathComponent(expected.file))))
                #expect(facts.width == expected.width && facts.height == expected.height, "\(expected.file)")
                check(facts, expected, original)
            }
        }
    }

    @Test("have the other published hash by the full-size method, where that tool reads colours right")
    func fullSize() async throws {
        guard let folder = try SharedVectors.pdq, let all: [Expected] = try SharedVectors.json("expected.json") else { return }
        var request = MediaRequest()
        request.method = .fullSize
        try await withPool({ $0.workers = 2 }) { pool in
            // The package enlarges the smallest ones first.
            for expected in all
            where expected.folder != "modes" && expected.quality >= 50 && min(expected.width, expected.height) >= 32 {
                guard let text = expected.pypi?.hash, let published = try? PDQHash(hex: text) else { continue }
                let facts = try await pool.inspect(
                    [UInt8](Data(contentsOf: folder.appendingPathComponent(expected.file))), request)
                let hash = try PDQHash(hex: facts.pdq)
                #expect(hash.distance(to: published) <= 2, "\(expected.file)")
                #expect(facts.method == .fullSize)
            }
        }
    }

    @Test("are near their hashes by the fast method, which marks what is not as published")
    func fast() async throws {
        guard let folder = try SharedVectors.pdq, let all: [Expected] = try SharedVectors.json("expected.json") else { return }
        var request = MediaRequest()
        request.method = .fast
        try await withPool({ $0.workers = 2 }) { pool in
            for expected in all where expected.quality >= 50 {
                let facts = try await pool.inspect(
                    [UInt8](Data(contentsOf: folder.appendingPathComponent(expected.file))), request)
                let hash = try PDQHash(hex: facts.pdq)
                #expect(facts.width == expected.width && facts.height == expected.height, "\(expected.file)")
                let isScaled = expected.file.hasSuffix(".jpg") && !expected.isSmallJPEG && !expected.file.contains("CMYK")
                #expect(facts.method == (isScaled ? .fast : .nearest512), "\(expected.file)")
                #expect(hash.distance(to: try PDQHash(hex: expected.hash)) <= (isScaled ? 10 : 16), "\(expected.file)")
            }
        }
    }

    private func check(_ facts: MediaFacts, _ expected: Expected, _ original: PDQHash) {
        let keys = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
        if expected.width < 5 || expected.height < 5, max(expected.width, expected.height) <= 512 {
            #expect(facts.pdq.isEmpty && facts.quality == 0 && expected.hash.allSatisfy { $0 == "0" })
            return
        }
        guard let hash = try? PDQHash(hex: facts.pdq), let published = try? PDQHash(hex: expected.hash) else {
            Issue.record("no hash for \(expected.file)")
            return
        }
        if expected.isSmallJPEG { #expect(hash == published && facts.quality == expected.quality, "\(expected.file)") }
        switch expected.folder {
        case "exact", "synthetic":
            #expect(hash == published, "\(expected.file)")
            #expect(facts.quality == expected.quality, "\(expected.file)")
            #expect(facts.dihedrals == keys.map { expected.dihedral[$0] }, "\(expected.file)")
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
