// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals

/// Makes one segment out of bodies of one day, in their order; deleted sightings keep their places, so that a place in a day stays
/// the same sighting for good.
struct SegmentWriter {
    private static let blocksAtOnce = 256

    let bodies: [Body]
    let day: Int
    let generations: ClosedRange<Int>
    let sequence: Int64
    let folder: Folder

    /// The segment, complete and durable under its name once the folder is synced.
    func write() throws(LookBackError) -> Segment {
        let (names, numbers) = try collectNames()
        let name = Segment.name(day: day, generations: generations)
        let temporary = name + ".tmp"
        let file = try OpenFile(folder.path(of: temporary), .create)
        let count = bodies.reduce(0) { $0 + $1.count }
        var place = Segment.headSize
        for body in bodies { try copyHashes(of: body, to: file, at: &place) }
        var encoder = BodyEncoder()
        for (body, numbers) in zip(bodies, numbers) { try repack(body, numbers, into: &encoder, file, at: &place) }
        encoder.flush()
        for part in [encoder.records, encoder.index, names] {
            try file.write(part, at: place)
            place += part.count
        }
        try writeChecksums(of: file, bodySize: place - Segment.headSize)
        let head = Segment.head(
            day: day, count: count, recordBytes: encoder.recordBytes, nameBytes: names.count, sequence: sequence)
        try file.write(head, at: 0)
        try file.sync()
        try folder.rename(temporary, to: name)
        return try Segment(name, in: folder, forWriting: true)
    }

    private struct Numbers {
        var spaces: [Int]
        var actors: [Int]
    }

    /// All names that are still used, and for each body how its numbers become those of the segment.
    private func collectNames() throws(LookBackError) -> ([UInt8], [Numbers]) {
        var builder = NamesBuilder()
        var given: [Numbers] = []
        for body in bodies {
            let names = try Names(of: body)
            let spaces = try names.all(.spaces).map(\.name)
            let actors = try names.all(.actors).map(\.name)
            var uses = Numbers(
                spaces: [Int](repeating: 0, count: spaces.count), actors: [Int](repeating: 0, count: actors.count))
            for start in stride(from: 0, to: body.blocks, by: Self.blocksAtOnce) {
                for block in try body.decode(blocks: start..<min(start + Self.blocksAtOnce, body.blocks)) {
                    for case let record? in block.lazy.map(\.record) {
                        guard record.space < spaces.count, record.actor < actors.count else {
                            throw body.damaged("a record names what its names do not have")
                        }
                        uses.spaces[record.space] += 1
                        uses.actors[record.actor] += 1
                    }
                }
            }
            given.append(
                Numbers(
                    spaces: zip(spaces, uses.spaces).map { name, uses in
                        name.map { uses > 0 ? builder.space($0, uses: uses) : -1 } ?? -1
                    },
                    actors: zip(actors, uses.actors).map { name, uses in
                        name.map { uses > 0 ? builder.actor($0, uses: uses) : -1 } ?? -1
                    }))
        }
        let built = builder.build()
        let final = given.map { numbers in
            Numbers(
                spaces: numbers.spaces.map { $0 < 0 ? -1 : built.spaces[$0] },
                actors: numbers.actors.map { $0 < 0 ? -1 : built.actors[$0] })
        }
        return (built.bytes, final)
    }

    private func copyHashes(of body: Body, to file: OpenFile, at place: inout Int) throws(LookBackError) {
        let step = 8 << 20
        for start in stride(from: 0, to: body.recordsAt, by: step) {
            let bytes = try body.bytes.read(min(step, body.recordsAt - start), at: start)
            try file.write(bytes, at: place)
            place += bytes.count
        }
    }

    private func repack(
        _ body: Body, _ numbers: Numbers, into encoder: inout BodyEncoder, _ file: OpenFile, at place: inout Int
    ) throws(LookBackError) {
        for start in stride(from: 0, to: body.blocks, by: Self.blocksAtOnce) {
            for block in try body.decode(blocks: start..<min(start + Self.blocksAtOnce, body.blocks)) {
                for (_, record) in block {
                    var record = record
                    if let old = record {
                        record?.space = numbers.spaces[old.space]
                        record?.actor = numbers.actors[old.actor]
                        // A name that is gone takes its records with it.
                        if numbers.spaces[old.space] < 0 || numbers.actors[old.actor] < 0 { record = nil }
                    }
                    encoder.add(record)
                }
            }
            try file.write(encoder.records, at: place)
            place += encoder.records.count
            encoder.records.removeAll(keepingCapacity: true)
        }
    }

    private func writeChecksums(of file: OpenFile, bodySize: Int) throws(LookBackError) {
        var checksums: [UInt8] = []
        for start in stride(from: 0, to: bodySize, by: CheckedFile.chunk) {
            let chunk = try file.read(min(CheckedFile.chunk, bodySize - start), at: Segment.headSize + start)
            checksums.appendFixed(CRC32C.of(chunk))
        }
        try file.write(checksums, at: Segment.headSize + bodySize)
    }
}
