// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Numbers with what identifies left out: who has the number at hand can tell that it is this one, nobody else can use it.
enum Masking {
    /// `+82••••••••78`.
    static func telephone(_ country: String, _ digits: ArraySlice<UInt8>) -> String { "+" + country + tail(digits) }

    /// Dots, and the last two digits.
    static func tail(_ digits: ArraySlice<UInt8>) -> String {
        String(repeating: "•", count: max(0, digits.count - 2)) + digits.suffix(2).map { "\($0)" }.joined()
    }

    /// `iban:DE••••••••••••••••••00`.
    static func account(_ text: [UInt8]) -> String {
        "iban:" + String(decoding: text[..<2], as: UTF8.self) + String(repeating: "•", count: text.count - 4)
            + String(decoding: text[(text.count - 2)...], as: UTF8.self)
    }

    /// `email:a•••@•••.com`; nil when it is no address or one of an office, which belongs to nobody.
    static func mail(_ local: ArraySlice<UInt8>, _ domain: ArraySlice<UInt8>) -> String? {
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count > 1, labels.allSatisfy({ (1...63).contains($0.count) }), let top = labels.last, top.count > 1,
            top.allSatisfy(\.isASCIILetter), let first = local.first, first.isASCIIDigit || first.isASCIILetter,
            local.last != UInt8(ascii: ".")
        else { return nil }
        guard !offices.contains(String(decoding: local, as: UTF8.self).lowercased()) else { return nil }
        let start = Unicode.Scalar(first | (first.isASCIILetter ? 0x20 : 0))
        return "email:\(start)•••@•••." + String(decoding: top, as: UTF8.self).lowercased()
    }

    private static let offices: Set<String> = [
        "abuse", "admin", "business", "contact", "hello", "help", "hr", "info", "jobs", "mail", "marketing", "no-reply",
        "noreply",
        "office", "postmaster", "press", "privacy", "sales", "security", "service", "support", "team", "webmaster",
    ]
}

/// Reads account numbers, also in groups of four.
enum IBANReader {
    /// - Returns: capital letters and digits, and where it ends; nil when none with a right check begins there.
    static func read(_ bytes: [UInt8], at start: Int) -> (text: [UInt8], end: Int)? {
        guard start + 15 <= bytes.count, bytes[start].isASCIILetter, bytes[start + 1].isASCIILetter,
            bytes[start + 2].isASCIIDigit,
            bytes[start + 3].isASCIIDigit, start == 0 || !bytes[start - 1].isASCIIWord
        else { return nil }
        var text: [UInt8] = []
        var ends: [(count: Int, end: Int)] = []
        var next = start
        while next < bytes.count, text.count < 34 {
            if bytes[next].isASCIIDigit || bytes[next].isASCIILetter {
                text.append(bytes[next].isASCIILetter ? bytes[next] & 0xDF : bytes[next])
                next += 1
                if next == bytes.count || !bytes[next].isASCIIWord { ends.append((text.count, next)) }
            } else if bytes[next] == 0x20, text.count % 4 == 0 {
                next += 1
            } else {
                break
            }
        }
        // A word may follow: the length is the country's.
        for (count, end) in ends.reversed() where Checks.iban(Array(text[..<count])) { return (Array(text[..<count]), end) }
        return nil
    }
}
