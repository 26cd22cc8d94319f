// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HostileMedia
import MediaDecoding
import Moderation
import PerceptualHashing
import Signals
import Testing

@Suite("A video")
struct VideoTests {
    private func bytes(_ name: String) throws -> [UInt8]? {
        try SharedVectors.pdq.map { [UInt8](try Data(contentsOf: $0.appendingPathComponent("vpdq/\(name).mp4"))) }
    }

    private func published(_ name: String) throws -> [VPDQFrame] {
        guard let folder = try SharedVectors.pdq else { return [] }
        return try VPDQText.read(String(contentsOf: folder.appendingPathComponent("vpdq/\(name).txt"), encoding: .utf8))
    }

    private func request(_ sampling: MediaRequest.Sampling) -> MediaRequest {
        var request = MediaRequest()
        request.video = sampling
        return request
    }

    @Test("has the published hashes, frame numbers, qualities and times")
    func vectors() async throws {
        // The last one hangs on the decoder's version: below quality 80 its frames have little structure.
        for (name, exact, quality, most) in [
            ("test-padded-dimensions", 150, 0, 0), ("pattern-sd-grey-bar", 150, 50, 10), ("doorknob-hd-no-bar", 0, 80, 10),
        ] {
            guard let bytes = try bytes(name) else { return }
            let published = try published(name)
            let facts = try await withPool({ $0.videoDeadline = .seconds(600) }) { pool in
                try await pool.inspect(bytes, request(.everyFrame))
            }
            #expect(facts.format == "mp4" && facts.method == .videoFrame && !facts.isIncomplete && facts.pdq.isEmpty)
            #expect(facts.frames.map(\.frame) == published.map(\.number))
            var same = 0
            for (frame, expected) in zip(facts.frames, published) {
                let distance = try PDQHash(hex: frame.pdq).distance(to: expected.hash)
                if distance == 0, frame.quality == expected.quality { same += 1 }
                #expect(abs(frame.seconds - expected.seconds) < 0.001)
                if expected.quality >= quality { #expect(distance <= most, "\(name), frame \(frame.frame)") }
            }
            #expect(same >= exact, "\(name): \(same) are equal")
        }
    }

    @Test("is sampled by the second or by key frames, which are the same frames as among all")
    func sampling() async throws {
        guard let bytes = try bytes("pattern-sd-grey-bar") else { return }
        try await withPool({ $0.videoDeadline = .seconds(600) }) { pool in
            let all = try await pool.inspect(bytes, request(.everyFrame)).frames
            let seconds = try await pool.inspect(bytes, request(.seconds(1)))
            #expect(seconds.frames == all.filter { $0.frame % 30 == 0 } || seconds.frames == all.filter { $0.frame % 29 == 0 })
            #expect(seconds.duration.map { $0 > 6.8 && $0 < 7 } == true)
            let keys = try await pool.inspect(bytes, request(.keyFrames)).frames
            #expect(keys.count > 1 && keys.count < 20)
            for key in keys { #expect(all.contains(key), "frame \(key.frame)") }
        }
    }

    @Test("gives at most the frames asked for, and says that there are more")
    func limited() async throws {
        guard let bytes = try bytes("pattern-sd-grey-bar") else { return }
        var few = request(.everyFrame)
        few.frameLimit = 10
        try await withPool { pool in
            let facts = try await pool.inspect(bytes, few)
            #expect(facts.frames.count == 10 && facts.isIncomplete)
        }
    }

    @Test("with more key frames than are wanted is looked at from its first second to its last, however they lie")
    func spread() async throws {
        var request = request(.keyFrames)
        try await withPool { pool in
            let all = try await pool.inspect(SmallFiles.burst, request)
            #expect(all.frames.map(\.frame) == Array(0..<48) && !all.isIncomplete)
            request.frameLimit = 8
            let few = try await pool.inspect(SmallFiles.burst, request)
            #expect(few.frames.allSatisfy(all.frames.contains) && (6...8).contains(few.frames.count) && !few.isIncomplete)
            // Forty of the 48 frames lie in its first half second, and eight in the eighty seconds after it.
            #expect(few.frames.count { $0.frame < 40 } >= 3 && few.frames.count { $0.frame >= 40 } >= 3)
            #expect(few.frames.last.map { $0.frame >= 46 } == true)
        }
    }

    @Test("whose key frames do not begin anew is looked at in their order, all of them")
    func openGroups() async throws {
        try await withPool { pool in
            let facts = try await pool.inspect(SmallFiles.openHEVC, request(.keyFrames))
            #expect(facts.frames.map(\.frame) == [0, 1, 2, 3, 4] && !facts.isIncomplete)
            #expect(Set(facts.frames.map(\.pdq)).count == 5)
        }
    }

    @Test("with a single key frame is looked at once a second")
    func rareKeys() async throws {
        try await withPool { pool in
            let all = try await pool.inspect(SmallFiles.oneKey, request(.everyFrame)).frames
            var request = request(.keyFrames)
            let facts = try await pool.inspect(SmallFiles.oneKey, request)
            #expect(facts.frames == all.filter { $0.frame % 5 == 0 } && facts.frames.count == 6 && !facts.isIncomplete)
            request.frameLimit = 3
            let few = try await pool.inspect(SmallFiles.oneKey, request)
            #expect((2...3).contains(few.frames.count) && few.frames.allSatisfy(all.contains) && !few.isIncomplete)
            #expect(few.frames.last.map { $0.frame >= 15 } == true)
        }
    }

    @Test("that is only sound is nothing to see; a film in a codec that is not read is unsupported, with sound or without")
    func sound() async throws {
        let foreign = SmallFiles.foreign
        try await withPool { pool in
            for bytes in [SmallFiles.m4a, SmallFiles.soundWebM] {
                await #expect(throws: MediaError.nothingToSee("no moving pictures, only sound")) {
                    try await pool.inspect(bytes, request(.keyFrames))
                }
            }
            await #expect(throws: MediaError.unsupported("no video stream in H.264, HEVC, VP8, VP9, AV1 or MPEG-4")) {
                try await pool.inspect(foreign, request(.keyFrames))
            }
            // From the file to the signal's state.
            let examiner = MediaExaminer(inspector: pool, sha256: { _ in "0" })
            func problem(_ bytes: [UInt8], _ type: String?) async throws -> ExaminedMedia.Problem? {
                try await examiner.examine(Media(id: "m", type: type), bytes: bytes, wishes: MediaWishes(frames: 8)).problem
            }
            for (bytes, type) in [(SmallFiles.m4a, "audio/mp4"), (SmallFiles.m4a, nil), (SmallFiles.soundWebM, "video/webm")] {
                #expect(try await problem(bytes, type) == .notAPicture("no moving pictures, only sound"))
            }
            guard case .unreadable? = try await problem(foreign, "audio/mp4") else {
                Issue.record("a film that cannot be read was taken for no film")
                return
            }
            #expect(
                try await problem(SmallFiles.m4a, "image/avif") == .unreadable("nothing to see: no moving pictures, only sound"))
            #expect(pool.health.deaths == [:])
        }
    }

    @Test("that is only sound to a player of films, but may show a picture to somebody else, is unknown and not clean")
    func covers() async throws {
        // To show that the file is sound without what makes it doubtful.
        var plain = SmallFiles.pictureBeforeSound(namesPicture: false)
        try await withPool { pool in
            let examiner = MediaExaminer(inspector: pool, sha256: { _ in "0" })
            func problem(_ bytes: [UInt8]) async throws -> ExaminedMedia.Problem? {
                try await examiner.examine(Media(id: "m"), bytes: bytes, wishes: MediaWishes(frames: 8)).problem
            }
            for (name, bytes) in [
                ("a cover", SmallFiles.m4aWithCover), ("a picture", SmallFiles.pictureBeforeSound(namesPicture: true)),
                ("a picture that does not say so", plain), ("bytes behind it", SmallFiles.m4a + [0, 0, 0]),
                ("another film", SmallFiles.m4a + [0, 0, 0, 8] + Array("moov".utf8)),
            ] {
                guard case .unreadable? = try await problem(bytes) else {
                    Issue.record("sound with \(name) was taken for sound alone")
                    continue
                }
            }
            let place = try #require(plain.firstRange(of: Array("meta".utf8))).lowerBound
            plain.replaceSubrange(place..<place + 4, with: Array("free".utf8))
            #expect(try await problem(plain) == .notAPicture("no moving pictures, only sound"))
            #expect(pool.health.deaths == [:])
        }
    }

    @Test("is unsupported where it is not asked for, and too large only beyond its own limit")
    func refused() async throws {
        let header: [UInt8] = [0, 0, 0, 24] + Array("ftypisom".utf8) + [UInt8](repeating: 0, count: 3_000)
        try await withPool({
            $0.largestFile = 1_000
            $0.largestVideo = 4_000
        }) { pool in
            await #expect(throws: MediaError.unsupported("not a JPEG, PNG, WebP, GIF, HEIC or AVIF file")) {
                try await pool.inspect(Array(header[..<500]))
            }
            await #expect(throws: MediaError.undecodable("the mp4 header can't be read")) {
                try await pool.inspect(header, request(.keyFrames))
            }
            await #expect(throws: MediaError.tooLarge("5000 bytes, more than the 4000 allowed")) {
                try await pool.inspect([UInt8](repeating: 0, count: 5_000), request(.keyFrames))
            }
            await #expect(throws: MediaError.tooLarge("2000 bytes, more than the 1000 allowed")) {
                try await pool.inspect([0xff, 0xd8, 0xff] + [UInt8](repeating: 0, count: 1_997), request(.keyFrames))
            }
        }
    }

    @Test("that takes too long gives the frames found until then")
    func slow() async throws {
        guard let bytes = try bytes("test-padded-dimensions") else { return }
        try await withPool({
            $0.deadline = .milliseconds(10)
            $0.videoDeadline = .milliseconds(500)
            $0.picturesPerWorker = 1
        }) { pool in
            do throws(MediaError) {
                let facts = try await pool.inspect(bytes, request(.everyFrame))
                #expect(facts.isIncomplete == (facts.frames.count < 150) && !facts.frames.isEmpty)
            } catch {
                // On a busy machine not even the first frame may be there in time, or the worker is killed.
                guard case .undecodable = error else { throw error }
            }
        }
    }

    @Test("that is damaged in any way ends in an answer, and the next good file works")
    func mutations() async throws {
        guard let original = try bytes("doorknob-hd-no-bar") else { return }
        let seed = UInt64.random(in: 0 ... .max)
        print("mutations of a video: seed \(seed)")
        var random = ReplayableRandom(seed: seed)
        let good = Pictures.png(width: 64, height: 64)
        try await withPool({ $0.workers = 2 }) { pool in
            let expected = try await pool.inspect(good)
            for number in 0..<60 {
                var bytes = original
                switch number % 3 {
                case 0: bytes = Array(bytes[..<Int.random(in: 8..<bytes.count, using: &random)])
                case 1:
                    // The tables at the end, which tell where everything lies.
                    for _ in 0..<20 {
                        bytes[bytes.count - 1 - Int.random(in: 0..<6_000, using: &random)] = UInt8.random(
                            in: 0...255, using: &random)
                    }
                default:
                    for _ in 0..<200 {
                        bytes[Int.random(in: 32..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    }
                }
                do throws(MediaError) {
                    _ = try await pool.inspect(bytes, request(number % 2 == 0 ? .keyFrames : .seconds(1)))
                } catch {
                    if case .unavailable = error { Issue.record("no answer, seed \(seed), number \(number)") }
                }
            }
            let after = try await pool.inspect(good)
            #expect(after == expected)
        }
    }
}
