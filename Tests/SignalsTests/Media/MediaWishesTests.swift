// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals
import Testing

/// The beginnings of files, by what they are.
private enum Beginning {
    static func iso(_ major: String, _ compatible: String...) -> [UInt8] {
        let brands = major + "\0\0\0\0" + compatible.joined()
        return [0, 0, 0, UInt8(8 + brands.utf8.count)] + Array("ftyp\(brands)".utf8) + [UInt8](repeating: 0, count: 32)
    }

    static func box(_ name: String) -> [UInt8] { [0, 0, 1, 0] + Array(name.utf8) + [UInt8](repeating: 0, count: 32) }

    static let gif = Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0]
    /// Flags of all kinds; only one of them says that it moves.
    static func webp(_ flags: UInt8) -> [UInt8] { Array("RIFF\0\0\0\0WEBPVP8X".utf8) + [10, 0, 0, 0, flags, 0, 0, 0] }
    static let videos: [[UInt8]] =
        [iso("isom", "iso2", "mp41"), iso("mp42"), iso("isom", "heic"), iso("qt  "), [0x1a, 0x45, 0xdf, 0xa3, 0x9f]]
        + ["moov", "mdat", "wide", "skip", "pnot"].map(box)
    static let pictures: [[UInt8]] = [
        [0xff, 0xd8, 0xff, 0xe1], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], Array("RIFF\0\0\0\0WEBPVP8 ".utf8),
        webp(0x3c), iso("heic", "mif1"), iso("mif1", "heic"), iso("avif", "mif1"), iso("mif1", "avif"),
    ]
    static let others: [[UInt8]] = [
        [], [0], Array("<html>".utf8), Array("RIFF\0\0\0\0AVI ".utf8), Array("%PDF-1.7".utf8), box("free"), [0x1a, 0x45],
    ]
}

@Suite("What is wanted of a file")
struct MediaWishesTests {
    private let wishes = MediaWishes(frames: 5)

    @Test("a file is a picture, a picture that may move, a video, or neither, by its first bytes")
    func kinds() {
        #expect(Beginning.videos.map { MediaKind(beginningOf: $0) } == Beginning.videos.map { _ in .video })
        #expect(Beginning.pictures.map { MediaKind(beginningOf: $0) } == Beginning.pictures.map { _ in .picture })
        #expect(Beginning.others.map { MediaKind(beginningOf: $0) } == Beginning.others.map { _ in nil })
        #expect(MediaKind(beginningOf: Beginning.gif) == .movingPicture)
        #expect(MediaKind(beginningOf: Array("GIF87a".utf8)) == .movingPicture)
        #expect(MediaKind(beginningOf: Beginning.webp(0x02)) == .movingPicture)
        #expect(MediaKind(beginningOf: Beginning.webp(0x3e)) == .movingPicture)
    }

    @Test("every video, whatever it begins with, and every GIF and moving WebP is looked into frame by frame")
    func moving() {
        for bytes in Beginning.videos + [Beginning.gif, Beginning.webp(2)] {
            let request = wishes.request(for: bytes)
            #expect(request.video == .keyFrames && request.rasterFrames == 5, "\(bytes)")
            #expect(request.frameLimit == MediaWishes.hashedFrames)
        }
        for bytes in Beginning.pictures + Beginning.others { #expect(wishes.request(for: bytes).video == nil, "\(bytes)") }
    }

    @Test("with no frames wanted nothing is looked into")
    func none() {
        for bytes in Beginning.videos + [Beginning.gif] { #expect(MediaWishes().request(for: bytes).video == nil, "\(bytes)") }
    }

    @Test("all else that is wished for is asked of every file")
    func others() {
        let raster = RasterWish.stretch(width: 16, height: 16)
        let wishes = MediaWishes(rasters: [raster], frames: 5, preview: true, provenance: true)
        for bytes in [Beginning.gif, Beginning.videos[0], Beginning.pictures[0]] {
            let request = wishes.request(for: bytes)
            #expect(request.borders && request.preview && request.provenance && request.rasters == [raster])
        }
    }
}

@Suite("A file that cannot be decoded")
struct UnreadableMediaTests {
    private struct Refusing: MediaInspector {
        var error: MediaError

        func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts { throw error }
    }

    private func problem(
        _ type: String?, _ bytes: [UInt8], _ error: MediaError = .unsupported("x"), frames: Int = 8
    ) async throws -> ExaminedMedia.Problem? {
        let examiner = MediaExaminer(inspector: Refusing(error: error), sha256: { _ in "0" })
        return try await examiner.examine(
            Media(id: "m1", type: type), bytes: bytes, wishes: MediaWishes(frames: frames)
        ).problem
    }

    @Test(
        "is unknown, not clean, when it says that there is something to see",
        arguments: ["image/png", "IMAGE/x-rare", "video/quicktime", "Video/x-rare"])
    func claims(type: String) async throws {
        for bytes in Beginning.others {
            #expect(try await problem(type, bytes) == .unreadable("unsupported media: x"), "\(bytes)")
        }
    }

    @Test("is unknown when its bytes begin like a picture or video, whatever it says and whether videos are looked into")
    func begins() async throws {
        for bytes in Beginning.videos + Beginning.pictures + [Beginning.gif] {
            for frames in [0, 8] {
                #expect(
                    try await problem("application/pdf", bytes, frames: frames) == .unreadable("unsupported media: x"),
                    "\(bytes)")
            }
        }
    }

    @Test("is no picture when it neither says nor looks so", arguments: [nil, "application/pdf", "audio/ogg"])
    func others(type: String?) async throws {
        for bytes in Beginning.others { #expect(try await problem(type, bytes) == .notAPicture("x"), "\(bytes)") }
    }

    @Test("is unknown when it is broken or too large, and tried again when no decoder is free")
    func broken() async throws {
        #expect(try await problem(nil, [0], .undecodable("y")) == .unreadable("undecodable media: y"))
        #expect(try await problem(nil, [0], .tooLarge("y")) == .unreadable("media too large: y"))
        await #expect(throws: MediaError.unavailable("the decoder's queue is full")) {
            try await problem(nil, [0], .unavailable("the decoder's queue is full"))
        }
    }
}
