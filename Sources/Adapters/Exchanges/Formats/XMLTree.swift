// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One element of an XML text, namespaces dropped.
struct XMLElement: Hashable, Sendable {
    /// Without its prefix.
    var name: String
    /// Without prefixes; `xmlns` is kept.
    var attributes: [String: String] = [:]
    var children: [XMLElement] = []
    /// The text directly in it, without white space around it.
    var text = ""

    /// The first child with a name.
    subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }
}

/// Why a text is not read; says nothing of what it contains.
struct XMLError: Error, Hashable {
    var at: Int
    var reason: String
}

/// Reads the XML that exchanges send: elements, attributes, text, comments and the five entities that XML itself has.
///
/// A document type is refused, so that there is neither an external entity nor one that grows; depth, element count and the
/// size of the
/// text are bounded.
struct XMLReader {
    static let depthLimit = 32
    static let elementLimit = 2_000_000

    private let bytes: [UInt8]
    private var at = 0
    private var elements = 0

    /// The root element of a UTF-8 text.
    static func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        var reader = XMLReader(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.at = 3 }
        try reader.skipBetween()
        guard reader.next == UInt8(ascii: "<") else { throw reader.error("expected an element") }
        let root = try reader.element(depth: 0)
        try reader.skipBetween()
        guard reader.at == bytes.count else { throw reader.error("text after the root element") }
        return root
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func error(_ reason: String) -> XMLError { XMLError(at: at, reason: reason) }

    private func sees(_ text: StaticString) -> Bool {
        let text = text.description.utf8
        return at + text.count <= bytes.count && bytes[at..<at + text.count].elementsEqual(text)
    }

    /// Moves behind the next occurrence of a text.
    private mutating func skip(past text: StaticString) throws(XMLError) {
        while at < bytes.count {
            if sees(text) {
                at += text.utf8CodeUnitCount
                return
            }
            at += 1
        }
        throw error("'\(text)' is missing")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    /// Skips white space, comments and processing instructions.
    private mutating func skipBetween() throws(XMLError) {
        while true {
            skipSpace()
            if sees("<!--") {
                at += 4
                try skip(past: "-->")
            } else if sees("<?") {
                try skip(past: "?>")
            } else if sees("<!") {
                throw error("a document type is not accepted")
            } else {
                return
            }
        }
    }

    private mutating func element(depth: Int) throws(XMLError) -> XMLElement {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit)") }
        elements += 1
        guard elements <= Self.elementLimit else { throw error("more than \(Self.elementLimit) elements") }
        at += 1
        let qualified = try name()
        var element = XMLElement(name: Self.local(qualified))
        while true {
            skipSpace()
            switch next {
            case UInt8(ascii: "/"):
                at += 1
                guard next == UInt8(ascii: ">") else { throw error("expected '>'") }
                at += 1
                return element
            case UInt8(ascii: ">"):
                at += 1
                try content(of: &element, named: qualified, depth: depth)
                return element
            default:
                let attribute = Self.local(try name())
                skipSpace()
                guard next == UInt8(ascii: "=") else { throw error("expected '='") }
                at += 1
                skipSpace()
                element.attributes[attribute] = try quoted()
            }
        }
    }

    private mutating func content(of element: inout XMLElement, named qualified: String, depth: Int) throws(XMLError) {
        var text: [UInt8] = []
        while let byte = next {
            guard byte == UInt8(ascii: "<") else {
                try character(into: &text)
                continue
            }
            if sees("</") {
                at += 2
                guard try name() == qualified else { throw error("an element is closed by another name") }
                skipSpace()
                guard next == UInt8(ascii: ">") else { throw error("expected '>'") }
                at += 1
                guard let decoded = String(validating: text, as: UTF8.self) else { throw error("not UTF-8") }
                element.text = Self.trimmed(decoded)
                return
            } else if sees("<!--") {
                at += 4
                try skip(past: "-->")
            } else if sees("<![CDATA[") {
                at += 9
                let start = at
                try skip(past: "]]>")
                text += bytes[start..<at - 3]
            } else if sees("<?") {
                try skip(past: "?>")
            } else if sees("<!") {
                throw error("a declaration inside an element is not accepted")
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
        throw error("an element is not closed")
    }

    /// One byte of text or one entity.
    private mutating func character(into text: inout [UInt8]) throws(XMLError) {
        guard let byte = next else { throw error("the text ends too early") }
        at += 1
        guard byte == UInt8(ascii: "&") else {
            text.append(byte)
            return
        }
        let start = at
        while let byte = next, byte != UInt8(ascii: ";"), at - start < 12 { at += 1 }
        guard next == UInt8(ascii: ";") else { throw error("an entity has no end") }
        let name = String(decoding: bytes[start..<at], as: UTF8.self)
        at += 1
        switch name {
        case "amp": text.append(UInt8(ascii: "&"))
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            let number =
                name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            guard let number, let scalar = Unicode.Scalar(number) else { throw error("an entity is not known") }
            text += Array(String(Character(scalar)).utf8)
        }
    }

    private mutating func quoted() throws(XMLError) -> String {
        guard let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw error("expected a quote") }
        at += 1
        var text: [UInt8] = []
        while let byte = next, byte != quote {
            guard byte != UInt8(ascii: "<") else { throw error("'<' in an attribute") }
            try character(into: &text)
        }
        guard next == quote else { throw error("an attribute has no end") }
        at += 1
        guard let decoded = String(validating: text, as: UTF8.self) else { throw error("not UTF-8") }
        return decoded
    }

    private mutating func name() throws(XMLError) -> String {
        let start = at
        while let byte = next {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...:
                at += 1
                continue
            default: break
            }
            break
        }
        guard at > start, let name = String(validating: bytes[start..<at], as: UTF8.self) else { throw error("expected a name") }
        return name
    }

    private static func local(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":") else { return name }
        return String(name[name.index(after: colon)...])
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(text[first...last])
    }

    /// Text as it may stand in an element or an attribute.
    static func escape(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
