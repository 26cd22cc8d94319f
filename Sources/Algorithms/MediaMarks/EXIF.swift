// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads the few entries of EXIF in which generators leave their traces.
enum EXIF {
    private enum Tag {
        static let imageDescription = 0x010e
        static let make = 0x010f
        static let model = 0x0110
        static let software = 0x0131
        static let exifDirectory = 0x8769
        static let userComment = 0x9286
    }

    private static let mostDirectories = 8
    private static let mostEntries = 512

    /// The names of generators, from a block that begins with `II` or `MM`, with `Exif` before it or not.
    static func generators(in block: ArraySlice<UInt8>) -> [String] {
        var start = Cursor(block)
        _ = start.skip("Exif\0\0".utf8)
        let tiff = start.rest
        guard let order: Cursor.Order = tiff.starts(with: "II".utf8) ? .little : tiff.starts(with: "MM".utf8) ? .big : nil
        else { return [] }
        var header = Cursor(tiff, order)
        guard header.skip(2), header.number(2) == 42, let first = header.number(4) else { return [] }
        var names: [String] = []
        var waiting = [first]
        var seen: Set<Int> = []
        while let offset = waiting.popLast(), seen.count < mostDirectories {
            // A directory that points back to one already read ends the way there.
            guard seen.insert(offset).inserted else { continue }
            read(directoryAt: offset, of: tiff, order, into: &names, &waiting)
        }
        return names
    }

    private static func read(
        directoryAt offset: Int, of tiff: ArraySlice<UInt8>, _ order: Cursor.Order, into names: inout [String],
        _ waiting: inout [Int]
    ) {
        var cursor = Cursor(tiff, order)
        guard cursor.skip(offset), let count = cursor.number(2), count <= mostEntries else { return }
        for _ in 0..<count {
            guard let tag = cursor.number(2), let type = cursor.number(2), let length = cursor.number(4),
                let place = cursor.take(4)
            else { return }
            if tag == Tag.exifDirectory {
                var pointer = Cursor(place, order)
                if let next = pointer.number(4) { waiting.append(next) }
            } else if let value = value(place, type: type, length: length, of: tiff, order), let name = name(tag, value) {
                names.append(name)
            }
        }
        if let next = cursor.number(4), next != 0 { waiting.append(next) }
    }

    /// The bytes of an entry of type BYTE, ASCII, UTF-8 or UNDEFINED: in the entry when they are at most four, else at an offset.
    private static func value(
        _ place: ArraySlice<UInt8>, type: Int, length: Int, of tiff: ArraySlice<UInt8>, _ order: Cursor.Order
    ) -> ArraySlice<UInt8>? {
        guard [1, 2, 7, 129].contains(type), length <= MediaMarks.Limits.chunk else { return nil }
        if length <= 4 { return place.prefix(length) }
        var pointer = Cursor(place, order)
        guard let offset = pointer.number(4) else { return nil }
        var cursor = Cursor(tiff)
        return cursor.skip(offset) ? cursor.take(length) : nil
    }

    private static func name(_ tag: Int, _ value: ArraySlice<UInt8>) -> String? {
        switch tag {
        case Tag.software: GeneratorTraces.name(software: value)
        case Tag.imageDescription, Tag.make, Tag.model: GeneratorTraces.name(comment: value)
        case Tag.userComment: GeneratorTraces.name(comment: comment(value))
        default: nil
        }
    }

    /// A user comment without the eight bytes that name its character set, in ASCII.
    private static func comment(_ value: ArraySlice<UInt8>) -> [UInt8] {
        let (set, text) = (value.prefix(8), value.dropFirst(8))
        if set.starts(with: "UNICODE".utf8) { return text.withoutUTF16 }
        let isNamed = set.starts(with: "ASCII".utf8) || set.starts(with: "JIS".utf8) || set.allSatisfy { $0 == 0 }
        return Array(isNamed ? text : value)
    }
}
