// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension IPAddress {
    /// `192.0.2.1`, `2001:db8::1` or `64:ff9b::192.0.2.1`; nil for anything else.
    ///
    /// No zones, no zeros before a decimal number, and no mapped address with its last part in decimal (`::ffff:192.0.2.1`).
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let number = Self.parseV6(bytes), number >> 32 != 0xFFFF || !bytes.contains(UInt8(ascii: "."))
            else { return nil }
            self.init(v6: number)
        } else {
            guard let number = Self.parseV4(bytes[...]) else { return nil }
            self.init(v4: number)
        }
    }

    private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var octet: UInt32 = 0
            for byte in part {
                guard (0x30...0x39).contains(byte) else { return nil }
                octet = octet * 10 + UInt32(byte - 0x30)
            }
            guard octet < 256 else { return nil }
            number = number << 8 | octet
        }
        return number
    }

    private static func parseV6(_ bytes: [UInt8]) -> UInt128? {
        let colon = UInt8(ascii: ":")
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == colon && bytes[$0 + 1] == colon }) else {
            guard let groups = groups(bytes[...]), groups.count == 8 else { return nil }
            return number(groups)
        }
        guard let front = groups(bytes[..<gap], mayEndInDecimal: false), let back = groups(bytes[(gap + 2)...]),
            front.count + back.count <= 7
        else { return nil }
        let all = front + [UInt16](repeating: 0, count: 8 - front.count - back.count) + back
        return number(all)
    }

    private static func number(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// Groups of hexadecimal digits between colons, the last perhaps a version 4 address; nil if one is wrong.
    private static func groups(_ bytes: ArraySlice<UInt8>, mayEndInDecimal: Bool = true) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if part.contains(UInt8(ascii: ".")) {
                guard mayEndInDecimal, index == parts.count - 1, let number = parseV4(part) else { return nil }
                groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = hexadecimal(byte) else { return nil }
                group = group << 4 | digit
            }
            groups.append(group)
        }
        return groups
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte - 0x30)
        case 0x41...0x46: UInt16(byte - 0x41 + 10)
        case 0x61...0x66: UInt16(byte - 0x61 + 10)
        default: nil
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The one recommended way to write the address (RFC 5952).
    public var description: String {
        switch family {
        case .v4: stride(from: 24, through: 0, by: -8).map { String(number >> UInt128($0) & 0xFF) }.joined(separator: ".")
        case .v6: textV6
        }
    }

    private var textV6: String {
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: number >> UInt128($0)) }
        // The longest run of two or more zeros, the first among equals, is left out.
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(1, longest.count) { longest = start..<end }
            start = end + 1
        }
        let hex = groups.map { String($0, radix: 16) }
        if longest.isEmpty { return hex.joined(separator: ":") }
        return hex[..<longest.lowerBound].joined(separator: ":") + "::" + hex[longest.upperBound...].joined(separator: ":")
    }
}

extension IPRange: CustomStringConvertible {
    /// `192.0.2.0/24`; nil for anything else.
    ///
    /// Mapped addresses are refused: the prefix would have two meanings.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...3).contains(parts[1].count), parts[1].allSatisfy({ (0x30...0x39).contains($0) }),
            parts[1].count == 1 || parts[1].first != UInt8(ascii: "0"), let length = Int(String(Substring(parts[1]))),
            let address = IPAddress(String(Substring(parts[0])))
        else { return nil }
        if address.family == .v4, parts[0].contains(UInt8(ascii: ":")) { return nil }
        self.init(address, prefixLength: length)
    }

    public var description: String { "\(address)/\(prefixLength)" }
}
