// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension MediaMarks {
    /// A PNG's chunks: texts, EXIF, XMP and the store of manifests, before and after the pixels.
    static func readPNG(_ file: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(file)
        guard cursor.skip(8) else { return }
        while let length = cursor.number(4), let type = cursor.take(4), let data = cursor.take(length) {
            let name = String(decoding: type, as: UTF8.self)
            guard name == "IDAT" || name == "fdAT" || findings.countPart() else { return }
            if name == "IEND" { return }
            if name == "caBX" {
                findings.add(store: data)
            } else if data.count <= Limits.chunk {
                readPNGText(name, data, into: &findings)
            }
            guard cursor.skip(4) else { return }
        }
    }

    private static func readPNGText(_ type: String, _ data: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(data)
        switch type {
        case "eXIf": findings.add(exif: data)
        case "tEXt":
            guard let keyword = cursor.text(longest: 79) else { return }
            findings.add(pngText: cursor.rest, keyword: keyword)
        case "zTXt":
            guard let keyword = cursor.text(longest: 79), cursor.number(1) == 0 else { return }
            findings.add(pngText: findings.inflated(cursor.rest)[...], keyword: keyword)
        case "iTXt":
            guard let keyword = cursor.text(longest: 79), let isCompressed = cursor.number(1), cursor.number(1) == 0,
                cursor.text(longest: 256) != nil, cursor.text(longest: 1_024) != nil
            else { return }
            findings.add(pngText: isCompressed == 1 ? findings.inflated(cursor.rest)[...] : cursor.rest, keyword: keyword)
        default: break
        }
    }
}

extension Findings {
    /// A PNG's text, which under some keywords is XMP or EXIF.
    fileprivate mutating func add(pngText text: ArraySlice<UInt8>, keyword: ArraySlice<UInt8>) {
        switch String(decoding: keyword, as: UTF8.self) {
        case "XML:com.adobe.xmp": add(xmp: text)
        case "Raw profile type xmp": if let profile = Self.rawProfile(text) { add(xmp: profile) }
        case "Raw profile type exif", "Raw profile type APP1":
            guard let profile = Self.rawProfile(text) else { return }
            if profile.starts(with: JPEGSegment.xmp) {
                add(xmp: profile.dropFirst(JPEGSegment.xmp.count))
            } else {
                add(exif: profile)
            }
        default: add(text: text, keyword: keyword)
        }
    }

    /// What some converters make of blocks of other formats: a line with a name, one with a length, then hexadecimal digits.
    private static func rawProfile(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2)
        guard lines.count == 3 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in lines[2] where byte > 0x20 {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue.map({ UInt8($0) }) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes[...]
    }
}
