// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Certificates in PEM, one after another, such as those whose signatures an operator trusts.
package enum CertificateList {
    /// In bytes.
    package static let longest = 256 << 10

    /// Why such a list cannot be used, in words that follow the file's name; nil when it holds at least one certificate, and all are
    /// whole.
    ///
    /// What stands between the certificates is passed over. Only the outer form is looked at: a certificate may still be one that
    /// its user refuses.
    package static func problem(in bytes: [UInt8]) -> String? {
        guard bytes.count <= longest else { return "is longer than \(longest) bytes" }
        var (found, block): (Int, (line: Int, text: [UInt8])?) = (0, nil)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = trimmed(line)
            if words.elementsEqual(begin) {
                guard block == nil else { break }
                block = (index + 1, [])
            } else if words.elementsEqual(end), let whole = block {
                guard let der = base64(whole.text), isCertificate(der) else {
                    return "has no certificate where one begins, in line \(whole.line)"
                }
                (found, block) = (found + 1, nil)
            } else {
                block?.text += words
            }
        }
        if let block { return "has a certificate that begins in line \(block.line) and does not end" }
        return found > 0 ? nil : bytes.isEmpty ? "is empty" : "has no certificate in it"
    }

    private static let begin = "-----BEGIN CERTIFICATE-----".utf8
    private static let end = "-----END CERTIFICATE-----".utf8

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let blanks = Array(" \t\r".utf8)
        let rest = line.drop { blanks.contains($0) }
        return rest.prefix((rest.lastIndex { !blanks.contains($0) } ?? rest.startIndex - 1) + 1 - rest.startIndex)
    }

    /// Nil when it is not whole.
    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4), !text.isEmpty else { return nil }
        let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
        var (bits, count): (UInt32, Int) = (0, 0)
        var bytes: [UInt8] = []
        for letter in text.dropLast(padding) {
            guard let value = sextet(letter) else { return nil }
            (bits, count) = (bits << 6 | value, count + 6)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    private static func sextet(_ letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// In DER a certificate is a sequence of two sequences (what it says, and how it was signed) and a string of bits (the signature).
    private static func isCertificate(_ der: [UInt8]) -> Bool {
        guard let whole = element(der[...]), whole.tag == 0x30, whole.rest.isEmpty else { return false }
        var (rest, tags) = (whole.content, [UInt8]())
        while !rest.isEmpty {
            guard let next = element(rest) else { return false }
            tags.append(next.tag)
            rest = next.rest
        }
        return tags == [0x30, 0x30, 0x03]
    }

    /// The first element, and what follows it.
    private static func element(
        _ der: ArraySlice<UInt8>
    ) -> (tag: UInt8, content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        guard let tag = der.first, let first = der.dropFirst().first else { return nil }
        var (length, start) = (Int(first), 2)
        if first >= 0x80 {
            let digits = Int(first & 0x7f)
            guard (1...3).contains(digits), der.count >= 2 + digits else { return nil }
            length = der.dropFirst(2).prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            start = 2 + digits
        }
        guard der.count >= start + length else { return nil }
        return (tag, der.dropFirst(start).prefix(length), der.dropFirst(start + length))
    }
}
