// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Why bytes are no message.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the bytes of the message or of one nested in it.
    public let offset: Int
    public let message: String

    public var description: String { "byte \(offset): \(message)" }
}

/// Reads protobuf's wire format, strictly: what is cut off, too deep, too large or not of its type is an error.
///
/// Unknown fields are passed over; of an enum or a `bool` any number is taken as the format says.
struct WireReader {
    /// Larger messages are refused.
    static let largestSize = 16 << 20
    /// Messages, groups and packed messages nested deeper are refused.
    static let deepest = 100

    private let bytes: ArraySlice<UInt8>
    private let start: Int
    private let depth: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], depth: Int = 0) { self.init(bytes[...], depth: depth) }

    init(_ bytes: ArraySlice<UInt8>, depth: Int) {
        self.bytes = bytes
        self.depth = depth
        start = bytes.startIndex
        position = bytes.startIndex
    }

    private enum Kind: UInt8 {
        case varint = 0, fixed64, length, groupStart, groupEnd, fixed32
    }

    /// All bytes as one message of the type, as what CEL reads it.
    mutating func readMeaning(of type: MessageType, in types: MessageTypes) throws(WireError) -> Value {
        let message = try read(type, in: types)
        if type.name == WellKnown.any {
            // What cannot be unpacked is kept: it can be compared, and reading it says what is wrong.
            return try AnyPacking.unpack(message, depth: depth) ?? .message(message)
        }
        let value = WellKnown.meaning(of: message)
        if case .error(let error) = value { throw failure(error.message) }
        return value
    }

    /// All bytes as one message of the type.
    mutating func read(_ type: MessageType, in types: MessageTypes) throws(WireError) -> MessageValue {
        guard bytes.count <= Self.largestSize else { throw failure("more than \(Self.largestSize) bytes") }
        guard depth <= Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
        var message = MessageValue(type, in: types)
        var pending = Pending()
        while position < bytes.endIndex {
            let (number, kind) = try tag()
            guard let index = type.index(ofNumber: number) else {
                try skip(kind, number: number, depth: depth)
                continue
            }
            let field = type.fields[index]
            switch (field.cardinality, field.encoding) {
            case (.single, .message):
                pending.clear(oneof: field.oneof, but: index, in: type)
                // Holds the place, and clears the other members of its oneof.
                message.store(.null, at: index)
                pending.pieces[index, default: []] += try payload(kind, field)
            case (.single, _):
                let value = try scalar(field.encoding, kind, field)
                pending.clear(oneof: field.oneof, but: index, in: type)
                message.store(value, at: index)
            case (.repeated, _): try readElements(of: field, kind, types, into: &pending.lists[index, default: []])
            case (.map(let key), _):
                pending.maps[index, default: []].append(try readEntry(of: field, key: key, kind, types))
            }
        }
        for (index, piece) in pending.pieces {
            guard case .message(let name) = type.fields[index].encoding else { continue }
            message.store(try nested(piece[...], name, types), at: index)
        }
        for (index, elements) in pending.lists { message.store(.list(elements), at: index) }
        for (index, entries) in pending.maps { message.store(.map(Self.map(of: entries)), at: index) }
        return message
    }

    /// What is complete only when all bytes are read, by the field's place in the type.
    private struct Pending {
        // A single message that comes in several pieces is the message of the joined pieces.
        var pieces: [Int: [UInt8]] = [:]
        var lists: [Int: [Value]] = [:]
        var maps: [Int: [(key: Value, value: Value)]] = [:]

        mutating func clear(oneof group: String?, but index: Int, in type: MessageType) {
            guard let group, !pieces.isEmpty else { return }
            for other in Array(pieces.keys) where other != index && type.fields[other].oneof == group { pieces[other] = nil }
        }
    }

    /// Of a key that comes twice the last value counts.
    private static func map(of entries: [(key: Value, value: Value)]) -> MapValue {
        var map = MapValue()
        for entry in entries.reversed() {
            if let normal = MapKey(entry.key) { _ = map.insert(entry.key, normal: normal, entry.value) }
        }
        return map
    }

    private func nested(_ piece: ArraySlice<UInt8>, _ name: String, _ types: MessageTypes) throws(WireError) -> Value {
        guard let type = types[name] else { throw failure("the message type '\(name)' is not declared") }
        var reader = WireReader(piece, depth: depth + 1)
        return try reader.readMeaning(of: type, in: types)
    }

    private mutating func readElements(
        of field: MessageField, _ kind: Kind, _ types: MessageTypes, into elements: inout [Value]
    ) throws(WireError) {
        if case .message(let name) = field.encoding {
            elements.append(try nested(try payload(kind, field), name, types))
        } else if kind == .length, Self.kind(of: field.encoding) != .length {
            var packed = WireReader(try payload(kind, field), depth: depth)
            while packed.position < packed.bytes.endIndex {
                elements.append(try packed.scalar(field.encoding, Self.kind(of: field.encoding), field))
            }
        } else {
            elements.append(try scalar(field.encoding, kind, field))
        }
    }

    /// One entry of a map: a message of two fields, the key and the value.
    private mutating func readEntry(
        of field: MessageField, key encoding: FieldEncoding, _ kind: Kind, _ types: MessageTypes
    ) throws(WireError) -> (key: Value, value: Value) {
        var entry = WireReader(try payload(kind, field), depth: depth + 1)
        var key: Value?
        var value: Value?
        while entry.position < entry.bytes.endIndex {
            let (number, kind) = try entry.tag()
            switch (number, field.encoding) {
            case (1, _): key = try entry.scalar(encoding, kind, field)
            case (2, .message(let name)): value = try entry.nested(try entry.payload(kind, field), name, types)
            case (2, _): value = try entry.scalar(field.encoding, kind, field)
            default: try entry.skip(kind, number: number, depth: depth)
            }
        }
        if value == nil, case .message(let name) = field.encoding { value = try entry.nested([], name, types) }
        guard let key = key ?? encoding.zero else { throw failure("the field '\(field.name)' has a key of no kind") }
        return (key, value ?? field.encoding.zero ?? .null)
    }

    /// The kind in which values of an encoding are written.
    private static func kind(of encoding: FieldEncoding) -> Kind {
        switch encoding {
        case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enumeration: .varint
        case .fixed32, .sfixed32, .float: .fixed32
        case .fixed64, .sfixed64, .double: .fixed64
        case .string, .bytes, .message, .value: .length
        }
    }

    private mutating func scalar(_ encoding: FieldEncoding, _ kind: Kind, _ field: MessageField) throws(WireError) -> Value {
        guard kind == Self.kind(of: encoding) else { throw failure("the field '\(field.name)' is written as another type") }
        switch encoding {
        case .int32, .enumeration:
            let number = Int32(truncatingIfNeeded: try varint())
            return encoding == .nullValue ? .null : .int(Int64(number))
        case .int64: return .int(Int64(bitPattern: try varint()))
        case .uint32: return .uint(UInt64(UInt32(truncatingIfNeeded: try varint())))
        case .uint64: return .uint(try varint())
        case .sint32:
            let bits = UInt32(truncatingIfNeeded: try varint())
            return .int(Int64(Int32(bitPattern: bits >> 1) ^ -Int32(bits & 1)))
        case .sint64:
            let bits = try varint()
            return .int(Int64(bitPattern: bits >> 1) ^ -Int64(bits & 1))
        case .bool: return .bool(try varint() != 0)
        case .fixed32: return .uint(try fixed(4))
        case .sfixed32: return .int(Int64(Int32(truncatingIfNeeded: try fixed(4))))
        case .float: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try fixed(4)))))
        case .fixed64: return .uint(try fixed(8))
        case .sfixed64: return .int(Int64(bitPattern: try fixed(8)))
        case .double: return .double(Double(bitPattern: try fixed(8)))
        case .bytes: return .bytes(Array(try payload(kind, field)))
        case .string:
            guard let text = String(validating: try payload(kind, field), as: UTF8.self) else {
                throw failure("the text of '\(field.name)' is no UTF-8")
            }
            return .string(text)
        case .message, .value: throw failure("the field '\(field.name)' has no wire format")
        }
    }

    private mutating func tag() throws(WireError) -> (number: Int32, kind: Kind) {
        let bits = try varint()
        guard bits <= UInt32.max, bits >> 3 > 0, let number = Int32(exactly: bits >> 3), number < 1 << 29 else {
            throw failure("a field number out of range")
        }
        guard let kind = Kind(rawValue: UInt8(bits & 7)) else { throw failure("an unknown kind of field") }
        return (number, kind)
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard position < bytes.endIndex else { throw failure("cut off") }
            let byte = bytes[position]
            position += 1
            // The tenth byte holds the last bit alone.
            if shift == 63, byte > 1 { throw failure("a number longer than 64 bits") }
            result |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return result }
        }
        throw failure("a number longer than 64 bits")
    }

    private mutating func fixed(_ count: Int) throws(WireError) -> UInt64 {
        guard bytes.endIndex - position >= count else { throw failure("cut off") }
        defer { position += count }
        return bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func payload(_ kind: Kind, _ field: MessageField) throws(WireError) -> ArraySlice<UInt8> {
        guard kind == .length else { throw failure("the field '\(field.name)' is written as another type") }
        return try take()
    }

    private mutating func take() throws(WireError) -> ArraySlice<UInt8> {
        let length = try varint()
        guard length <= UInt64(bytes.endIndex - position) else { throw failure("cut off") }
        defer { position += Int(length) }
        return bytes[position..<position + Int(length)]
    }

    private mutating func skip(_ kind: Kind, number: Int32, depth: Int) throws(WireError) {
        switch kind {
        case .varint: _ = try varint()
        case .fixed32: _ = try fixed(4)
        case .fixed64: _ = try fixed(8)
        case .length: _ = try take()
        case .groupEnd: throw failure("the end of a group that has not begun")
        case .groupStart:
            guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
            while true {
                let (inner, kind) = try tag()
                if kind == .groupEnd {
                    guard inner == number else { throw failure("the end of another group") }
                    return
                }
                try skip(kind, number: inner, depth: depth + 1)
            }
        }
    }

    private func failure(_ message: String) -> WireError { WireError(offset: position - start, message: message) }
}

extension MessageTypes {
    /// Reads a message in protobuf's wire format; of a well-known type what it stands for.
    ///
    /// - Throws: when the bytes are cut off, not of the type, nested too deeply or too large, with the place.
    public func decode(_ bytes: [UInt8], as name: String) throws(WireError) -> Value {
        guard let type = self[name] else { throw WireError(offset: 0, message: "the message type '\(name)' is not declared") }
        var reader = WireReader(bytes)
        let value = try reader.readMeaning(of: type, in: self)
        if case .message(let packed) = value, packed.type.name == WellKnown.any { return AnyPacking.unpack(packed) }
        return value
    }
}
