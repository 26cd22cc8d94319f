// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Signals

/// Sightings of one day that do not grow any more: a head of 128 bytes, the body, a checksum for every 64 KiB of it.
///
/// Its name tells the day and which logs it was made from: `020544-00000003-00000007.seg`.
final class Segment: Sendable {
    static let headSize = 128
    static let magic = Array("HAECHLB1".utf8)
    static let suffix = ".seg"

    let name: String
    let generations: ClosedRange<Int>
    /// All sightings with sequence numbers up to this one were in the look-back when it was made.
    let sequence: Int64
    let body: Body
    let file: CheckedFile

    var day: Int { body.day }

    /// Opens one and checks its head and its length.
    init(_ name: String, in folder: Folder, forWriting: Bool) throws(LookBackError) {
        let path = folder.path(of: name)
        guard let (day, generations) = Self.parse(name) else { throw .damaged(path, "its name is not that of a segment") }
        let open = try OpenFile(path, forWriting ? .write : .read)
        let size = try open.size()
        guard size >= Self.headSize else {
            throw .damaged(path, "it has \(size) bytes, and its head alone takes \(Self.headSize)")
        }
        let head = try open.read(Self.headSize, at: 0)
        var reader = ByteReader(head)
        guard let magic = reader.slice(8), Array(magic) == Self.magic else {
            throw .damaged(path, "bytes 0 to 7: it does not begin like a segment")
        }
        var crc = ByteReader(head[(Self.headSize - 4)...])
        guard crc.fixed(4) == UInt64(CRC32C.of(head, in: 0..<Self.headSize - 4)) else {
            throw .damaged(path, "bytes 0 to \(Self.headSize - 1): the checksum of its head is wrong")
        }
        let numbers = (0..<5).map { _ in Int(truncatingIfNeeded: reader.fixed(8) ?? 0) }
        let bodySize = Body.size(count: numbers[1], recordBytes: numbers[2], nameBytes: numbers[3])
        guard numbers[0] == day else { throw .damaged(path, "it holds day \(numbers[0]), and its name says \(day)") }
        let expected = Self.headSize + bodySize + 4 * CheckedFile.chunks(bodySize)
        guard size == expected else { throw .damaged(path, "it has \(size) bytes, \(expected) were expected") }
        open.expectSequentialReads()
        let file = CheckedFile(open, base: Self.headSize, size: bodySize)
        self.name = name
        self.generations = generations
        self.file = file
        sequence = Int64(numbers[4])
        body = Body(day: day, count: numbers[1], recordBytes: numbers[2], nameBytes: numbers[3], bytes: .file(file))
    }

    var bytes: Int { Self.headSize + file.size + 4 * CheckedFile.chunks(file.size) }

    static func head(day: Int, count: Int, recordBytes: Int, nameBytes: Int, sequence: Int64) -> [UInt8] {
        var head = magic
        for number in [day, count, recordBytes, nameBytes, Int(sequence)] { head.appendFixed(Int64(number)) }
        head += [UInt8](repeating: 0, count: headSize - 4 - head.count)
        head.appendFixed(CRC32C.of(head))
        return head
    }

    static func name(day: Int, generations: ClosedRange<Int>) -> String {
        "\(padded(day, 6))-\(padded(generations.lowerBound, 8))-\(padded(generations.upperBound, 8))\(suffix)"
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "m" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func parse(_ name: String) -> (day: Int, generations: ClosedRange<Int>)? {
        guard name.hasSuffix(suffix) else { return nil }
        let parts = name.dropLast(suffix.count).split(separator: "-")
        guard parts.count == 3, let first = Int(parts[1]), let last = Int(parts[2]), first <= last else { return nil }
        let day = parts[0].hasPrefix("m") ? Int(parts[0].dropFirst()).map { -$0 } : Int(parts[0])
        return day.map { ($0, first...last) }
    }
}
