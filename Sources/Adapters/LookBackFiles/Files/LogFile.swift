// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals

/// What was appended lately, one frame for each call, in memory as well; becomes segments when it is large or its day is over.
///
/// A head of 32 bytes (magic, the sequence number before the first frame, checksum), then frames: a head of 32 bytes (magic, number of
/// bodies, bytes, last sequence number, checksum of the bytes, checksum of the head), then for each body day, count, bytes of records,
/// bytes of names (4 bytes each) and the body.
struct LogFile: Sendable {
    static let headSize = 32
    static let magic = Array("HAECHLL1".utf8)
    static let frameMagic: UInt32 = 0x314D_5246

    struct Frame: Sendable {
        /// Where its bytes begin in the file, behind its head.
        var start: Int
        var payload: [UInt8]
        var bodies: [Body]
        /// Where each body begins in the payload.
        var places: [Int]
        var lastSequence: Int64
    }

    let generation: Int
    let file: OpenFile
    private(set) var frames: [Frame] = []
    private(set) var lastSequence: Int64
    /// Where the next frame goes.
    private(set) var end = LogFile.headSize
    /// Frames that cannot be read, in the middle of the file.
    private(set) var damage: [LookBackError] = []
    /// Bytes at the end that an append cut by a crash left behind.
    private(set) var cutOff = 0

    private(set) var count = 0
    var bodies: [Body] { frames.flatMap(\.bodies) }

    static func name(_ generation: Int) -> String { "\(Segment.padded(generation, 8)).log" }

    static func generation(of name: String) -> Int? { name.hasSuffix(".log") ? Int(name.dropLast(4)) : nil }

    /// A new one; durable once the folder is synced.
    static func make(_ generation: Int, after sequence: Int64, in folder: Folder) throws(LookBackError) -> LogFile {
        let temporary = name(generation) + ".tmp"
        var head = magic
        head.appendFixed(sequence)
        head += [UInt8](repeating: 0, count: headSize - 4 - head.count)
        head.appendFixed(CRC32C.of(head))
        let file = try OpenFile(folder.path(of: temporary), .create)
        try file.write(head, at: 0)
        try file.sync()
        try folder.rename(temporary, to: name(generation))
        return try LogFile(generation, in: folder, forWriting: true)
    }

    init(_ generation: Int, in folder: Folder, forWriting: Bool) throws(LookBackError) {
        let path = folder.path(of: Self.name(generation))
        self.generation = generation
        file = try OpenFile(path, forWriting ? .write : .read)
        let bytes = try file.read(try file.size(), at: 0)
        var reader = ByteReader(bytes.prefix(Self.headSize))
        var crc = ByteReader(bytes.prefix(Self.headSize).dropFirst(Self.headSize - 4))
        guard bytes.count >= Self.headSize, let magic = reader.slice(8), Array(magic) == Self.magic,
            let sequence = reader.fixed(8), crc.fixed(4) == UInt64(CRC32C.of(bytes, in: 0..<Self.headSize - 4))
        else { throw .damaged(path, "bytes 0 to \(Self.headSize - 1): the head of the log cannot be read") }
        lastSequence = Int64(bitPattern: sequence)
        read(bytes)
        cutOff = bytes.count - end
        if forWriting, cutOff > 0 {
            try file.truncate(to: end)
            try file.sync()
        }
    }

    private mutating func read(_ bytes: [UInt8]) {
        var place = Self.headSize
        while place < bytes.count {
            if let head = FrameHead(bytes, at: place), head.end <= bytes.count {
                if let frame = Self.frame(head, bytes, at: place, name: file.path) {
                    take(frame, end: head.end)
                } else if head.end == bytes.count {
                    return  // the last append, not written to its end
                } else {
                    damage.append(.damaged(file.path, "bytes \(place) to \(head.end - 1): their checksum is wrong"))
                    lastSequence = max(lastSequence, head.lastSequence)
                    end = head.end
                }
                place = head.end
            } else if let next = (place + 1..<max(place + 1, bytes.count)).first(where: { FrameHead(bytes, at: $0) != nil }) {
                damage.append(.damaged(file.path, "bytes \(place) to \(next - 1): no frame begins there"))
                place = next
                end = next
            } else {
                return
            }
        }
    }

    private mutating func take(_ frame: Frame, end: Int) {
        frames.append(frame)
        count += frame.bodies.reduce(0) { $0 + $1.count }
        lastSequence = max(lastSequence, frame.lastSequence)
        self.end = end
    }

    private static func frame(_ head: FrameHead, _ bytes: [UInt8], at place: Int, name: String) -> Frame? {
        let start = place + FrameHead.size
        let payload = Array(bytes[start..<head.end])
        guard CRC32C.of(payload) == head.crc else { return nil }
        return frame(payload, bodies: head.bodies, at: start, lastSequence: head.lastSequence, name: name)
    }

    private static func frame(_ payload: [UInt8], bodies count: Int, at start: Int, lastSequence: Int64, name: String) -> Frame? {
        var frame = Frame(start: start, payload: payload, bodies: [], places: [], lastSequence: lastSequence)
        var reader = ByteReader(payload)
        for _ in 0..<count {
            guard let day = reader.fixed(4), let count = reader.fixed(4), let records = reader.fixed(4),
                let names = reader.fixed(4)
            else { return nil }
            let body = Body(
                day: Int(Int32(truncatingIfNeeded: day)), count: Int(count), recordBytes: Int(records), nameBytes: Int(names),
                bytes: .memory(payload, base: reader.place, name: "\(name), frame at byte \(start)"))
            frame.places.append(reader.place)
            guard reader.slice(body.size) != nil else { return nil }
            frame.bodies.append(body)
        }
        return frame
    }

    /// Durable on return; days in ascending order.
    mutating func append(_ days: [(day: Int, sightings: [Sighting])], through sequence: Int64) throws(LookBackError) {
        var payload: [UInt8] = []
        for (day, sightings) in days {
            let body = Body.encode(sightings)
            for number in [day, body.count, body.recordBytes, body.nameBytes] {
                payload.appendFixed(Int32(truncatingIfNeeded: number))
            }
            payload += body.bytes
        }
        let head = FrameHead(
            bodies: days.count, length: payload.count, lastSequence: sequence, crc: CRC32C.of(payload), at: end)
        guard
            let frame = Self.frame(
                payload, bodies: days.count, at: end + FrameHead.size, lastSequence: sequence, name: file.path)
        else { throw .file(file.path, "an append of \(payload.count) bytes is too large") }
        try file.write(head.bytes + payload, at: end)
        try file.sync()
        take(frame, end: head.end)
    }
}

/// The head of one frame.
struct FrameHead {
    static let size = 32

    var bodies: Int
    var length: Int
    var lastSequence: Int64
    var crc: UInt32
    /// Behind the frame.
    var end: Int

    init(bodies: Int, length: Int, lastSequence: Int64, crc: UInt32, at place: Int) {
        self.bodies = bodies
        self.length = length
        self.lastSequence = lastSequence
        self.crc = crc
        end = place + Self.size + length
    }

    /// Nil when none is there.
    init?(_ bytes: [UInt8], at place: Int) {
        guard place + Self.size <= bytes.count else { return nil }
        var reader = ByteReader(bytes[place..<place + Self.size])
        guard reader.fixed(4) == UInt64(LogFile.frameMagic), let bodies = reader.fixed(4), let length = reader.fixed(8),
            let sequence = reader.fixed(8), let crc = reader.fixed(4), let own = reader.fixed(4),
            own == UInt64(CRC32C.of(bytes, in: place..<place + Self.size - 4)), length <= 1 << 32
        else { return nil }
        self.init(
            bodies: Int(bodies), length: Int(length), lastSequence: Int64(bitPattern: sequence), crc: UInt32(crc), at: place)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendFixed(LogFile.frameMagic)
        bytes.appendFixed(UInt32(bodies))
        bytes.appendFixed(UInt64(length))
        bytes.appendFixed(lastSequence)
        bytes.appendFixed(crc)
        bytes.appendFixed(CRC32C.of(bytes))
        return bytes
    }
}
