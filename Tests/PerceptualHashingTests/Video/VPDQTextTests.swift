// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("The text forms of a vPDQ hash")
struct VPDQTextTests {
    static let hash = String(repeating: "0f", count: 32)

    @Test("a line a frame is read and written the same, with three decimals")
    func lines() throws {
        let text = "0,100,\(Self.hash),0.000\n30,49,\(Self.hash),1.001\n216000,0,\(Self.hash),7207.200\n"
        let frames = try VPDQText.read(text)
        #expect(frames.map(\.number) == [0, 30, 216_000])
        #expect(frames.map(\.quality) == [100, 49, 0])
        #expect(frames.map(\.seconds) == [0, 1.001, 7207.2])
        #expect(VPDQText.write(frames) == text)
        #expect(try VPDQText.read(text.replacingOccurrences(of: "\n", with: "\r\n") + "\n\n") == frames)
        #expect(try VPDQText.read("").isEmpty)
    }

    @Test("the published files are read and written the same")
    func published() throws {
        guard let folder = try SharedVectors.pdq?.appendingPathComponent("vpdq") else { return }
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "txt" }
        #expect(files.count == 7)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            let frames = try VPDQText.read(text)
            #expect(frames.count > 100)
            #expect(VPDQText.write(frames) == text, "\(file.lastPathComponent)")
            #expect(try VPDQSignal.read(VPDQSignal.write(frames)).map(\.hash) == frames.map(\.hash))
        }
    }

    @Test(
        "says which line is wrong and what belongs there",
        arguments: [
            ("7,100,\(hash)", VPDQFormatError.Expectation.fields(4, found: 3), "4 values between commas, found 3"),
            ("7,100,\(hash),1.0,", .fields(4, found: 5), "4 values between commas, found 5"),
            ("-1,100,\(hash),1.0", .frameNumber, "a frame number, 0 or more"),
            ("x,100,\(hash),1.0", .frameNumber, "a frame number, 0 or more"),
            ("7,101,\(hash),1.0", .quality, "a quality from 0 to 100"),
            ("7,100,0f0f,1.0", .hash(.wrongLength(4)), "a hash of 64 hexadecimal digits, found 4 characters"),
            ("7,100,\(hash.dropLast())g,1.0", .hash(.notHexadecimal(at: 63)), "a hexadecimal digit at character 64 of the hash"),
            ("7,100,\(hash),-1", .seconds, "a time in seconds, 0 or more"),
            ("7,100,\(hash),nan", .seconds, "a time in seconds, 0 or more"),
            ("7,100,\(hash),0x1p3", .seconds, "a time in seconds, 0 or more"),
            ("7,100,\(hash),1e300", .seconds, "a time in seconds, 0 or more"),
        ])
    func wrongLine(line: String, expected: VPDQFormatError.Expectation, words: String) {
        let error = VPDQFormatError(line: 3, expected: expected)
        #expect(throws: error) { try VPDQText.read("0,100,\(Self.hash),0.000\n\n\(line)\n") }
        #expect(error.description == "line 3: expected \(words)")
    }

    @Test("the signal string is read, also with times of three significant digits, and written with three decimals")
    func signal() throws {
        let text = #"["\#(Self.hash),100,0.0", "\#(Self.hash),57,1.23e+02" ]"#
        let frames = try VPDQSignal.read(text)
        #expect(frames.map(\.seconds) == [0, 123])
        #expect(frames.map(\.number) == [0, 1])
        #expect(frames.map(\.quality) == [100, 57])
        let late = VPDQFrame(number: 0, quality: 5, hash: frames[0].hash, seconds: 123.456)
        #expect(VPDQSignal.write([late, late]) == #"["\#(Self.hash),5,123.456", "\#(Self.hash),5,123.456"]"#)
        for nothing in ["", "[]", " [ ] \n"] { #expect(try VPDQSignal.read(nothing).isEmpty) }
    }

    @Test(
        "what is no array of strings is refused",
        arguments: [
            "{}", "[", "[,]", #"["\#(hash),1,0""#, #"["\#(hash),1,0",]"#, #"["\#(hash),1,0"]]"#, "[1]", #"["a\"b"]"#, "null",
            #"["\#(hash),1,0" "\#(hash),1,0"]"#,
        ])
    func noArray(text: String) {
        do {
            _ = try VPDQSignal.read(text)
            Issue.record("read \(text)")
        } catch {
            #expect(error.expected == .arrayOfStrings)
        }
    }

    @Test("says which entry of a signal string is wrong")
    func wrongEntry() {
        #expect(throws: VPDQFormatError(line: 2, expected: .quality)) {
            try VPDQSignal.read(#"["\#(Self.hash),1,0", "\#(Self.hash),high,0"]"#)
        }
        #expect(throws: VPDQFormatError(line: 1, expected: .fields(3, found: 4))) {
            try VPDQSignal.read(#"["0,\#(Self.hash),1,0"]"#)
        }
    }

    @Test("changed text is read or refused, never a crash")
    func mutations() throws {
        let seed: UInt64 = 20_261_122
        var random = VideoRandom(seed: seed)
        let frames = (0..<3).map { VPDQFrame(number: $0, quality: 80, hash: random.hash(), seconds: Double($0) / 3) }
        for form in [VPDQText.write(frames), VPDQSignal.write(frames)] {
            for round in 0..<1_000 {
                var bytes = Array(form.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                bytes.removeLast(Int.random(in: 0...20, using: &random))
                let text = String(decoding: bytes, as: UTF8.self)
                for frames in [try? VPDQText.read(text), try? VPDQSignal.read(text)] {
                    let sound = (frames ?? []).allSatisfy { 0...100 ~= $0.quality && $0.seconds >= 0 && $0.number >= 0 }
                    #expect(sound, "seed \(seed), round \(round)")
                }
            }
        }
    }
}
