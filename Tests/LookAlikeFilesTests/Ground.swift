// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookAlikeFiles
import Moderation
import Signals

/// A folder for one test, gone afterwards.
final class Ground: Sendable {
    let path = NSTemporaryDirectory() + "look-alikes-\(UUID().uuidString)"
    var file: String { path + "/vectors" }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(
        model: String = "embedding 1 abc", access: LookAlikeFiles.Access = .write, limit: Int = 1_000_000,
        candidates: Int = 1_000, known: Set<String>? = nil
    ) throws -> LookAlikeFiles {
        var options = LookAlikeFiles.Options()
        options.limit = limit
        options.candidates = candidates
        return try LookAlikeFiles(directory: path, model: model, access: access, options: options, known: known)
    }

    var bytes: Data {
        get throws { try Data(contentsOf: URL(filePath: file)) }
    }
}

/// Vectors as a model gives them: groups of pictures that look alike, all with much in common.
struct Pictures {
    static let dimension = 512
    private var generator: Seeded
    private let common: [Float]

    init(seed: UInt64) {
        generator = Seeded(state: seed)
        common = generator.vector(1)
    }

    mutating func kind() -> [Float] {
        let own = generator.vector(0.7)
        return zip(common, own).map { $0 + $1 }
    }

    mutating func variant(of kind: [Float], by share: Float) -> [Float] {
        let own = generator.vector(share)
        return zip(kind, own).map { $0 + $1 }
    }
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func vector(_ scale: Float) -> [Float] {
        (0..<Pictures.dimension).map { _ in
            // Four uniform numbers are nearly normal.
            (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1...1, using: &self) } * scale
        }
    }
}

extension LookAlike {
    static func sample(
        _ number: Int, _ vector: [Float], space: SpaceID = "!square:test", actor: ActorID? = "@bo:test"
    ) -> LookAlike {
        LookAlike(
            platform: "matrix", space: space, actor: actor, item: ItemID("$item-\(number)"), media: "mxc://test/picture",
            at: Date(timeIntervalSince1970: 1_700_000_000 + Double(number)), vector: vector)
    }
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
    func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
