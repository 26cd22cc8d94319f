// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds places where one of some literals may stand, several times faster than an automaton goes over the text.
///
/// Each literal belongs to one of eight groups, a bit each. A table says for a byte which groups have it as first, second and third
/// byte; where three bytes agree on a group, one of its literals may begin. For one literal with a byte that is rare in texts, `memchr` finds that.
final class Prefilter: Sendable {
    private let literals: [[UInt8]]
    private let ignoresCase: Bool
    private let window: Int
    private let rarePlace: Int?
    /// For each byte the groups that have it first (lowest eight bits), second and third; all groups where the literals are shorter.
    private let masks: [UInt32]

    /// Nil if the literals are too short or begin too variously to gain anything.
    init?(_ literals: [[UInt8]], ignoresCase: Bool) {
        let shortest = literals.lazy.map(\.count).min() ?? 0
        guard shortest > 0 else { return nil }
        self.literals = literals
        self.ignoresCase = ignoresCase && literals.contains { $0.contains { (0x61...0x7A).contains($0) } }
        window = min(shortest, 3)
        rarePlace = Self.rareByte(of: literals, ignoresCase: self.ignoresCase)
        var masks = [UInt32](repeating: 0, count: 256)
        let order = literals.count <= 8 ? literals : literals.sorted { $0.lexicographicallyPrecedes($1) }
        for (number, literal) in order.enumerated() {
            let group = order.count <= 8 ? number : number * 8 / order.count
            for place in 0..<window {
                let bit: UInt32 = 1 << UInt32(place * 8 + group)
                masks[Int(literal[place])] |= bit
                if self.ignoresCase, (0x61...0x7A).contains(literal[place]) { masks[Int(literal[place] ^ 0x20)] |= bit }
            }
        }
        guard Self.expectedShare(masks, window: window) < 1.0 / 16 || rarePlace != nil else { return nil }
        for byte in masks.indices { masks[byte] |= window == 1 ? 0xFF_FF00 : window == 2 ? 0xFF_0000 : 0 }
        self.masks = masks
    }

    /// Roughly how often the search would stop in ordinary text.
    private static func expectedShare(_ masks: [UInt32], window: Int) -> Double {
        (0..<window).reduce(1.0) { share, place in
            share * (0..<256).reduce(0.0) { $0 + (masks[$1] >> UInt32(8 * place) & 0xFF != 0 ? frequency(UInt8($1)) : 0) }
        }
    }

    private static func frequency(_ byte: UInt8) -> Double {
        switch byte {
        case UInt8(ascii: " "): 0.15
        case _ where "etaoinsrhld".utf8.contains(byte): 0.06
        case UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...: 0.02
        default: 0.005
        }
    }

    /// Where in the only literal a byte stands that few texts have often; nil: none, or more literals.
    private static func rareByte(of literals: [[UInt8]], ignoresCase: Bool) -> Int? {
        guard literals.count == 1, !ignoresCase else { return nil }
        return literals[0].firstIndex { byte in
            byte < 0x80 && !" etaoinsrhldcumfpgwyb\n".utf8.contains(byte) && byte > 0x20
        }
    }

    /// The first place from `start` on where a literal may begin; nil if none can before `end`.
    func candidate(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int? {
        if let rarePlace { return candidate(bytes, from: start, to: end, byRareByteAt: rarePlace) }
        return masks.withUnsafeBufferPointer { masks in
            guard let table = masks.baseAddress else { return nil }
            var position = start
            // Four places at a time: six bytes are looked up, each for three places.
            while position + 6 <= end {
                let one = table[Int(bytes[position])]
                let two = table[Int(bytes[position + 1])]
                let three = table[Int(bytes[position + 2])]
                let four = table[Int(bytes[position + 3])]
                let five = table[Int(bytes[position + 4])]
                let six = table[Int(bytes[position + 5])]
                let first = one & two >> 8 & three >> 16
                let second = two & three >> 8 & four >> 16
                let third = three & four >> 8 & five >> 16
                let fourth = four & five >> 8 & six >> 16
                if (first | second | third | fourth) & 0xFF != 0 {
                    if first & 0xFF != 0 { return position }
                    return second & 0xFF != 0 ? position + 1 : third & 0xFF != 0 ? position + 2 : position + 3
                }
                position += 4
            }
            while position + window <= end {
                var groups = table[Int(bytes[position])]
                if window > 1 { groups &= table[Int(bytes[position + 1])] >> 8 }
                if window > 2 { groups &= table[Int(bytes[position + 2])] >> 16 }
                if groups & 0xFF != 0 { return position }
                position += 1
            }
            return nil
        }
    }

    private func candidate(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, byRareByteAt place: Int) -> Int? {
        let literal = literals[0]
        // The rare byte may stand here at the earliest, and there at the latest.
        var position = start + place
        let last = end - literal.count + place
        while position <= last {
            guard let found = memchr(bytes + position, Int32(literal[place]), last + 1 - position) else { return nil }
            position = UnsafeRawPointer(bytes).distance(to: UnsafeRawPointer(found))
            if stands(literal, bytes, at: position - place, end: end) { return position - place }
            position += 1
        }
        return nil
    }

    /// Whether one of the literals stands in the text; also true when false alarms make it not worth the search.
    func mayContain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let bytes = text.baseAddress else { return false }
        var position = 0
        var alarms = 0
        while let place = candidate(bytes, from: position, to: text.count) {
            if literals.contains(where: { stands($0, bytes, at: place, end: text.count) }) { return true }
            position = place + 1
            alarms += 1
            if alarms > 16, alarms * 32 > position { return true }
        }
        return false
    }

    private func stands(_ literal: [UInt8], _ bytes: UnsafePointer<UInt8>, at place: Int, end: Int) -> Bool {
        guard place + literal.count <= end else { return false }
        for index in literal.indices {
            var byte = bytes[place + index]
            if ignoresCase, (0x41...0x5A).contains(byte) { byte |= 0x20 }
            if byte != literal[index] { return false }
        }
        return true
    }
}
