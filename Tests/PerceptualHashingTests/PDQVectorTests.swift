// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("The published intermediate values of PDQ")
struct PDQVectorTests {
    struct Steps: Decodable {
        var file: String
        var quality: Int
        var hash: String
        var downsampled64x64: [Float]
        var dct16x16: [Float]
    }

    struct Expected: Decodable {
        var file: String
        var dihedral: [String: String]
    }

    @Test(
        "are reproduced step by step",
        arguments: [
            "exact_seeding-320-gray", "exact_sunset-320", "mods_shrink-a-lot", "synthetic_smooth-5x5", "synthetic_smooth-63x65",
        ])
    func steps(name: String) throws {
        guard let steps: Steps = try SharedVectors.json("intermediate/\(name).json"),
            let all: [Expected] = try SharedVectors.json("expected.json")
        else { return }
        let block = PDQBlock(values: steps.downsampled64x64)
        #expect(block.quality == steps.quality)
        let transform = PDQTransform(of: block)
        #expect(transform.coefficients == steps.dct16x16)
        #expect(transform.hash.hex == steps.hash)
        let expected = try #require(all.first { $0.file == steps.file }).dihedral
        let keys = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
        #expect(transform.dihedrals.all.map(\.hex) == keys.map { expected[$0] })
    }
}
