// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An IPv4 or IPv6 address as bytes, read from text without asking anyone.
struct IPAddress: Hashable, Sendable {
    /// 4 or 16 of them.
    let bytes: [UInt8]

    var isV6: Bool { bytes.count == 16 }

    init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads what a resolver would take for a number: dotted IPv4, its short, octal and hexadecimal spellings, and IPv6 with or
    /// without brackets. An IPv6 zone (`%eth0`) is not read.
    init?(_ text: String) {
        if text.hasPrefix("["), text.hasSuffix("]") {
            guard let parsed = Self.v6(String(text.dropFirst().dropLast())) else { return nil }
            bytes = parsed
        } else if text.contains(":") {
            guard let parsed = Self.v6(text) else { return nil }
            bytes = parsed
        } else {
            guard let parsed = Self.v4(text) else { return nil }
            bytes = parsed
        }
    }

    /// The one spelling that everybody reads alike, without brackets.
    var text: String {
        if !isV6 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// One to four numbers; the last one fills the bytes that are left.
    private static func v4(_ text: String) -> [UInt8]? {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard (1...4).contains(parts.count) else { return nil }
        let numbers = parts.compactMap(number)
        guard numbers.count == parts.count, let last = numbers.last else { return nil }
        guard numbers.dropLast().allSatisfy({ $0 <= 255 }) else { return nil }
        let open = 4 - (numbers.count - 1)
        guard last < UInt64(1) << UInt64(8 * open) else { return nil }
        let tail = (0..<open).reversed().map { UInt8(truncatingIfNeeded: last >> UInt64(8 * $0)) }
        return numbers.dropLast().map { UInt8($0) } + tail
    }

    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.count <= 16, text.first != "+", text.first != "-" else { return nil }
        let lower = text.lowercased()
        if lower == "0x" { return 0 }
        if lower.hasPrefix("0x") {
            return lower.contains("+") || lower.contains("-") ? nil : UInt64(lower.dropFirst(2), radix: 16)
        }
        if lower.count > 1, lower.first == "0" { return UInt64(lower, radix: 8) }
        return UInt64(lower)
    }

    private static func v6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        guard let head = groups(halves[0]), let tail = halves.count == 2 ? groups(halves[1]) : [] else { return nil }
        let gap = 16 - head.count - tail.count
        guard halves.count == 2 ? gap >= 2 : gap == 0 else { return nil }
        return head + Array(repeating: 0, count: gap) + tail
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if part.contains("."), index == parts.count - 1 {
                let numbers = part.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
                guard numbers.count == 4 else { return nil }
                bytes += numbers
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else {
                    return nil
                }
                bytes += [UInt8(group >> 8), UInt8(group & 255)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
