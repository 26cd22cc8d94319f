// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Videos made by hand to take time, memory or the wrong way.
package enum HostileVideos {
    package static var all: [HostileFile] { mp4s + matroskas }

    private static let brands = Bytes.box("ftyp", Array("isom\0\0\0\0isom".utf8))

    private static var mp4s: [HostileFile] {
        let good = SmallFiles.h264
        func patched(_ name: String, _ box: String, _ offset: Int, _ new: [UInt8]) -> HostileFile {
            HostileFile("MP4 with \(name)", Bytes.patched(good, after: box, at: offset, with: new))
        }
        let most = [UInt8](repeating: 0xff, count: 4)
        return [
            patched("frames beyond its end", "stco", 8, most),
            patched("2^32 chunks", "stco", 4, most),
            patched("2^32 frames", "stsz", 8, most),
            patched("2^32 frames of 2^31 bytes", "stsz", 4, [0x7f, 0xff, 0xff, 0xff] + most),
            patched("frames of no length", "stts", 8, most + [0, 0, 0, 0]),
            patched("frames of endless length", "stts", 8, most + [0x7f, 0xff, 0xff, 0xff]),
            patched("2^32 kinds of length", "stts", 4, most),
            patched("2^32 chunks' sizes", "stsc", 4, most),
            patched("a chunk of 2^32 frames", "stsc", 12, most),
            patched("no time scale", "mdhd", 12, [0, 0, 0, 0]),
            patched("no time scale at all", "mvhd", 12, [0, 0, 0, 0]),
            patched("65,535 pixels a side", "avc1", 24, most),
            patched("no pixels", "avc1", 24, [0, 0, 0, 0]),
            patched("2^32 key frames", "stss", 4, most),
            patched("2^32 cuts", "elst", 4, most),
            patched("a cut of no speed at the end of time", "elst", 8, most + [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
            patched("an unknown codec", "stsd", 12, Array("xxxx".utf8)),
            patched("another codec's data", "stsd", 12, Array("hvc1".utf8)),
            HostileFile("MP4 of 3,000 streams", streams(3_000)),
            HostileFile("MP4 in 50,000 boxes", brands + HostilePictures.nested("moov", depth: 50_000)),
            HostileFile(
                "MP4 of 200,000 empty boxes", brands + Array(Array(repeating: Bytes.box("free", []), count: 200_000).joined())),
            HostileFile("MP4 of 20,000 fragments", good + Array(Array(repeating: fragment, count: 20_000).joined())),
            HostileFile("MP4 with a fragment of 2^32 frames", good + brokenFragment),
            HostileFile("MP4 with nothing in it", brands + Bytes.box("moov", [])),
            HostileFile("MP4 whose box has no length", brands + [0, 0, 0, 0] + Array("moov".utf8)),
            HostileFile("MP4 that names another file", reference(good)),
        ]
    }

    private static func streams(_ count: Int) -> [UInt8] {
        guard let start = Bytes.place(of: Array("trak".utf8), in: SmallFiles.h264) else { return [] }
        let length = SmallFiles.h264[(start - 4)..<start].reduce(0) { $0 << 8 | Int($1) }
        let track = Array(SmallFiles.h264[(start - 4)..<min(SmallFiles.h264.count, start - 4 + length)])
        guard let header = Bytes.place(of: Array("mvhd".utf8), in: SmallFiles.h264) else { return [] }
        let movie = Array(SmallFiles.h264[(header - 4)..<header + 104])
        return brands + Bytes.box("moov", movie + Array(Array(repeating: track, count: count).joined()))
    }

    private static let fragment = Bytes.box(
        "moof",
        Bytes.full("mfhd", 0, [0, 0, 0, 1])
            + Bytes.box("traf", Bytes.full("tfhd", 0, [0, 0, 0, 1]) + Bytes.full("trun", 0, [0, 0, 0, 1])))

    private static let brokenFragment = Bytes.box(
        "moof",
        Bytes.full("mfhd", 0, [0, 0, 0, 1])
            + Bytes.box("traf", Bytes.full("tfhd", 0, [0, 0, 0, 1]) + Bytes.full("trun", 0, [UInt8](repeating: 0xff, count: 4))))

    /// The data reference says that the frames lie in a file of the system.
    private static func reference(_ file: [UInt8]) -> [UInt8] {
        Bytes.patched(
            Bytes.patched(file, after: "url ", at: 0, with: [0, 0, 0, 0]), after: "dref", at: 12, with: Array("alis".utf8))
    }

    // MARK: - Matroska

    private static let unknown: [UInt8] = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]

    private static var matroskas: [HostileFile] {
        let good = SmallFiles.vp9
        // The header of the good file ends where its segment begins.
        let segment: [UInt8] = [0x18, 0x53, 0x80, 0x67], cluster: [UInt8] = [0x1f, 0x43, 0xb6, 0x75]
        let start = Bytes.place(of: segment, in: good) ?? good.count
        let header = Array(good[..<start])
        func repeated(_ element: [UInt8], _ count: Int) -> [UInt8] {
            Array(Array(repeating: element + unknown, count: count).joined())
        }
        func widthPatched(_ new: [UInt8]) -> [UInt8] {
            guard let place = Bytes.place(of: [0xb0], in: Array(good[start...])) else { return good }
            var file = good
            for (index, byte) in new.enumerated() where start + place + 2 + index < file.count {
                file[start + place + 2 + index] = byte
            }
            return file
        }
        return [
            HostileFile("Matroska of 20,000 segments without a size", header + repeated(segment, 20_000)),
            HostileFile("Matroska of 20,000 clusters without a size", header + segment + unknown + repeated(cluster, 20_000)),
            HostileFile(
                "Matroska of 20,000 tags in each other",
                header + segment + unknown + repeated([0x12, 0x54, 0xc3, 0x67], 1) + repeated([0x73, 0x73], 1)
                    + repeated([0x67, 0xc8], 20_000)),
            HostileFile(
                "Matroska with an element of 2^56 bytes",
                header + segment + [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe] + good[start...]),
            HostileFile("Matroska of the widest frames", widthPatched([0xff, 0xff])),
            HostileFile("Matroska with nothing in it", header),
            HostileFile(
                "Matroska with its segment again and again",
                header + Array(Array(repeating: Array(good[start...]), count: 300).joined())),
            HostileFile("Matroska of zeros", header + segment + unknown + [UInt8](repeating: 0, count: 1_000_000)),
        ]
    }
}
