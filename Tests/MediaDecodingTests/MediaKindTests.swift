// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaDecoding
import Signals
import Testing

@Suite("What a file is by its first bytes")
struct MediaKindTests {
    /// A file in the ISO base format that says what it is.
    private static func iso(_ major: String, _ compatible: String..., length: UInt8? = nil) -> [UInt8] {
        let brands = major + "\0\0\0\0" + compatible.joined()
        return [0, 0, 0, length ?? UInt8(8 + brands.utf8.count)] + Array("ftyp\(brands)".utf8)
    }

    private static func box(_ name: String) -> [UInt8] { [0, 0, 0, 8] + Array(name.utf8) }

    private static let beginnings: [[UInt8]] =
        [
            [0xff, 0xd8, 0xff, 0xe0], [0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], [0x89, 0x50, 0x4e, 0x47],
            Array("GIF87a".utf8), Array("GIF89a".utf8), Array("GIF90a".utf8), Array("RIFF\0\0\0\0WEBP".utf8),
            Array("RIFF\0\0\0\0AVI ".utf8), [0x1a, 0x45, 0xdf, 0xa3], [0x1a, 0x45, 0xdf], Array("%PDF-1.7".utf8),
            Array("<svg>".utf8), Array("OggS".utf8), [0], [],
        ] + ["ftyp", "moov", "mdat", "wide", "skip", "pnot", "free", "uuid", "moof"].map(box)
        + [
            "isom", "mp42", "qt  ", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "jpeg",
            "M4A ",
        ]
        .flatMap { major in
            [
                iso(major), iso(major, "isom"), iso(major, "isom", "heic"), iso(major, "avif", "mif1"),
                // The list ends before the brand that would decide, or the box says nothing of its end.
                iso(major, "isom", "heic", length: 20), iso(major, "isom", "heic", length: 0),
                iso(major, "isom", "heic", length: 11), iso(major, "isom", "heic", length: 13),
            ]
        }

    @Test("is the same for the server, which chooses limits by it, and for the decoder, which decodes by it")
    func same() async throws {
        try await withPool { pool in
            for bytes in Self.beginnings {
                let decoder: Bool? =
                    if try await isKnown(bytes, video: nil, pool) {
                        false
                    } else if try await isKnown(bytes, video: .keyFrames, pool) {
                        true
                    } else {
                        nil
                    }
                let server = MediaKind(beginningOf: bytes).map { $0 == .video }
                #expect(server == decoder, "video: \(bytes) \(String(decoding: bytes, as: UTF8.self))")
            }
            #expect(pool.health.deaths == [:])
        }
    }

    /// Whether the decoder tries to decode it, with whatever success.
    private func isKnown(_ bytes: [UInt8], video: MediaRequest.Sampling?, _ pool: MediaWorkerPool) async throws -> Bool {
        var request = MediaRequest()
        request.video = video
        do throws(MediaError) {
            _ = try await pool.inspect(bytes, request)
            return true
        } catch {
            switch error {
            case .unsupported(let why): return !why.hasPrefix("not a JPEG")
            case .undecodable, .tooLarge, .nothingToSee: return true
            case .unavailable: throw error
            }
        }
    }
}
