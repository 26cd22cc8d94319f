// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import Foundation
import Glibc
import MediaDecoding
import ModelInputs
import Signals
import Testing

/// Networks that an operator brings. With OpenVINO here (scripts/bootstrap models) the real thinker runs them; without it every one
/// says so.
@Suite("A network of one's own", .serialized)
struct OperatorModelTests {
    private static let hasOpenVINO = FileManager.default.fileExists(
        atPath: nativeFolder + "/openvino/libopenvino_c.so.2641")

    @Test("gives the number that its arithmetic gives, whether or not it says how large its input is", arguments: [8, nil])
    func number(side: Int?) async throws {
        let weights: [Float] = [1.5, -2, 0.75]
        try await withModel(TinyNetwork(weights: weights, bias: 0.25, sides: (side, side)).bytes) { pool in
            guard Self.hasOpenVINO else {
                #expect(pool.states.first?.problem?.hasPrefix("OpenVINO can't be opened: ") == true)
                return
            }
            #expect(pool.states.first == ModelState(name: "odd", version: "1", precision: pool.states[0].precision))
            let pixels = (0..<8 * 8 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let raster = Raster(wish: .stretch(width: 8, height: 8), width: 8, height: 8, channels: 3, pixels: pixels)
            let means = (0..<3).map { channel in
                stride(from: channel, to: pixels.count, by: 3).reduce(0) { $0 + Double(pixels[$1]) } / 64 / 255
            }
            let sum = zip(weights, means).reduce(0.25) { $0 + Double($1.0) * $1.1 }
            let answer = try await pool.run("odd", on: .raster(raster), until: .now + .seconds(60))
            guard case .scores(let scores) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(scores.count == 1 && abs(scores[0] - 1 / (1 + exp(-sum))) < 0.002)
        }
    }

    @Test("is off, by name and with the reason, when something is wrong with it", arguments: Broken.allCases)
    func broken(_ broken: Broken) async throws {
        let sha256 = broken == .otherFile ? String(repeating: "0", count: 64) : nil
        try await withModel(broken.bytes, sha256: sha256, outputs: broken == .tooFew ? "a,b" : "odd") { pool in
            let state = try #require(pool.states.first)
            let problem = try #require(state.problem)
            #expect(state.name == "odd" && state.precision.isEmpty)
            // What is wrong with the bytes is found before the library is opened.
            guard Self.hasOpenVINO || broken.isSeenFirst else {
                #expect(problem.hasPrefix("OpenVINO can't be opened: "))
                return
            }
            #expect(problem.contains(broken.words), "\(problem)")
            #expect(problem.utf8.count < 320 && !problem.contains("\n"))
            let dot = Raster(wish: .stretch(width: 8, height: 8), width: 1, height: 1, channels: 1, pixels: [0])
            await #expect(throws: ModelError.self) {
                try await pool.run("odd", on: .raster(dot), until: .now + .seconds(60))
            }
        }
    }

    enum Broken: CaseIterable, CustomTestStringConvertible {
        case otherFile, cutOff, noModel, nothingButZeros, wrongShape, notANumber, noProbability, tooFew, tooLarge
        case weightsElsewhere, otherSides

        var bytes: [UInt8] {
            let good = TinyNetwork(weights: [1, 1, 1], bias: 0)
            switch self {
            case .otherFile, .tooFew: return good.bytes
            case .cutOff: return Array(good.bytes.prefix(good.bytes.count * 2 / 3))
            case .noModel: return Array("This is a letter, not a network.".utf8)
            case .nothingButZeros: return [UInt8](repeating: 0, count: 4_096)
            case .wrongShape: return TinyNetwork(weights: [1, 1, 1, 1, 1], bias: 0).bytes
            // The mean of sixteen rows is as easily taken of eight: it would run, and say something else.
            case .otherSides: return TinyNetwork(weights: [1, 1, 1], bias: 0, sides: (16, nil)).bytes
            case .notANumber: return TinyNetwork(weights: [1, 1, 1], bias: .nan).bytes
            case .noProbability: return TinyNetwork(weights: [9, 9, 9], bias: 0, hasSigmoid: false).bytes
            case .tooLarge: return TinyNetwork(weights: [1, 1, 1], bias: 0, claimedRows: 900_000_000).bytes
            case .weightsElsewhere: return TinyNetwork(weights: [1, 1, 1], bias: 0, weightsIn: "/proc/self/stat").bytes
            }
        }

        var words: String {
            switch self {
            case .otherFile: "another SHA-256"
            case .notANumber, .noProbability: "not from 0 to 1"
            case .tooFew: "it gives 1 numbers where the manifest names 2"
            case .wrongShape: "the model takes ?x5x8x8, and the manifest's recipe makes 1x3x8x8"
            case .otherSides: "the model takes ?x3x16x?, and the manifest's recipe makes 1x3x8x8"
            case .weightsElsewhere: "it has weights in another file"
            case .cutOff, .noModel, .nothingButZeros: "the file can't be read as a model"
            case .tooLarge: "can't be"
            }
        }

        /// Whether the bytes alone show it, without the library.
        var isSeenFirst: Bool {
            switch self {
            case .otherFile, .cutOff, .noModel, .nothingButZeros, .weightsElsewhere: true
            case .wrongShape, .otherSides, .notANumber, .noProbability, .tooFew, .tooLarge: false
            }
        }

        var testDescription: String { "\(self)" }
    }

    private func withModel(
        _ bytes: [UInt8], sha256: String? = nil, outputs: String = "odd", _ body: (ThinkerPool) async throws -> Void
    ) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let recipe =
            "engine=openvino;steps=resize:8x8;order=rgb;layout=nchw;mean=0.0,0.0,0.0;"
            + "scale=0.00392156862745098,0.00392156862745098,0.00392156862745098;reading=scores;outputs=\(outputs)"
        let load = try #require(
            ModelLoad(text: "odd|1|auto|\(sha256 ?? hexSHA256(bytes))|\(recipe)|\(file.path)"))
        try await withThinkerPool([load]) { pool in
            await pool.waitUntilReady(until: .now + .seconds(120))
            try await body(pool)
        }
    }
}

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "is that of the published examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func published(text: String, expected: String) {
        #expect(hexSHA256(Array(text.utf8)) == expected)
    }

    @Test("pads every length rightly: no two lengths of zeros have the same")
    func lengths() {
        let all = (0..<200).map { hexSHA256([UInt8](repeating: 0, count: $0)) }
        #expect(Set(all).count == 200)
        #expect(all[64] == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b")
    }
}

private func hexSHA256(_ bytes: [UInt8]) -> String {
    var digits = [CChar](repeating: 0, count: 65)
    cnative_sha256_hex(bytes, bytes.count, &digits)
    return String(decoding: digits.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
