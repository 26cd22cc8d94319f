// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HostileMedia
import MediaDecoding
import Moderation
import PerceptualHashing
import Signals
import Testing

@Suite("A HEIC or AVIF picture")
struct HEIFTests {
    @Test("is decoded and hashed, whatever it calls itself", arguments: ["heic", "avif"])
    func decoded(_ format: String) async throws {
        let bytes = format == "heic" ? SmallFiles.heic : SmallFiles.avif
        // Both kinds may have one of these as their main name; the other names follow at 16.
        let named = Array(bytes[..<8]) + Array("mif1".utf8) + bytes[12..<20] + Array(format.utf8) + bytes[24...]
        try await withPool { pool in
            var request = MediaRequest()
            request.rasters = [.fit(longest: 32)]
            let facts = try await pool.inspect(bytes, request)
            #expect(facts.format == format && facts.width == 64 && facts.height == 48 && !facts.isIncomplete)
            #expect(facts.pdq.count == 64 && facts.quality >= 50 && facts.dihedrals.count == 7)
            #expect(facts.rasters.map(\.width) == [32] && facts.rasters.map(\.height) == [24])
            let other = try await pool.inspect(named)
            #expect(other.format == format && other.pdq == facts.pdq)
        }
    }

    @Test("shows the same in both")
    func same() async throws {
        try await withPool { pool in
            // Both are squeezed hard, so a hash of so small a pattern is not what to compare.
            var request = MediaRequest()
            request.rasters = [.fit(longest: 64)]
            let heic = try #require(await pool.inspect(SmallFiles.heic, request).rasters.first)
            let avif = try #require(await pool.inspect(SmallFiles.avif, request).rasters.first)
            let differences = zip(heic.pixels, avif.pixels).map { abs(Int($0) - Int($1)) }
            #expect(differences.count == 64 * 48 * 3 && differences.reduce(0, +) <= 8 * differences.count)
        }
    }

    @Test("that says it is to be turned is seen turned")
    func turned() async throws {
        try await withPool { pool in
            for (plain, turned) in [(SmallFiles.heic, SmallFiles.turnedHEIC), (SmallFiles.avif, SmallFiles.turnedAVIF)] {
                let upright = try await pool.inspect(plain)
                let facts = try await pool.inspect(turned)
                #expect(facts.width == 48 && facts.height == 64)
                // The third quarter turn of the list: 270 degrees one way are 90 the other way.
                let distances = try upright.dihedrals.map { try PDQHash(hex: $0).distance(to: PDQHash(hex: facts.pdq)) }
                #expect(distances.min() ?? 256 <= 10, "\(distances)")
                #expect(
                    distances.firstIndex(of: distances.min() ?? 0) == 0 || distances.firstIndex(of: distances.min() ?? 0) == 2)
                #expect(try PDQHash(hex: upright.pdq).distance(to: PDQHash(hex: facts.pdq)) > 60)
            }
        }
    }

    @Test("larger than allowed is too large before anything is decoded")
    func large() async throws {
        try await withPool({ $0.largestPicture = 1_000 }) { pool in
            for bytes in [SmallFiles.heic, SmallFiles.avif] {
                await #expect(throws: MediaError.tooLarge("64 x 48 pixels, more than the 1000 allowed")) {
                    try await pool.inspect(bytes)
                }
            }
        }
    }
}

@Suite("A picture that moves")
struct MovingGIFTests {
    private let level = { @Sendable (x: Int, y: Int, frame: Int) in
        UInt8((x * x / 9 + y * y / 7 + frame * 40) % 256)
    }

    @Test("has the hashes of its frames where video is asked for, and is its first picture where it is not")
    func frames() async throws {
        let bytes = MovingGIF.bytes(width: 60, height: 45, frames: 5, delay: 20, level)
        try await withPool { pool in
            let still = try await pool.inspect(bytes)
            #expect(still.format == "gif" && still.width == 60 && still.height == 45 && still.frames.isEmpty)
            var request = MediaRequest()
            request.video = .everyFrame
            let moving = try await pool.inspect(bytes, request)
            #expect(moving.pdq == still.pdq && moving.height == 45 && !moving.isIncomplete)
            #expect(moving.frames.map(\.frame) == [0, 1, 2, 3, 4])
            #expect(moving.frames.map(\.seconds) == [0, 0.2, 0.4, 0.6, 0.8])
            request.method = .videoFrame
            request.video = nil
            for frame in moving.frames {
                let picture = Pictures.png(width: 60, height: 45, colourType: 0) { [level($0, $1, frame.frame) & 0xfe] }
                #expect(try await pool.inspect(picture, request).pdq == frame.pdq, "frame \(frame.frame)")
            }
        }
    }

    @Test("or WebP is looked at frame by frame, each as it is shown")
    func webp() async throws {
        let bytes = SmallFiles.movingWebP
        let request = MediaWishes(rasters: [.fit(longest: 64)], frames: 3).request(for: bytes)
        try await withPool { pool in
            let moving = try await pool.inspect(bytes, request)
            #expect(moving.format == "webp" && moving.width == 64 && moving.height == 48)
            #expect(!moving.isIncomplete && !moving.mayShowMore)
            #expect(moving.frames.map(\.frame) == [0, 1, 2] && moving.frames.map(\.seconds) == [0, 0.2, 0.5])
            let hashes = try moving.frames.map { try PDQHash(hex: $0.pdq) }
            // Each is another picture, and the first is the one that stands for all.
            #expect(hashes[0].distance(to: hashes[1]) > 40 && hashes[1].distance(to: hashes[2]) > 40)
            #expect(try PDQHash(hex: moving.pdq).distance(to: hashes[0]) <= 10)
            #expect(moving.rasters.count == 3 && Set(moving.rasters.map(\.pixels)).count == 3)
            // Cut short, some of it is not there.
            let cut = try? await pool.inspect(Array(bytes[..<(bytes.count - 150)]), request)
            #expect(cut.map(\.mayShowMore) != false)
        }
    }

    @Test("in a format of which only the first picture can be decoded may show more, unless nobody wants to know")
    func firstOnly() async throws {
        try await withPool { pool in
            let examiner = MediaExaminer(inspector: pool, sha256: { _ in "0" })
            func mayShowMore(_ bytes: [UInt8], frames: Int = 8) async throws -> Bool? {
                try await examiner.examine(Media(id: "m"), bytes: bytes, wishes: MediaWishes(frames: frames)).facts?.mayShowMore
            }
            for (still, moving) in [
                (Pictures.png(width: 24, height: 20), Pictures.movingPNG(width: 24, height: 20)),
                (SmallFiles.avif, SmallFiles.avifSequence),
            ] {
                let answers = (
                    try await mayShowMore(still), try await mayShowMore(moving), try await mayShowMore(moving, frames: 0)
                )
                #expect(answers == (false, true, false))
            }
            for bytes in [SmallFiles.heic, Pictures.webp(width: 24, height: 20), Pictures.jpeg(width: 64, height: 48)] {
                let answer = try await mayShowMore(bytes)
                #expect(answer == false)
            }
            let unwanted = try await mayShowMore(SmallFiles.movingWebP, frames: 0)
            #expect(unwanted == false)
        }
    }

    @Test("that is too large for its frames to be drawn may show more")
    func tooLarge() async throws {
        let bytes = MovingGIF.bytes(width: 5_000, height: 4, frames: 2) { x, y, frame in UInt8((x + y + frame) % 256) }
        var request = MediaRequest()
        request.video = .keyFrames
        try await withPool { pool in
            // Its frames have too few rows for a hash.
            let facts = try await pool.inspect(bytes, request)
            #expect(facts.frames.isEmpty && facts.isIncomplete && facts.mayShowMore)
        }
    }

    @Test("of many frames is looked at in sixteen places")
    func many() async throws {
        let bytes = MovingGIF.bytes(width: 20, height: 16, frames: 100, level)
        var request = MediaRequest()
        request.video = .keyFrames
        request.rasters = [.stretch(width: 8, height: 8)]
        request.rasterFrames = 4
        try await withPool { pool in
            let facts = try await pool.inspect(bytes, request)
            #expect(facts.frames.count == 16 && facts.frames.last.map { $0.frame > 90 } == true)
            #expect(facts.rasters.count == 4 && facts.rasters.allSatisfy { $0.seconds != nil })
        }
    }
}
