// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension PatternParser {
    /// `[…]` at the position.
    mutating func bracketClass() throws(RegexError) -> ScalarSet {
        let start = position
        position += 1
        var isNegated = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "^") {
            isNegated = true
            position += 1
        }
        var plain: [ScalarSet.Span] = []
        var set = ScalarSet()
        var isFirst = true
        while position < bytes.count, bytes[position] != UInt8(ascii: "]") || isFirst {
            isFirst = false
            if let named = try asciiClass() {
                set.formUnion(named)
            } else if let named = try namedClass() {
                set.formUnion(named)
            } else {
                plain.append(try classRange())
            }
        }
        guard position < bytes.count else {
            throw RegexError(.missingClosingBracket, "this class is never closed", start..<(start + 1), hint: "add ]")
        }
        position += 1
        set.formUnion(folded(ScalarSet(plain)))
        if isNegated { set.negate() }
        return set
    }

    private func folded(_ set: ScalarSet) -> ScalarSet {
        flags.contains(.ignoresCase) ? CaseFold.closure(of: set) : set
    }

    private func named(_ set: ScalarSet, isNegated: Bool) -> ScalarSet {
        // Folded before it is negated: (?i)\P{Lu} has no letter of either case.
        isNegated ? folded(set).negated : folded(set)
    }

    private mutating func classRange() throws(RegexError) -> ScalarSet.Span {
        let start = position
        let low = try classScalar()
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"), bytes[position + 1] != UInt8(ascii: "]") else {
            return ScalarSet.Span(low: low, high: low)
        }
        position += 1
        let high = try classScalar()
        guard low <= high else {
            throw RegexError(.invalidRange, "the range ends before it begins", start..<position, hint: "swap the ends")
        }
        return ScalarSet.Span(low: low, high: high)
    }

    private mutating func classScalar() throws(RegexError) -> UInt32 {
        bytes[position] == UInt8(ascii: "\\") ? try escapedScalar() : takeScalar()
    }

    /// `[:alpha:]` at the position.
    private mutating func asciiClass() throws(RegexError) -> ScalarSet? {
        guard isNext("[:") else { return nil }
        var end = position + 2
        while end + 1 < bytes.count, !isNext(":]", at: end) { end += 1 }
        guard end + 1 < bytes.count else { return nil }
        var name = String(decoding: bytes[(position + 2)..<end], as: UTF8.self)
        let isNegated = name.first == "^"
        if isNegated { name.removeFirst() }
        guard let set = Self.asciiClasses[name] else {
            throw RegexError(
                .unknownClass, "there is no class [:\(name):]", position..<(end + 2),
                hint: "there are " + Self.asciiClasses.keys.sorted().joined(separator: ", "))
        }
        position = end + 2
        return named(set, isNegated: isNegated)
    }

    private static let asciiClasses: [String: ScalarSet] = [
        "alnum": ScalarSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A), "alpha": ScalarSet(0x41...0x5A, 0x61...0x7A),
        "ascii": ScalarSet(0...0x7F), "blank": ScalarSet(0x09...0x09, 0x20...0x20), "cntrl": ScalarSet(0...0x1F, 0x7F...0x7F),
        "digit": digits, "graph": ScalarSet(0x21...0x7E), "lower": ScalarSet(0x61...0x7A), "print": ScalarSet(0x20...0x7E),
        "punct": ScalarSet(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E), "space": ScalarSet(0x09...0x0D, 0x20...0x20),
        "upper": ScalarSet(0x41...0x5A), "word": wordLetters, "xdigit": ScalarSet(0x30...0x39, 0x41...0x46, 0x61...0x66),
    ]
    private static let digits = ScalarSet(0x30...0x39)
    private static let wordLetters = ScalarSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    private static let spaces = ScalarSet(0x09...0x0A, 0x0C...0x0D, 0x20...0x20)

    /// `\d`, `\pL`, `\p{Hangul}` and their opposites at the position.
    mutating func namedClass() throws(RegexError) -> ScalarSet? {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\") else { return nil }
        let letter = bytes[position + 1]
        let set: ScalarSet
        switch letter | 0x20 {
        case UInt8(ascii: "d"): set = Self.digits
        case UInt8(ascii: "w"): set = Self.wordLetters
        case UInt8(ascii: "s"): set = Self.spaces
        case UInt8(ascii: "p"): return try property()
        default: return nil
        }
        position += 2
        return named(set, isNegated: letter < 0x60)
    }

    private mutating func property() throws(RegexError) -> ScalarSet {
        let start = position
        var isNegated = bytes[position + 1] == UInt8(ascii: "P")
        position += 2
        guard position < bytes.count else {
            throw RegexError(.unknownProperty, "the property has no name", start..<position, hint: #"write \p{L}"#)
        }
        var name: String
        if bytes[position] == UInt8(ascii: "{") {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
                throw RegexError(.unknownProperty, "the name of the property does not end", start..<bytes.count, hint: "add }")
            }
            name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
            position = end + 1
        } else {
            name = Unicode.Scalar(takeScalar()).map { String($0) } ?? ""
        }
        if name.first == "^" {
            isNegated.toggle()
            name.removeFirst()
        }
        let key = PropertyKey(name: name, isNegated: isNegated, isFolded: flags.contains(.ignoresCase))
        if let known = properties[key] { return known }
        if name == "Any" { return named(.all, isNegated: isNegated) }
        guard let set = UnicodeSets.set(named: name) else {
            let near = UnicodeSets.nearest(to: name).map { "did you mean \($0)?" }
            throw RegexError(
                .unknownProperty, "there is no category or script \(name)", start..<position,
                hint: near ?? "general categories by their short names, as Lu, and scripts by their long ones, as Hangul")
        }
        let made = named(set, isNegated: isNegated)
        properties[key] = made
        return made
    }
}

/// What a property of Unicode stands for where it is written.
struct PropertyKey: Hashable {
    let name: String
    let isNegated: Bool
    let isFolded: Bool
}
