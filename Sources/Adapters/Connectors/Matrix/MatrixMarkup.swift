// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads formatted text (`formatted_body`) as a browser would; in one pass, whatever is thrown at it.
enum MatrixMarkup {
    /// Tags removed, character references resolved.
    static func withoutTags(_ html: String) -> String { String(decoding: resolved(html, keepsTags: false), as: UTF8.self) }

    /// All valid `mxc:` addresses, in order and with repetitions. They are looked for everywhere and not only in `src`: which
    /// attribute of which tag ends up as a picture differs from client to client.
    static func mediaAddresses(_ html: String) -> [String] {
        let scheme = Array("mxc://".utf8)
        let bytes = resolved(html, keepsTags: true)
        var addresses: [String] = []
        for start in bytes.indices where bytes[start...].starts(with: scheme) {
            // What follows a scheme ends before the next one, so that no byte is looked at more than a few times.
            let server = bytes[(start + scheme.count)...].prefix(while: MatrixMediaAddress.isServerByte)
            guard server.endIndex < bytes.endIndex, bytes[server.endIndex] == UInt8(ascii: "/") else { continue }
            let id = bytes[(server.endIndex + 1)...].prefix(while: MatrixMediaAddress.isIDByte)
            let address = String(decoding: bytes[start..<id.endIndex], as: UTF8.self)
            if MatrixMediaAddress(address) != nil { addresses.append(address) }
        }
        return addresses
    }

    private static func resolved(_ html: String, keepsTags: Bool) -> [UInt8] {
        var text: [UInt8] = []
        var bytes = Array(html.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "<") where !keepsTags:
                guard let end = bytes.firstIndex(of: UInt8(ascii: ">")) else { return text + [byte] + bytes }
                bytes = bytes[(end + 1)...]
            case UInt8(ascii: "&"):
                if let character = takeReference(&bytes) { text += Array(character.utf8) } else { text.append(byte) }
            default: text.append(byte)
            }
        }
        return text
    }

    /// Takes the character reference that follows an `&`; takes nothing when there is none.
    private static func takeReference(_ bytes: inout ArraySlice<UInt8>) -> String? {
        if bytes.first == UInt8(ascii: "#") { return takeNumber(&bytes) }
        guard let end = bytes.prefix(10).firstIndex(of: UInt8(ascii: ";")) else { return nil }
        guard let character = named[String(decoding: bytes[..<end], as: UTF8.self)] else { return nil }
        bytes = bytes[(end + 1)...]
        return character
    }

    /// Browsers need neither the semicolon nor care for zeros in front.
    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> String? {
        var digits = bytes.dropFirst()
        let isHexadecimal = digits.first == UInt8(ascii: "x") || digits.first == UInt8(ascii: "X")
        if isHexadecimal { digits = digits.dropFirst() }
        let run = digits.prefix { Character(Unicode.Scalar($0)).isHexDigit && (isHexadecimal || $0 <= UInt8(ascii: "9")) }
        let significant = run.drop { $0 == UInt8(ascii: "0") }
        guard (1...7).contains(significant.count),
            let number = UInt32(String(decoding: significant, as: UTF8.self), radix: isHexadecimal ? 16 : 10),
            let scalar = Unicode.Scalar(number)
        else { return nil }
        bytes = bytes[run.endIndex...]
        if bytes.first == UInt8(ascii: ";") { bytes = bytes.dropFirst() }
        return String(Character(scalar))
    }

    /// Those that occur in texts, and those that can hide an address.
    private static let named = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
        "colon": ":", "sol": "/", "period": ".", "lowbar": "_", "UnderBar": "_",
    ]
}
