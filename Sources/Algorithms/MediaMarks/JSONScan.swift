// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Goes through JSON once and hands over its strings with where they stand. It keeps no tree and does not recurse.
struct JSONScan {
    private static let deepest = 48
    /// Longer keys and strings are cut to this.
    private static let longestKept = 1_024

    private let bytes: [UInt8]
    private var place = 0
    /// One key a level: of an object the current key, of an array nil.
    private var path: [[UInt8]?] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter visit: called for every value that is a string, with the keys that lead there; an array's level is nil.
    /// - Returns: false when it is not JSON, or nested too deeply.
    static func strings(of bytes: [UInt8], _ visit: (_ path: [[UInt8]?], _ value: [UInt8]) -> Void) -> Bool {
        var scan = JSONScan(bytes)
        return scan.run(visit)
    }

    private mutating func run(_ visit: ([[UInt8]?], [UInt8]) -> Void) -> Bool {
        /// What may come next.
        enum Expected { case value, valueOrEnd, keyOrEnd, key, commaOrEnd }
        var expected = Expected.value
        while true {
            skipBlanks()
            if expected == .commaOrEnd, path.isEmpty { return place == bytes.count }
            guard place < bytes.count else { return false }
            let byte = bytes[place]
            switch (expected, byte) {
            case (.keyOrEnd, UInt8(ascii: "}")), (.valueOrEnd, UInt8(ascii: "]")), (.commaOrEnd, UInt8(ascii: "}")),
                (.commaOrEnd, UInt8(ascii: "]")):
                guard let level = path.popLast(), (level == nil) == (byte == UInt8(ascii: "]")) else { return false }
                place += 1
                expected = .commaOrEnd
            case (.commaOrEnd, UInt8(ascii: ",")):
                place += 1
                expected = path.last == .some(nil) ? .value : .key
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                guard let key = string() else { return false }
                path[path.count - 1] = key
                skipBlanks()
                guard place < bytes.count, bytes[place] == UInt8(ascii: ":") else { return false }
                place += 1
                expected = .value
            case (.value, UInt8(ascii: "{")), (.valueOrEnd, UInt8(ascii: "{")):
                guard open([]) else { return false }
                expected = .keyOrEnd
            case (.value, UInt8(ascii: "[")), (.valueOrEnd, UInt8(ascii: "[")):
                guard open(nil) else { return false }
                expected = .valueOrEnd
            case (.value, UInt8(ascii: "\"")), (.valueOrEnd, UInt8(ascii: "\"")):
                guard let value = string() else { return false }
                visit(path, value)
                expected = .commaOrEnd
            case (.value, _), (.valueOrEnd, _):
                guard word() else { return false }
                expected = .commaOrEnd
            default: return false
            }
        }
    }

    private mutating func open(_ level: [UInt8]?) -> Bool {
        place += 1
        path.append(level)
        return path.count <= Self.deepest
    }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[place]) { place += 1 }
    }

    /// A number, `true`, `false` or `null`: what exactly does not matter here.
    private mutating func word() -> Bool {
        let word = bytes[place...].prefix(64).prefix {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) || [0x2b, 0x2d, 0x2e, 0x45].contains($0)
        }
        place = word.endIndex
        return !word.isEmpty
    }

    /// The string that begins here; escapes of characters outside ASCII become a question mark.
    private mutating func string() -> [UInt8]? {
        var value: [UInt8] = []
        place += 1
        while place < bytes.count {
            var byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\") {
                guard let meant = escaped() else { return nil }
                byte = meant
            } else if byte < 0x20 {
                return nil
            }
            if value.count < Self.longestKept { value.append(byte) }
        }
        return nil
    }

    private mutating func escaped() -> UInt8? {
        guard place < bytes.count else { return nil }
        defer { place += 1 }
        switch bytes[place] {
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"): return 0x20
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return bytes[place]
        case UInt8(ascii: "u"):
            let digits = bytes[(place + 1)...].prefix(4)
            guard digits.count == 4, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            place += 4
            return (0x20..<0x7f).contains(code) ? UInt8(code) : UInt8(ascii: "?")
        default: return nil
        }
    }
}
