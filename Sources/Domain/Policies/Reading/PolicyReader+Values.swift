// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Yams

extension PolicyReader {
    mutating func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .scalar(let scalar) = node else {
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: expected)
            return nil
        }
        let word = scalar.string
        let digits = word.hasPrefix("-") ? word.dropFirst() : Substring(word)
        let isPlain = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if scalar.style == .plain, isPlain, digits.count == 1 || !digits.hasPrefix("0"), let number = Int(word),
            range.contains(number)
        {
            return number
        }
        note(
            node, "\(Self.describe(node)) cannot be \(what)", expected: expected,
            hint: numberHint(scalar, isPlain: isPlain, digits: digits))
        return nil
    }

    private func numberHint(_ scalar: Node.Scalar, isPlain: Bool, digits: Substring) -> String? {
        if scalar.style != .plain { return isPlain ? "write it without quotes" : nil }
        let word = scalar.string
        if isPlain, digits.hasPrefix("0"), digits.count > 1 {
            return "YAML may read a leading 0 as octal: write \(Int(digits) ?? 0)"
        }
        if word.hasPrefix("0x") || word.hasPrefix("0o") { return "only decimal digits" }
        if word.contains(":") { return "YAML may read it as a number of base 60" }
        let grouped = word.filter { $0 != "_" && $0 != "," }
        if grouped != word, Int(grouped) != nil { return "digits are not grouped: write \(grouped)" }
        return nil
    }

    mutating func bool(_ node: Node, _ what: String) -> Bool? {
        switch node.scalar.map({ ($0.style, $0.string) }) {
        case (.plain, "true")?: return true
        case (.plain, "false")?: return false
        default:
            let word = node.scalar?.string.lowercased() ?? ""
            let hint: String? =
                switch word {
                case "yes", "on", "y", "true": "write true"
                case "no", "off", "n", "false": "write false"
                default: nil
                }
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: "true or false", hint: hint)
            return nil
        }
    }

    /// A time span such as `30s`, `10m`, `1h` or `7d`, in seconds.
    mutating func duration(_ node: Node, _ what: String, in range: ClosedRange<Int> = 0...1_000_000 * 86_400) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let word = node.scalar?.string ?? ""
        if let unit = word.last.flatMap({ units[$0] }), let count = Int(word.dropLast()), (0...1_000_000).contains(count),
            !word.hasPrefix("+")
        {
            if range.contains(count * unit) { return count * unit }
            note(
                node, "'\(word)' cannot be \(what)",
                expected: "a time span from \(Self.spell(range.lowerBound)) to \(Self.spell(range.upperBound))")
            return nil
        }
        var hint: String?
        if word.contains(":") { hint = "YAML may read \(word) as a number of base 60" }
        if Int(word) != nil { hint = "say which unit: \(word)s, \(word)m, \(word)h or \(word)d" }
        note(
            node, "\(Self.describe(node)) cannot be \(what)", expected: "a time span such as 30s, 10m, 1h or 7d", hint: hint)
        return nil
    }

    /// Seconds as they would be written.
    static func spell(_ seconds: Int) -> String {
        for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60)] where seconds >= size && seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    /// A share such as `1%`, `0.5%` or `0.95`, as a number from 0 to 1.
    mutating func share(_ node: Node, _ what: String) -> Double? {
        let word = node.scalar?.string ?? ""
        let isPercent = word.hasSuffix("%")
        let digits = isPercent ? word.dropLast() : Substring(word)
        if digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) {
            let share = isPercent ? number / 100 : number
            if share > 0, share <= 1 { return share }
        }
        note(
            node, "\(Self.describe(node)) cannot be \(what)", expected: "a share such as 1% or 0.95, more than 0 and at most 1",
            hint: Double(word).map { $0 > 1 && $0 <= 100 } == true ? "write \(word)%" : nil)
        return nil
    }

    /// What a model gives: a probability such as `0.93` or `93%`, or a number of things found.
    mutating func measure(_ node: Node) -> Double? {
        let word = node.scalar?.string ?? ""
        let isPercent = word.hasSuffix("%")
        let digits = isPercent ? word.dropLast() : Substring(word)
        if !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits),
            number <= 1_000
        {
            return isPercent ? number / 100 : number
        }
        note(node, "\(Self.describe(node)) cannot be a value", expected: "a number such as 0.93, 93% or 2")
        return nil
    }

    /// A day such as `2027-01-31`: midnight UTC at its beginning.
    mutating func day(_ node: Node, _ what: String) -> Date? {
        let word = node.scalar?.string ?? ""
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 3, parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            if let date = calendar.date(from: DateComponents(year: year, month: month, day: day)) {
                // A day that there is not, such as 30 February, comes back as another one.
                let again = calendar.dateComponents([.year, .month, .day], from: date)
                if again.year == year, again.month == month, again.day == day { return date }
            }
        }
        note(node, "\(Self.describe(node)) cannot be \(what)", expected: "a day such as 2027-01-31")
        return nil
    }
}
