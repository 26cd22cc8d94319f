// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Looks for the values of a few properties in XMP, without reading it as XML: a property is an attribute or an element whose
/// prefix is bound to the property's namespace anywhere in the packet.
struct XMPPacket {
    struct Property {
        var namespace: [UInt8]
        var name: [UInt8]

        private init(_ namespace: String, _ name: String) {
            self.namespace = Array(namespace.utf8)
            self.name = Array(name.utf8)
        }

        private static let iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
        static let digitalSourceType = Property(iptc, "DigitalSourceType")
        static let systemUsed = Property(iptc, "AISystemUsed")
        static let creatorTool = Property("http://ns.adobe.com/xap/1.0/", "CreatorTool")
        static let software = Property("http://ns.adobe.com/tiff/1.0/", "Software")
        static let credit = Property("http://ns.adobe.com/photoshop/1.0/", "Credit")
        static let userComment = Property("http://ns.adobe.com/exif/1.0/", "UserComment")
        static let extendedPacket = Property("http://ns.adobe.com/xmp/note/", "HasExtendedXMP")
        /// Where a manifest lies that is not in the file.
        static let provenance = Property("http://purl.org/dc/terms/", "provenance")
    }

    private static let mostPrefixes = 64
    private static let mostValues = 8
    private static let longestName = 64
    private static let longestValue = 64 << 10
    private static let longestNamespace = 256
    private static let mostTags = 8
    /// A name that occurs more often is not looked at any further.
    private static let mostTries = 64

    private let bytes: [UInt8]
    /// Prefixes and the namespaces that they are bound to; the empty one is for elements without a prefix.
    private let prefixes: [(prefix: [UInt8], namespace: [UInt8])]

    init(_ packet: ArraySlice<UInt8>) {
        bytes = Self.cleaned(packet)
        prefixes = Self.prefixes(in: bytes)
    }

    /// The values of a property, without markup, at most eight.
    func values(of property: Property) -> [[UInt8]] {
        let bound = prefixes.filter { $0.namespace == property.namespace }.map(\.prefix)
        guard !bound.isEmpty else { return [] }
        var values: [[UInt8]] = []
        var place = 0
        var tries = 0
        while values.count < Self.mostValues, tries < Self.mostTries, let start = bytes.find(property.name, from: place) {
            tries += 1
            place = start + property.name.count
            guard place < bytes.count, !Self.isNameByte(bytes[place]), let (prefix, before) = prefix(before: start),
                bound.contains(prefix)
            else { continue }
            if before == UInt8(ascii: "<") {
                if let value = elementValue(from: place) { values.append(value) }
            } else if !prefix.isEmpty, Self.isBlank(before), let value = Self.quoted(in: bytes, after: place)?.value {
                values.append(value)
            }
        }
        return values
    }

    /// The prefix that ends with a colon before this place, and the byte before it.
    private func prefix(before start: Int) -> ([UInt8], UInt8)? {
        guard start > 0 else { return nil }
        guard bytes[start - 1] == UInt8(ascii: ":") else { return ([], bytes[start - 1]) }
        let name = bytes[..<(start - 1)].suffix(Self.longestName + 1)
        guard let last = name.lastIndex(where: { !Self.isNameByte($0) }) else { return nil }
        return (Array(bytes[(last + 1)..<(start - 1)]), bytes[last])
    }

    /// The value of an element whose name ends here: its `resource`, or the first text in it, in other elements or not.
    private func elementValue(from place: Int) -> [UInt8]? {
        guard let tag = Self.tagEnd(in: bytes, from: place) else { return nil }
        let attributes = bytes[place..<tag]
        if let name = attributes.find("resource".utf8), let value = Self.quoted(in: bytes, after: name + 8) { return value.value }
        if attributes.last == UInt8(ascii: "/") { return nil }
        var start = tag + 1
        for _ in 0..<Self.mostTags {
            let text = bytes[start...].prefix(Self.longestValue).prefix { $0 != UInt8(ascii: "<") }
            if !text.trimmed.isEmpty { return Self.withoutEntities(text.trimmed) }
            // Only into further elements: what comes after the end of one is not its value.
            guard text.endIndex + 1 < bytes.count, bytes[text.endIndex] == UInt8(ascii: "<"),
                bytes[text.endIndex + 1] != UInt8(ascii: "/"), let end = Self.tagEnd(in: bytes, from: text.endIndex)
            else { return nil }
            start = end + 1
        }
        return nil
    }

    /// Where the tag ends that is open here: at a `>` that is not in quotes.
    private static func tagEnd(in bytes: [UInt8], from start: Int) -> Int? {
        var quote: UInt8?
        for place in start..<min(start + longestValue, bytes.count) {
            let byte = bytes[place]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return place
            }
        }
        return nil
    }

    /// The value in quotes after an equals sign, and where it ends.
    private static func quoted(in bytes: [UInt8], after start: Int, longest: Int = longestValue) -> (value: [UInt8], end: Int)? {
        var place = start
        func skipBlanks() { while place < bytes.count, isBlank(bytes[place]) { place += 1 } }
        skipBlanks()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "=") else { return nil }
        place += 1
        skipBlanks()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'"),
            let end = bytes[(place + 1)...].prefix(longest).firstIndex(of: bytes[place])
        else { return nil }
        return (withoutEntities(bytes[(place + 1)..<end]), end)
    }

    private static func prefixes(in bytes: [UInt8]) -> [(prefix: [UInt8], namespace: [UInt8])] {
        var found: [(prefix: [UInt8], namespace: [UInt8])] = []
        var place = 0
        let word = Array("xmlns".utf8)
        while found.count < mostPrefixes, let start = bytes.find(word, from: place) {
            place = start + word.count
            guard start > 0, isBlank(bytes[start - 1]), place < bytes.count else { continue }
            var name: ArraySlice<UInt8> = []
            if bytes[place] == UInt8(ascii: ":") {
                name = bytes[(place + 1)...].prefix(longestName).prefix(while: isNameByte)
                place = name.endIndex
            }
            guard let (value, end) = quoted(in: bytes, after: place, longest: longestNamespace) else { continue }
            found.append((Array(name), value))
            place = end
        }
        return found
    }

    /// Without comments, with the text of CDATA sections, and in one byte a character where it was UTF-16 in ASCII.
    private static func cleaned(_ packet: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(packet.count)
        let (comment, section) = (Array("<!--".utf8), Array("<![CDATA[".utf8))
        let packet = packet.contains(0) ? packet.filter { $0 != 0 }[...] : packet
        var place = packet.startIndex
        while place < packet.endIndex {
            let next = packet[place...].firstIndex(of: UInt8(ascii: "<")) ?? packet.endIndex
            result += packet[place..<next]
            place = next
            if packet[place...].starts(with: comment) {
                guard let end = packet.find("-->".utf8, from: place + comment.count) else { break }
                place = end + 3
            } else if packet[place...].starts(with: section) {
                guard let end = packet.find("]]>".utf8, from: place + section.count) else { break }
                result += packet[(place + section.count)..<end].map { $0 == UInt8(ascii: "<") ? 0x20 : $0 }
                place = end + 3
            } else if place < packet.endIndex {
                result.append(packet[place])
                place += 1
            }
        }
        return result
    }

    private static let entities: [(text: [UInt8], byte: UInt8)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
    ].map { (Array($0.0.utf8), UInt8(ascii: $0.1)) }

    private static func withoutEntities(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            if byte == UInt8(ascii: "&"), let end = rest.prefix(10).firstIndex(of: UInt8(ascii: ";")),
                let meant = self.byte(of: rest[(rest.startIndex + 1)..<end])
            {
                result.append(meant)
                rest = rest[(end + 1)...]
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// The byte that an entity stands for, `?` for one outside ASCII; nil for one that is not known.
    private static func byte(of entity: ArraySlice<UInt8>) -> UInt8? {
        guard entity.first == UInt8(ascii: "#") else { return entities.first { $0.text.elementsEqual(entity) }?.byte }
        let digits = String(decoding: entity.dropFirst(), as: UTF8.self)
        let number = digits.first == "x" || digits.first == "X" ? Int(digits.dropFirst(), radix: 16) : Int(digits)
        return number.map { (0x20..<0x7f).contains($0) ? UInt8($0) : UInt8(ascii: "?") }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x80...: true
        default: false
        }
    }
}
