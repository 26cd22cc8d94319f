// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaDecoding
import Moderation
import Signals
import Testing

@Suite("The answer of a decoder")
struct DecoderReplyTests {
    private static let head = "picture jpeg 40 30 whole nearest-512"

    private let request: MediaRequest = {
        var request = MediaRequest()
        request.rasters = [.stretch(width: 8, height: 8), .grey(longest: 16)]
        request.preview = true
        request.provenance = true
        return request
    }()

    @Test("carries origin, times, a preview and rasters")
    func whole() throws {
        let lines = """
            \(Self.head)
            manifest untrusted signingCredential.untrusted
            signer A Maker, Camera 1
            claim A camera 1.0
            mark digital-source-type xmp trainedAlgorithmicMedia
            mark generator png-text Some Generator
            time decode 1200
            time c2pa 90
            preview 4
            raster stretch:8x8 8 8 3 192 -
            raster grey:16 16 12 1 192 -
            """
        let parts = [[0xff, 0xd8, 1, 2], [UInt8](repeating: 7, count: 192), [UInt8](repeating: 9, count: 192)]
        let answer = try #require(parse(lines, parts))
        let facts = try answer.get()
        let origin = try #require(facts.provenance)
        #expect(origin.manifest == .untrusted && origin.codes == ["signingCredential.untrusted"])
        #expect(origin.signer == "A Maker, Camera 1" && origin.claimGenerator == "A camera 1.0")
        #expect(origin.marks.map(\.value) == ["trainedAlgorithmicMedia", "Some Generator"])
        #expect(origin.marks.map(\.place) == ["xmp", "png-text"])
        #expect(facts.times == ["decode": 1_200, "c2pa": 90])
        #expect(facts.preview == [0xff, 0xd8, 1, 2])
        #expect(facts.rasters.map(\.wish) == request.rasters && facts.rasters.map(\.channels) == [3, 1])
        #expect(facts.rasters.map { $0.pixels.first } == [7, 9])
    }

    @Test(
        "is nonsense when anything in it is not what was asked for, or does not add up",
        arguments: [
            "raster stretch:8x8 8 8 3 191 -", "raster stretch:8x8 8 8 1 64 -", "raster stretch:8x8 9 8 3 216 -",
            "raster fit:8 8 8 3 192 -", "raster stretch:8x8 8 8 3 192 0.5", "raster stretch:8x8 8 8 3 192",
            "raster stretch:8x8 99999999999 99999999999 3 192 -", "preview 100000", "preview -1", "preview 192",
            "manifest maybe", "manifest none bad/code", "claim nobody", "signer nobody", "mark generator xmp x", "time decode -1",
            "time sleep 1", "time decode 99999999999999", "hash 1 x", "raster stretch:8x8 8 8 3 192 -\nhash 1 x",
        ])
    func nonsense(_ line: String) {
        #expect(parse(Self.head + "\n" + line, [[UInt8](repeating: 7, count: 192)]) == nil)
    }

    @Test(
        "names a signer once, in 1 to 64 characters, and only of a signature that holds",
        arguments: [
            ("untrusted", ["signer \(String(repeating: "n", count: 64))"], true), ("trusted", ["signer x"], true),
            ("trusted", ["signer x", "signer x"], false), ("trusted", ["signer \(String(repeating: "n", count: 65))"], false),
            ("trusted", ["signer"], false), ("trusted", ["signer "], false), ("trusted", ["signer  x"], false),
            ("trusted", ["signer x "], false), ("trusted", ["signers x"], false), ("trusted", ["signer é"], false),
            ("invalid", ["signer x"], false), ("unverified", ["signer x"], false), ("none", ["signer x"], false),
        ])
    func signer(manifest: String, lines: [String], makesSense: Bool) {
        let whole = ([Self.head, "manifest \(manifest)"] + lines).joined(separator: "\n")
        #expect((parse(whole, []) != nil) == makesSense)
    }

    @Test("is nonsense when parts are left over or missing")
    func sums() {
        let line = Self.head + "\nraster stretch:8x8 8 8 3 192 -"
        #expect(parse(line, [[UInt8](repeating: 7, count: 193)]) == nil)
        #expect(parse(line, []) == nil)
        #expect(parse(Self.head, [[1]]) == nil)
        #expect(parse("unsupported for no reason", [[1]]) == nil)
        #expect(parse(line, [[UInt8](repeating: 7, count: 192)]) != nil)
    }

    @Test("may not tell what nobody asked for")
    func unasked() {
        let plain = MediaRequest()
        for line in [
            "nothing-to-see", "manifest none", "preview 4", "raster stretch:8x8 8 8 3 192 -",
            "frame 0 50 \(String(repeating: "a", count: 64)) 0.0",
        ] {
            #expect(MediaWorkerReply.parse(Array((Self.head + "\n" + line).utf8), to: plain) == nil, "\(line)")
        }
    }

    private func parse(_ lines: String, _ parts: [[UInt8]]) -> Result<MediaFacts, MediaError>? {
        MediaWorkerReply.parse(Array(lines.utf8) + (parts.isEmpty ? [] : [10, 10]) + parts.joined(), to: request)
    }
}

@Suite("The answer of a thinker")
struct ThinkerReplyTests {
    private let run = ThinkerQuestion(.run, "model", .text("text"))
    private let prepare = ThinkerQuestion(.prepare, "model", .text("text"))

    @Test("is read in all its kinds")
    func kinds() {
        #expect(answer("scores 2", doubles(0.25, 0.75)) == .output(.scores([0.25, 0.75])))
        #expect(
            answer("regions 1", doubles(0, 0.5, 0.25, 0.5, 0.9))
                == .output(.regions([Region(x: 0, y: 0.5, width: 0.25, height: 0.5, score: 0.9, name: "model")])))
        #expect(answer("vector 2", floats(1, -2)) == .output(.vector([1, -2])))
        #expect(answer("text", Array("안녕\n".utf8)) == .output(.text("안녕\n")))
        #expect(answer("label ko sure", []) == .output(.label("ko", isSure: true)))
        #expect(answer("unknown too small", []) == .unknown("too small"))
        #expect(answer("tensor 1x2", floats(1, 2), to: prepare) == .tensor(shape: [1, 2], values: [1, 2]))
    }

    @Test(
        "is nonsense when numbers are none, out of range, too many or too few",
        arguments: [
            ("scores 1", doubles(.nan)), ("scores 1", doubles(1.5)), ("scores 2", doubles(1)), ("scores 99999999999", []),
            ("scores -1", []), ("regions 1", doubles(0, 0, 0, 2, 0)), ("vector 1", floats(.infinity)), ("vector 1", [1, 2, 3]),
            ("text", [0xff]), ("text", [0x1b]), ("label ../x sure", []), ("label ko perhaps", []), ("unknown ", []),
            ("tensor 1x2", floats(1, 2)), ("", []), ("scores 1 2", doubles(1)),
        ])
    func nonsense(_ line: String, _ part: [UInt8]) {
        #expect(answer(line, part) == nil)
    }

    @Test("is nonsense when a tensor's shape does not fit, or it answers another question")
    func tensors() {
        for shape in ["2x2", "0x2", "4194304x4194304x4194304", "-1x-2", "1x1x1x1x1x1x2", "x"] {
            #expect(answer("tensor \(shape)", floats(1, 2), to: prepare) == nil, "\(shape)")
        }
        #expect(answer("scores 1", doubles(0.5), to: prepare) == nil)
        #expect(ThinkerReply.parse(Array("label ko sure".utf8), to: run) == nil)
    }

    private func answer(_ line: String, _ part: [UInt8], to question: ThinkerQuestion? = nil) -> ThinkerReply.Answer? {
        ThinkerReply.parse(Array("\(line)\ntime 5\n\n".utf8) + part, to: question ?? run)?.answer
    }
}

private func doubles(_ numbers: Double...) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
}

private func floats(_ numbers: Float...) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
}
