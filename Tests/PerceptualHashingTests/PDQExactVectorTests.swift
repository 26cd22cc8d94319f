// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("The published exact vectors of PDQ")
struct PDQExactVectorTests {
    struct Expected: Decodable {
        struct Package: Decodable {
            var hash: String
            var quality: Int
        }

        var file: String
        var hash: String
        var quality: Int
        var dihedral: [String: String]
        var pypi: Package
    }

    @Test("have their hash, quality and all dihedrals, by both published methods", arguments: ["exact/", "synthetic/"])
    func exact(folder: String) throws {
        guard let shared = try SharedVectors.pdq, let all: [Expected] = try SharedVectors.json("expected.json") else { return }
        let vectors = all.filter { $0.file.hasPrefix(folder) }
        #expect(vectors.count >= 8)
        let keys = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
        let workspaces = [PDQWorkspace(), .portable()]
        for vector in vectors {
            let png = try PortableNetworkGraphics([UInt8](Data(contentsOf: shared.appendingPathComponent(vector.file))))
            for workspace in workspaces {
                func hash(_ method: PDQMethod) throws -> PDQResult {
                    try workspace.hash(png.pixels, width: png.width, height: png.height, layout: png.layout, method: method)
                }
                let nearest = try hash(.nearest512)
                #expect(nearest.hash.hex == vector.hash && nearest.quality == vector.quality, "\(vector.file)")
                #expect(nearest.dihedrals.all.map(\.hex) == keys.map { vector.dihedral[$0] }, "\(vector.file)")
                let fullSize = try hash(.fullSize)
                #expect(
                    fullSize.hash.hex == vector.pypi.hash && fullSize.quality == vector.pypi.quality, "\(vector.file)")
            }
        }
    }
}
