// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One spelling for host names beyond ASCII, whichever of the two ways they are written.
///
/// After the mapping of Unicode's technical standard 46, as far as libutf8proc's tables carry: case folded, compatibility forms resolved,
/// composed, characters that show nothing left out; `ß` and `ς` stay, as browsers have it. `xn--` labels are written out where they are
/// the one encoding of such a name, and stay as they are otherwise.
enum InternationalHost {
    /// Whether a host may have another spelling.
    static func isInternational(_ host: [UInt8]) -> Bool {
        var index = 0
        while index < host.count {
            if host[index] >= 0x80 { return true }
            if host[index] == UInt8(ascii: "x"), host[index...].starts(with: prefix),
                index == 0 || host[index - 1] == UInt8(ascii: ".")
            {
                return true
            }
            index += 1
        }
        return false
    }

    /// - Parameter host: labels between full stops, ASCII in small letters.
    static func normalized(_ host: [UInt8]) -> [UInt8] {
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { label -> [UInt8] in
            if label.starts(with: prefix) { return written(label) }
            guard label.contains(where: { $0 >= 0x80 }) else { return Array(label) }
            return utf8(mapped(String(decoding: label, as: UTF8.self).unicodeScalars.map(\.value)))
        }
        return Array(labels.joined(separator: [UInt8(ascii: ".")]))
    }

    private static let prefix = Array("xn--".utf8)

    private static func written(_ label: ArraySlice<UInt8>) -> [UInt8] {
        guard let scalars = Punycode.decode(label.dropFirst(prefix.count)), !scalars.allSatisfy({ $0 < 0x80 }),
            mapped(scalars) == scalars, Punycode.encode(scalars).elementsEqual(label.dropFirst(prefix.count)),
            scalars.allSatisfy({ $0 >= 0x80 || isHostLetter($0) })
        else { return Array(label) }
        return utf8(scalars)
    }

    private static func mapped(_ scalars: [UInt32]) -> [UInt32] {
        Unicode15.composed(
            scalars.flatMap { scalar -> [UInt32] in
                switch scalar {
                case 0xDF, 0x3C2: [scalar]
                case 0x1E9E: [0xDF]
                default: Unicode15.decomposed(scalar, foldsCase: true)
                }
            })
    }

    private static func isHostLetter(_ scalar: UInt32) -> Bool {
        (0x61...0x7A).contains(scalar) || (0x30...0x39).contains(scalar) || scalar == 0x2D
    }

    private static func utf8(_ scalars: [UInt32]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        for scalar in scalars { text.append(Unicode.Scalar(scalar) ?? "\u{FFFD}") }
        return Array(String(text).utf8)
    }
}
