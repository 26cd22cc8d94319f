// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Walks over visible text from number to number.
struct NumberScanner {
    let bytes: [UInt8]
    private var found: [TextFinding] = []
    private var position = 0
    private(set) var steps = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func scan() -> [TextFinding] {
        while position < bytes.count, found.count < FindingReader.mostFindings {
            let byte = bytes[position]
            steps += 1
            if byte.isASCIIDigit {
                number(hasPlus: position > 0 && bytes[position - 1] == UInt8(ascii: "+"))
            } else if byte == UInt8(ascii: "@") {
                mail()
            } else if byte.isASCIILetter {
                word()
            } else {
                position += 1
            }
        }
        return found
    }

    // A word that is no IBAN is nothing here; digits inside it are none of a person.
    private mutating func word() {
        if position + 15 <= bytes.count, let account = IBANReader.read(bytes, at: position) {
            add("iban", Masking.account(account.text), position..<account.end)
            position = account.end
            return
        }
        while position < bytes.count, bytes[position].isASCIIWord {
            position += 1
            steps += 1
        }
    }

    private mutating func number(hasPlus: Bool) {
        let start = position
        let run = DigitRun(bytes, from: start)
        steps += run.end - start
        position = run.end
        guard run.digitCount >= 9, !isInside(before: start, hasPlus: hasPlus), !isInside(after: run.end) else { return }
        var group = 0
        while group < run.groups.count {
            guard let match = NumberKinds.match(run, at: group, hasPlus: hasPlus && group == 0) else {
                group += 1
                continue
            }
            add(match.type, match.entry, run.groups[group].lowerBound..<run.groups[group + match.groups - 1].upperBound)
            group += match.groups
        }
    }

    /// Whether the byte before makes it part of something else: a path, a longer number, an identifier, an amount.
    private func isInside(before start: Int, hasPlus: Bool) -> Bool {
        let before = start - (hasPlus ? 2 : 1)
        guard before >= 0 else { return false }
        return bytes[before].isASCIIWord || "/=#-.%&$,".utf8.contains(bytes[before])
    }

    private func isInside(after end: Int) -> Bool {
        guard end < bytes.count else { return false }
        // The last is the sign of the won, written out.
        return bytes[end].isASCIIWord || "/=%&".utf8.contains(bytes[end]) || bytes[end...].starts(with: "원".utf8)
    }

    private mutating func add(_ type: String, _ entry: String, _ range: Range<Int>) {
        found.append(TextFinding(type: type, entry: entry, range: range))
    }

    private mutating func mail() {
        let at = position
        position += 1
        var start = at
        while start > 0, at - start < 64, isLocal(bytes[start - 1]) { start -= 1 }
        var end = at + 1
        while end < bytes.count, end - at < 254,
            bytes[end].isASCIIDigit || bytes[end].isASCIILetter || ".-".utf8.contains(bytes[end])
        {
            end += 1
        }
        steps += end - start
        while end > at + 1, ".-".utf8.contains(bytes[end - 1]) { end -= 1 }
        guard start < at, let entry = Masking.mail(bytes[start..<at], bytes[(at + 1)..<end]) else { return }
        add("email", entry, start..<end)
        position = end
    }

    private func isLocal(_ byte: UInt8) -> Bool { byte.isASCIIWord || ".%+-".utf8.contains(byte) }
}

/// Digits with the signs that people set between groups of them.
struct DigitRun {
    let bytes: [UInt8]
    private(set) var groups: [Range<Int>] = []
    private(set) var digitCount = 0
    /// After the last digit.
    private(set) var end: Int

    init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        end = start
        var next = start
        while next < bytes.count, bytes[next].isASCIIDigit {
            let first = next
            while next < bytes.count, bytes[next].isASCIIDigit { next += 1 }
            groups.append(first..<next)
            digitCount += next - first
            end = next
            next = Self.afterSeparator(bytes, next)
        }
    }

    /// At most three signs: `-`, ` - `, `) `, and the dashes of typography.
    private static func afterSeparator(_ bytes: [UInt8], _ start: Int) -> Int {
        var next = start
        for _ in 0..<3 {
            guard next < bytes.count else { break }
            if " -.()".utf8.contains(bytes[next]) {
                next += 1
            } else if next + 2 < bytes.count, bytes[next] == 0xE2, bytes[next + 1] == 0x80,
                (0x90...0x95).contains(bytes[next + 2])
            {
                next += 3
            } else {
                break
            }
        }
        return next
    }

    func length(_ group: Int) -> Int { group < groups.count ? groups[group].count : 0 }

    /// As numbers from 0 to 9.
    func digits(_ range: Range<Int>) -> [UInt8] { groups[range].flatMap { bytes[$0].map { $0 - 48 } } }

    /// Whether nothing but a space, or nothing at all, stands before a group and after another: no longer number goes on there.
    func standsAlone(_ range: Range<Int>) -> Bool {
        let before =
            range.lowerBound == 0 || isSpace(groups[range.lowerBound - 1].upperBound..<groups[range.lowerBound].lowerBound)
        let after =
            range.upperBound == groups.count
            || isSpace(groups[range.upperBound - 1].upperBound..<groups[range.upperBound].lowerBound)
        return before && after
    }

    private func isSpace(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { $0 == 0x20 } || range.count > 1 && bytes[range].first == 0x20
    }

    /// Whether a sign other than a space stands between a group and the next.
    func isTied(_ group: Int) -> Bool {
        group + 1 < groups.count && bytes[groups[group].upperBound..<groups[group + 1].lowerBound].contains { $0 != 0x20 }
    }
}
