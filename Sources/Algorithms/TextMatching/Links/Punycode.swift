// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// RFC 3492: international characters in the letters, digits and hyphens of host names.
enum Punycode {
    private static let base = 36
    private static let smallest = 1
    private static let largest = 26

    /// Scalars out of what follows `xn--`; nil when it is not punycode, or longer than any label could be.
    static func decode(_ text: some Collection<UInt8>) -> [UInt32]? {
        let bytes = Array(text)
        guard bytes.count <= 128, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let delimiter = bytes.lastIndex(of: UInt8(ascii: "-"))
        // It parts the letters that need no code from the others: without such letters there is none.
        guard delimiter != 0 else { return nil }
        var result = bytes[..<(delimiter ?? 0)].map { UInt32($0) }
        var digits = bytes[(delimiter.map { $0 + 1 } ?? 0)...]
        guard !digits.isEmpty || delimiter != nil else { return nil }
        var (code, index, bias) = (128, 0, 72)
        while !digits.isEmpty {
            let before = index
            var (weight, step) = (1, base)
            while true {
                guard let digit = digits.popFirst().flatMap(value) else { return nil }
                index += digit * weight
                let threshold = min(max(step - bias, smallest), largest)
                if digit < threshold { break }
                weight *= base - threshold
                step += base
                guard index < 1 << 40, weight < 1 << 40 else { return nil }
            }
            bias = adapted(index - before, result.count + 1, isFirst: before == 0)
            code += index / (result.count + 1)
            index %= result.count + 1
            guard code <= 0x10_FFFF, !(0xD800...0xDFFF).contains(code) else { return nil }
            result.insert(UInt32(code), at: index)
            index += 1
        }
        return result
    }

    static func encode(_ scalars: [UInt32]) -> [UInt8] {
        var result = scalars.filter { $0 < 128 }.map { UInt8($0) }
        var done = result.count
        let basic = done
        if basic > 0 { result.append(UInt8(ascii: "-")) }
        var (code, delta, bias) = (UInt32(128), 0, 72)
        while done < scalars.count, let next = scalars.filter({ $0 >= code }).min() {
            delta += Int(next - code) * (done + 1)
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                var (rest, step) = (delta, base)
                while true {
                    let threshold = min(max(step - bias, smallest), largest)
                    if rest < threshold { break }
                    result.append(letter(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    step += base
                }
                result.append(letter(rest))
                bias = adapted(delta, done + 1, isFirst: done == basic)
                delta = 0
                done += 1
            }
            delta += 1
            code += 1
        }
        return result
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var step = 0
        while delta > (base - smallest) * largest / 2 {
            delta /= base - smallest
            step += base
        }
        return step + (base - smallest + 1) * delta / (delta + 38)
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 26
        default: nil
        }
    }

    private static func letter(_ digit: Int) -> UInt8 { UInt8(digit < 26 ? digit + 97 : digit - 26 + 48) }
}
