// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Hummingbird

/// The parts of a `multipart/form-data` body (RFC 7578), in memory.
struct MultipartForm {
    struct Part {
        var name: String
        /// Nil for a plain field.
        var filename: String?
        var bytes: ArraySlice<UInt8>
    }

    static let mostParts = 16

    private(set) var parts: [Part] = []

    /// - Throws: `APIError` that says what is wrong with the form.
    init(_ body: [UInt8], contentType: String) throws {
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw APIError.invalid("", "multipart/form-data with a boundary")
        }
        let delimiter = Array("--\(boundary)".utf8)
        guard var position = Self.find(delimiter, in: body, from: 0) else {
            throw APIError.invalid("", "a form that begins with its boundary")
        }
        while true {
            position += delimiter.count
            if body[position...].starts(with: "--".utf8) { return }
            guard parts.count < Self.mostParts else { throw APIError.invalid("", "at most \(Self.mostParts) form parts") }
            guard let head = Self.find(Array("\r\n\r\n".utf8), in: body, from: position) else {
                throw APIError.invalid("", "an empty line after the head of each form part")
            }
            // The line end before a boundary belongs to the boundary.
            guard let end = Self.find(Array("\r\n".utf8) + delimiter, in: body, from: head + 2) else {
                throw APIError.invalid("", "a form that ends with its boundary")
            }
            try add(head: body[position..<head], bytes: body[min(head + 4, end)..<end])
            position = end + 2
        }
    }

    private mutating func add(head: ArraySlice<UInt8>, bytes: ArraySlice<UInt8>) throws {
        let fields = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        guard let disposition = fields.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let name = Self.parameter("name", of: String(disposition))
        else { throw APIError.invalid("", "a name for each form part") }
        parts.append(Part(name: name, filename: Self.parameter("filename", of: String(disposition)), bytes: bytes))
    }

    /// The value of `; name=value` or `; name="value"`.
    private static func parameter(_ name: String, of field: String) -> String? {
        for part in field.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, trimmed(pair[0]).lowercased() == name else { continue }
            let value = trimmed(pair[1])
            return value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
                ? String(value.dropFirst().dropLast()) : String(value)
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    private static func find(_ pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, body.count >= pattern.count else { return nil }
        var position = start
        while position <= body.count - pattern.count {
            guard let candidate = body[position...(body.count - pattern.count)].firstIndex(of: first) else { return nil }
            if body[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
            position = candidate + 1
        }
        return nil
    }
}
