// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension PatternParser {
    /// Reads what begins with `(?`; the number of the group it opens (0: without capture), nil if it only sets flags.
    mutating func groupWithQuestionMark() throws(RegexError) -> UInt32? {
        if isNext("(?P<") { return try named(from: position + 4) }
        if isNext("(?<"), !isNext("(?<="), !isNext("(?<!") { return try named(from: position + 3) }
        if let error = refusedGroup() { throw error }
        return try flagGroup()
    }

    private mutating func named(from start: Int) throws(RegexError) -> UInt32 {
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")) else {
            throw RegexError(
                .invalidGroupName, "the name of the group does not end", position..<bytes.count, hint: "write (?P<name>…)")
        }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        let isWord = name.unicodeScalars.allSatisfy {
            $0 == "_" || ($0.isASCII ? Look.isWordByte(UInt8(ascii: $0)) : $0.isNamePart)
        }
        guard !name.isEmpty, isWord else {
            throw RegexError(
                .invalidGroupName, "a group cannot have this name", start..<end, hint: "names have letters, digits and _")
        }
        guard !tree.groupNames.contains(name) else {
            throw RegexError(.repeatedGroupName, "two groups have the name \(name)", start..<end)
        }
        tree.groupNames.append(name)
        position = end + 1
        return UInt32(tree.groupNames.count - 1)
    }

    private func refusedGroup() -> RegexError? {
        let linear = "matching stays linear in the text without it; say the rest with a second pattern"
        for look: StaticString in ["(?=", "(?!", "(?<=", "(?<!"] where isNext(look) {
            return RegexError(.lookAround, "look-around is not in the syntax", range(of: look), hint: linear)
        }
        if isNext("(?P=") {
            return RegexError(.backReference, "back-references are not in the syntax", range(of: "(?P="), hint: linear)
        }
        if isNext("(?'") {
            return RegexError(
                .unsupportedGroup, "quoted group names are not in the syntax", range(of: "(?'"), hint: "write (?P<name>…)")
        }
        for other: StaticString in ["(?>", "(?#", "(?|", "(?(", "(?&", "(?R", "(?P>"] where isNext(other) {
            return RegexError(
                .unsupportedGroup, "atomic, conditional and recursive groups and comments are not in the syntax",
                range(of: other),
                hint: "(?:…) groups without capturing")
        }
        return nil
    }

    private func range(of text: StaticString) -> Range<Int> { position..<(position + text.utf8CodeUnitCount) }

    /// `(?i)`, `(?i-s:…)`.
    private mutating func flagGroup() throws(RegexError) -> UInt32? {
        let start = position
        var place = position + 2
        var new = flags
        var removes = false
        var needsFlag = false
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            let flag: Flags
            switch byte {
            case UInt8(ascii: "i"): flag = .ignoresCase
            case UInt8(ascii: "m"): flag = .multiLine
            case UInt8(ascii: "s"): flag = .dotIsAll
            case UInt8(ascii: "U"): flag = .lazyFirst
            case UInt8(ascii: "-") where !removes:
                removes = true
                needsFlag = true
                continue
            case UInt8(ascii: ":") where !needsFlag:
                position = place
                flags = new
                return 0
            case UInt8(ascii: ")") where !needsFlag:
                position = place
                flags = new
                return nil
            default:
                throw RegexError(
                    .unsupportedGroup, "no such flag or group", start..<place,
                    hint: "flags are i, m, s and U; - before those to clear")
            }
            needsFlag = false
            if removes { new.remove(flag) } else { new.insert(flag) }
        }
        throw RegexError(.missingClosingParenthesis, "this group is never closed", start..<bytes.count, hint: "add )")
    }
}

extension Unicode.Scalar {
    /// Letters, marks and numbers.
    fileprivate var isNamePart: Bool {
        properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark
    }
}
