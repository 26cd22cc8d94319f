// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A finite double in decimal: 0.d1d2d3... times ten to the power `point`, exactly or with the fewest digits that read back.
struct DecimalDigits {
    private let isNegative: Bool
    /// Values 0 to 9, without zeros at either end; none for zero.
    private var digits: [UInt8]
    private var point: Int

    /// All digits of the number: at most 767.
    init(exactly number: Double) {
        isNegative = number.sign == .minus
        guard number != 0 else {
            (digits, point) = ([], 0)
            return
        }
        // number = integer * 2^power; a negative power of two is as many decimals: 2^-k = 5^k * 10^-k.
        var integer = number.significandBitPattern
        var power = -1_074
        if number.isNormal {
            integer |= 1 << 52
            power += Int(number.exponentBitPattern) - 1
        }
        let zeros = min(integer.trailingZeroBitCount, max(0, -power))
        integer >>= UInt64(zeros)
        power += zeros
        var big = BigNatural(integer)
        if power >= 0 {
            for _ in 0..<(power / 31) { big.multiply(by: 1 << 31) }
            big.multiply(by: 1 << UInt32(power % 31))
        } else {
            for _ in 0..<(-power / 13) { big.multiply(by: 1_220_703_125) }
            for _ in 0..<(-power % 13) { big.multiply(by: 5) }
        }
        digits = big.decimalDigits()
        point = digits.count + min(power, 0)
        trim()
    }

    /// The fewest digits that read back as the same number.
    init(shortest number: Double) {
        isNegative = number.sign == .minus
        digits = []
        point = 0
        // The standard library writes the shortest digits, with an exponent where it likes.
        var exponent: [UInt8] = []
        var seenPoint = false
        var seenExponent = false
        for byte in number.magnitude.description.utf8 {
            switch byte {
            case UInt8(ascii: "."): seenPoint = true
            case UInt8(ascii: "e"): seenExponent = true
            case _ where seenExponent: exponent.append(byte)
            default:
                digits.append(byte - UInt8(ascii: "0"))
                if !seenPoint { point += 1 }
            }
        }
        point += Int(String(decoding: exponent, as: UTF8.self)) ?? 0
        trim()
    }

    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        point -= zeros
    }

    /// Keeps `kept` digits (if negative: none, and not even the next one counts); half goes to the even digit.
    private func rounded(to kept: Int) -> DecimalDigits {
        guard kept < digits.count else { return self }
        var result = self
        guard kept >= 0 else {
            result.digits = []
            return result
        }
        let next = digits[kept]
        let isHalf = next == 5 && kept + 1 == digits.count
        let isOdd = kept > 0 && digits[kept - 1] % 2 == 1
        result.digits.removeSubrange(kept...)
        if next > 5 || (next == 5 && (!isHalf || isOdd)) { result.increment() }
        result.trim()
        return result
    }

    private mutating func increment() {
        for index in digits.indices.reversed() {
            digits[index] += 1
            if digits[index] < 10 { return }
            digits[index] = 0
        }
        digits.insert(1, at: 0)
        point += 1
    }

    /// With this many decimals, `1234.50`.
    func fixed(decimals: Int) -> String {
        let rounded = rounded(to: point + decimals)
        var text = isNegative ? "-" : ""
        text += rounded.digitText(at: 0..<max(0, rounded.point), orElse: "0")
        if decimals > 0 {
            text += "."
            text += rounded.digitText(at: rounded.point..<(rounded.point + decimals), orElse: "")
        }
        return text
    }

    /// One digit, then this many decimals and an exponent of at least two digits, `1.2345e+03`.
    func scientific(decimals: Int) -> String {
        let rounded = rounded(to: 1 + decimals)
        let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
        var text = (isNegative ? "-" : "") + rounded.digitText(at: 0..<1, orElse: "0")
        if decimals > 0 { text += "." + rounded.digitText(at: 1..<(1 + decimals), orElse: "") }
        let magnitude = String(exponent.magnitude)
        return text + (exponent < 0 ? "e-" : "e+") + (magnitude.utf8.count < 2 ? "0" : "") + magnitude
    }

    /// All digits, without an exponent however long that is.
    func plain() -> String { fixed(decimals: max(0, digits.count - point)) }

    /// The digits at these places, 0 being the first; zeros before and after them.
    private func digitText(at places: Range<Int>, orElse none: String) -> String {
        if places.isEmpty { return none }
        let bytes = places.map { UInt8(ascii: "0") + (digits.indices.contains($0) ? digits[$0] : 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A natural number of any size, for few and small operations.
private struct BigNatural {
    /// Base 2^32, the least first.
    private var words: [UInt32]

    init(_ number: UInt64) { words = [UInt32(truncatingIfNeeded: number), UInt32(number >> 32)] }

    mutating func multiply(by factor: UInt32) {
        var carry: UInt64 = 0
        for index in words.indices {
            let product = UInt64(words[index]) * UInt64(factor) + carry
            words[index] = UInt32(truncatingIfNeeded: product)
            carry = product >> 32
        }
        if carry > 0 { words.append(UInt32(carry)) }
    }

    /// Values 0 to 9, the greatest first; zeros may stand before them.
    consuming func decimalDigits() -> [UInt8] {
        var digits: [UInt8] = []
        while !words.isEmpty {
            var group = divide(by: 1_000_000_000)
            for _ in 0..<9 {
                digits.append(UInt8(group % 10))
                group /= 10
            }
        }
        return digits.reversed()
    }

    /// Divides and gives the remainder; drops words that became zero.
    private mutating func divide(by divisor: UInt64) -> UInt64 {
        var remainder: UInt64 = 0
        for index in words.indices.reversed() {
            let dividend = remainder << 32 | UInt64(words[index])
            words[index] = UInt32(dividend / divisor)
            remainder = dividend % divisor
        }
        while words.last == 0 { words.removeLast() }
        return remainder
    }
}
