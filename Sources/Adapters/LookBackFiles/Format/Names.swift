// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// The names of a body's spaces and actors, read where they are needed and not kept in memory: there may be millions.
///
/// A head of five 4-byte numbers; the kinds of name, each a platform and an ending that names share; then for spaces and for actors the places of every
/// 64th name (4 bytes each) and the names: kind (platform and ending), length, bytes. A deleted name's bytes are zeros.
struct Names {
    enum Column: Hashable { case spaces, actors }

    struct Name: Hashable {
        var platform: String
        var text: String
    }

    private struct Extent {
        var count: Int
        var directoryAt: Int
        var namesAt: Int
        var bytes: Int
    }

    static let step = 64
    static let headSize = 20

    let body: Body
    /// Platform and ending of each kind.
    private let kinds: [(platform: String, ending: String)]
    private let spaces: Extent
    private let actors: Extent
    private var known: [Column: [Int: Name?]] = [:]

    init(of body: Body) throws(LookBackError) {
        self.body = body
        var head = ByteReader(try body.bytes.read(Self.headSize, at: body.namesAt))
        let numbers = (0..<5).map { _ in Int(head.fixed(4) ?? 0) }
        let commonAt = body.namesAt + Self.headSize
        spaces = Self.extent(count: numbers[1], bytes: numbers[2], at: commonAt + numbers[0])
        actors = Self.extent(count: numbers[3], bytes: numbers[4], at: spaces.namesAt + spaces.bytes)
        guard actors.namesAt + actors.bytes == body.size else { throw body.damaged("its names do not fill their place") }
        var common = ByteReader(try body.bytes.read(numbers[0], at: commonAt))
        guard let texts = Self.texts(&common), texts.count % 2 == 0 else {
            throw body.damaged("the kinds of its names cannot be read")
        }
        kinds = stride(from: 0, to: texts.count, by: 2).map { (texts[$0], texts[$0 + 1]) }
    }

    private static func extent(count: Int, bytes: Int, at place: Int) -> Extent {
        let directory = 4 * ((count + step - 1) / step)
        return Extent(count: count, directoryAt: place, namesAt: place + directory, bytes: bytes)
    }

    private static func texts(_ reader: inout ByteReader) -> [String]? {
        guard let count = reader.varint() else { return nil }
        var texts: [String] = []
        for _ in 0..<count {
            guard let length = reader.varint(), let bytes = reader.slice(length) else { return nil }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        return texts
    }

    private func extent(_ column: Column) -> Extent { column == .spaces ? spaces : actors }

    func count(_ column: Column) -> Int { extent(column).count }

    /// Nil when it was deleted.
    mutating func name(_ number: Int, in column: Column) throws(LookBackError) -> Name? {
        if let name = known[column]?[number] { return name }
        let extent = extent(column)
        guard number < extent.count else { throw body.damaged("name \(number) is asked for, and it has \(extent.count)") }
        let step = number / Self.step
        var directory = ByteReader(try body.bytes.read(4, at: extent.directoryAt + 4 * step))
        let start = Int(directory.fixed(4) ?? 0)
        var end = extent.bytes
        if (step + 1) * Self.step < extent.count {
            directory = ByteReader(try body.bytes.read(4, at: extent.directoryAt + 4 * (step + 1)))
            end = Int(directory.fixed(4) ?? 0)
        }
        guard start <= end, end <= extent.bytes else { throw body.damaged("the directory of its names points past them") }
        var reader = ByteReader(try body.bytes.read(end - start, at: extent.namesAt + start))
        for _ in 0..<number % Self.step { _ = try next(&reader) }
        let name = try next(&reader).name
        // Many matches are of few names, but a sweep may meet millions.
        if known[column, default: [:]].count > 100_000 { known[column] = [:] }
        known[column, default: [:]][number] = .some(name)
        return name
    }

    /// All names in order, with the places of their bytes in the body; nil for those that were deleted.
    func all(_ column: Column) throws(LookBackError) -> [(place: Range<Int>, name: Name?)] {
        let extent = extent(column)
        var reader = ByteReader(try body.bytes.read(extent.bytes, at: extent.namesAt))
        var names: [(place: Range<Int>, name: Name?)] = []
        names.reserveCapacity(extent.count)
        for _ in 0..<extent.count {
            let (place, name) = try next(&reader)
            names.append((place.lowerBound + extent.namesAt..<place.upperBound + extent.namesAt, name))
        }
        return names
    }

    private func next(_ reader: inout ByteReader) throws(LookBackError) -> (place: Range<Int>, name: Name?) {
        guard let kind = reader.varint(), let length = reader.varint(), kind < kinds.count, let bytes = reader.slice(length)
        else { throw body.damaged("its names cannot be read") }
        let place = bytes.startIndex..<bytes.endIndex
        if !bytes.isEmpty, bytes.allSatisfy({ $0 == 0 }) { return (place, nil) }
        return (
            place, Name(platform: kinds[kind].platform, text: String(decoding: bytes, as: UTF8.self) + kinds[kind].ending)
        )
    }
}
