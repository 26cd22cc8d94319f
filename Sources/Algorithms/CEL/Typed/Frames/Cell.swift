// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One value of a frame in 16 trivially copyable bytes: no reference counts, nothing to free.
///
/// Texts and lists point into memory of the frame, or into memory that the caller keeps alive.
struct Cell: Sendable {
    /// Numbers and durations bit by bit, seconds of a timestamp, the address of a text's or a list's first byte.
    var payload: UInt64 = 0
    /// Bytes of a text, elements of a list, nanoseconds of a timestamp; the place of the reasons or of the value for `.unknown`
    /// and `.boxed`.
    var length: UInt32 = 0
    var tag = Tag.absent
    /// Of texts: all bytes are ASCII, so there are as many code points.
    var isASCII = false
    private var padding: UInt16 = 0

    enum Tag: UInt8 {
        case absent = 0
        case unknown
        case bool, int, uint, double, string, duration, timestamp, list
        /// A value that only the generic tier reads.
        case boxed
    }

    init() {}

    init(_ tag: Tag, _ payload: UInt64, length: UInt32 = 0, isASCII: Bool = false) {
        self.payload = payload
        self.length = length
        self.tag = tag
        self.isASCII = isASCII
    }

    init(_ time: Timestamp) {
        self.init(.timestamp, UInt64(bitPattern: time.seconds), length: UInt32(bitPattern: time.nanoseconds))
    }

    init(text bytes: UnsafeRawBufferPointer, isASCII: Bool) {
        self.init(.string, Cell.address(bytes.baseAddress), length: UInt32(truncatingIfNeeded: bytes.count), isASCII: isASCII)
    }

    init(list first: UnsafeMutablePointer<Cell>?, count: Int) {
        self.init(.list, Cell.address(first.map { UnsafeRawPointer($0) }), length: UInt32(truncatingIfNeeded: count))
    }

    private static func address(_ pointer: UnsafeRawPointer?) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }

    var seconds: Int64 { Int64(bitPattern: payload) }
    var nanoseconds: Int32 { Int32(bitPattern: length) }

    /// The bytes of a text. Only for cells that were made from a text: the pointer is the one that was put in.
    @inline(__always)
    var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(payload)), count: Int(length))
    }

    /// The first element of a list. Only for cells that were made from a list.
    @inline(__always)
    var elements: UnsafeMutablePointer<Cell>? { UnsafeMutablePointer(bitPattern: UInt(payload)) }

    var count: Int { Int(length) }
}

/// The types that a cell can hold, as the layout declares them.
enum CellType: Hashable, Sendable {
    case bool, int, uint, double, string, duration, timestamp

    init?(_ type: CELType) {
        switch type {
        case .bool: self = .bool
        case .int: self = .int
        case .uint: self = .uint
        case .double: self = .double
        case .string: self = .string
        case .duration: self = .duration
        case .timestamp: self = .timestamp
        default: return nil
        }
    }

    var tag: Cell.Tag {
        switch self {
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .duration: .duration
        case .timestamp: .timestamp
        }
    }
}
