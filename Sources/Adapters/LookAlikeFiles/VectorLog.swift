// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals

/// One file of records, each on the disk before it is acknowledged.
///
/// File: a head of 128 bytes (magic 8, dimension 4, length of the model's name 4, the name, zeros, at 124 the CRC-32C of what is before),
/// then records: a head of 16 bytes (magic 4, length 4, CRC-32C of the bytes 4, CRC-32C of these 12 bytes 4) and the bytes, filled up with
/// zeros to a multiple of 16, so that no head ever lies across two sectors. Little endian.
///
/// To forget a record, first its head gets another magic, then its bytes become zeros; what is cut off between is ended at opening.
struct VectorLog: Sendable {
    static let headSize = 128
    static let recordHeadSize = 16
    static let magic = Array("HAECHILA".utf8)
    static let live: UInt32 = 0x3152_414C
    static let dead: UInt32 = 0x3044_414C
    private static let longestRecord: UInt32 = 1 << 20
    private static let window = 4 << 20

    /// Where a record lies.
    struct Place: Hashable, Sendable {
        /// Of its head.
        var start: Int
        /// Of its bytes, with what they are filled up with.
        var length: Int
        var end: Int { start + recordHeadSize + length }
    }

    let file: DiskFile
    let model: String
    let dimension: Int
    private(set) var end: Int

    // MARK: - Making and opening

    /// An empty one.
    static func make(_ path: String, model: String, dimension: Int) throws(LookAlikeError) -> VectorLog {
        guard model.utf8.count <= headSize - 20 else { throw .refused("the model's name is too long") }
        var head = magic
        head.append(number: UInt32(dimension))
        head.append(number: UInt32(model.utf8.count))
        head += model.utf8
        head += [UInt8](repeating: 0, count: headSize - 4 - head.count)
        head.append(number: CRC32C.of(head))
        let file = try DiskFile(path, .create)
        try file.truncate(to: 0)
        try file.write(head, at: 0)
        try file.sync()
        return VectorLog(file: file, model: model, dimension: dimension, end: headSize)
    }

    /// Nil when it does not begin as such a file does.
    static func open(_ path: String, forWriting: Bool) throws(LookAlikeError) -> VectorLog? {
        let file = try DiskFile(path, forWriting ? .write : .read)
        let head = try file.read(headSize, at: 0)
        guard head.count == headSize, head.starts(with: magic) else { return nil }
        var (fields, sum) = (head.dropFirst(8), head.suffix(4))
        guard let dimension: UInt32 = fields.takeNumber(), let length: UInt32 = fields.takeNumber(),
            sum.takeNumber() == CRC32C.of(head.dropLast(4)), length <= headSize - 20, (1...65_536).contains(dimension),
            let model = String(validating: fields.prefix(Int(length)), as: UTF8.self)
        else { return nil }
        return VectorLog(file: file, model: model, dimension: Int(dimension), end: headSize)
    }

    private init(file: DiskFile, model: String, dimension: Int, end: Int) {
        (self.file, self.model, self.dimension, self.end) = (file, model, dimension, end)
    }

    // MARK: - Reading

    /// What reading all of it found.
    struct Reading {
        /// Records that do not agree with their checksums, and stretches where none begins, in bytes.
        var damaged = 0
        /// Dead records whose bytes are still there.
        var unfinished: [Place] = []
        var deadBytes = 0
        /// Bytes behind the last record.
        var tail = 0
    }

    /// Hands on all live records in order. Afterwards `end` is behind the last one that is whole.
    mutating func readAll(_ body: (Place, Record) -> Void) throws(LookAlikeError) -> Reading {
        var reading = Reading()
        let size = try file.size
        var (window, base) = ([UInt8](), 0)
        var (place, lost) = (Self.headSize, 0)
        end = Self.headSize
        while place + Self.recordHeadSize <= size {
            if place < base || place + Self.recordHeadSize + Int(Self.longestRecord) > base + window.count,
                base + window.count < size
            {
                window = try file.read(Self.window, at: place)
                base = place
            }
            let rest = window[(place - base)...]
            guard let head = RecordHead(rest.prefix(Self.recordHeadSize)), head.length <= Self.longestRecord,
                Self.recordHeadSize + Int(head.length) <= rest.count
            else {
                place += 16
                lost += 16
                continue
            }
            reading.damaged += lost
            lost = 0
            let at = Place(start: place, length: Int(head.length))
            let bytes = rest.dropFirst(Self.recordHeadSize).prefix(at.length)
            if head.magic == Self.dead {
                reading.deadBytes += at.end - at.start
                if bytes.contains(where: { $0 != 0 }) { reading.unfinished.append(at) }
                end = at.end
            } else if CRC32C.of(bytes) == head.sum, let record = Record(bytes, dimension: dimension) {
                body(at, record)
                end = at.end
            } else if at.end < size {
                reading.damaged += at.end - at.start
                end = at.end
            }
            place = at.end
        }
        reading.tail = size - end
        return reading
    }

    /// The record at a place; nil when it is not there any more.
    func record(at place: Place) throws(LookAlikeError) -> Record? {
        let bytes = try file.read(Self.recordHeadSize + place.length, at: place.start)
        guard let head = RecordHead(bytes.prefix(Self.recordHeadSize)), head.magic == Self.live,
            bytes.count == Self.recordHeadSize + place.length, CRC32C.of(bytes.dropFirst(Self.recordHeadSize)) == head.sum
        else { return nil }
        return Record(bytes.dropFirst(Self.recordHeadSize), dimension: dimension)
    }

    // MARK: - Writing

    /// Not durable before `sync`.
    mutating func append(_ record: Record) throws(LookAlikeError) -> Place {
        var bytes = record.bytes
        bytes += [UInt8](repeating: 0, count: (16 - bytes.count % 16) % 16)
        let head = RecordHead(magic: Self.live, length: UInt32(bytes.count), sum: CRC32C.of(bytes))
        let place = Place(start: end, length: bytes.count)
        try file.write(head.bytes + bytes, at: end)
        end = place.end
        return place
    }

    /// Durable on return: the heads first, so that a cut between finds them.
    func kill(_ places: [Place]) throws(LookAlikeError) {
        for place in places {
            try file.write(RecordHead(magic: Self.dead, length: UInt32(place.length), sum: 0).bytes, at: place.start)
        }
        try file.sync()
        for place in places {
            try file.write([UInt8](repeating: 0, count: place.length), at: place.start + Self.recordHeadSize)
        }
        try file.sync()
    }

    func cutTail() throws(LookAlikeError) {
        try file.truncate(to: end)
        try file.sync()
    }
}

/// The head of one record.
struct RecordHead {
    var magic: UInt32
    var length: UInt32
    var sum: UInt32

    init(magic: UInt32, length: UInt32, sum: UInt32) { (self.magic, self.length, self.sum) = (magic, length, sum) }

    /// Nil for bytes that are none.
    init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        var fields = bytes[...]
        guard let magic: UInt32 = fields.takeNumber(), magic == VectorLog.live || magic == VectorLog.dead,
            let length: UInt32 = fields.takeNumber(), let sum: UInt32 = fields.takeNumber(),
            let own: UInt32 = fields.takeNumber(),
            own == CRC32C.of(bytes.prefix(12)), length % 16 == 0
        else { return nil }
        (self.magic, self.length, self.sum) = (magic, length, sum)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for number in [magic, length, sum] { bytes.append(number: number) }
        bytes.append(number: CRC32C.of(bytes))
        return bytes
    }
}
