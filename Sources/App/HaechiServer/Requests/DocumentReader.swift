// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One thing that is wrong with a well-formed document.
struct Problem: Hashable, Sendable {
    /// Such as `[3].item.media[0].sha256`; empty for the document itself.
    var path: String
    /// What should have stood there.
    var expected: String

    var message: String { path.isEmpty ? "expected \(expected)" : "\(path): expected \(expected)" }
}

/// Reads a document of a known shape and notes everything that differs from it, with its path, instead of stopping at the first.
struct DocumentReader {
    private enum Step {
        case field(String)
        case index(Int)
    }

    static let mostProblems = 50

    var json: JSONReader
    private(set) var problems: [Problem] = []
    private var path: [Step] = []

    init(_ json: JSONReader) {
        self.json = json
        path.reserveCapacity(8)
    }

    /// Notes that what stands at the path so far (and one field further) is not what was expected.
    mutating func refuse(_ expected: String, field: String? = nil) {
        guard problems.count < Self.mostProblems else { return }
        var text = path.reduce(into: "") { Self.append($1, to: &$0) }
        if let field { Self.append(.field(field), to: &text) }
        problems.append(Problem(path: text, expected: expected))
    }

    /// Reads an object; the closure reads each member's value. False, with the problem noted, when it is none.
    mutating func object(
        _ member: (inout DocumentReader, String) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) -> Bool {
        guard try json.kind() == .object else { return try mismatch("an object") ?? false }
        var members = try json.beginObject()
        while let key = try json.next(&members) {
            path.append(.field(key))
            try member(&self, key)
            path.removeLast()
        }
        return true
    }

    /// Reads an array of at most so many elements; further ones are passed over, with the problem noted.
    mutating func array(
        atMost most: Int, _ element: (inout DocumentReader) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        guard try json.kind() == .array else {
            let _: Bool? = try mismatch("an array")
            return
        }
        var elements = try json.beginArray()
        while try json.next(&elements) {
            guard elements.count <= most else {
                try json.skip()
                continue
            }
            try at(index: elements.count - 1, element)
        }
        if elements.count > most { refuse("at most \(most) elements, found \(elements.count)") }
    }

    /// Reads something as the element of a list that is not an array, such as a line.
    mutating func at(
        index: Int, _ element: (inout DocumentReader) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        path.append(.index(index))
        try element(&self)
        path.removeLast()
    }

    /// Reads a string whose length in bytes is in range; U+0000 is refused, since not every store can keep it.
    mutating func string(bytes range: ClosedRange<Int>) throws(JSONSyntaxError) -> String? {
        let expected = "a string of \(range.lowerBound) to \(range.upperBound) bytes"
        guard try json.kind() == .string else { return try mismatch(expected) }
        let text = try json.string()
        guard range.contains(text.utf8.count) else {
            refuse("\(expected), found \(text.utf8.count)")
            return nil
        }
        guard !text.utf8.contains(0) else {
            refuse("a string without the character U+0000")
            return nil
        }
        return text
    }

    /// Reads a string that must mean something; nil, with the problem noted, when it does not.
    mutating func string<Value>(_ expected: String, _ meaning: (String) -> Value?) throws(JSONSyntaxError) -> Value? {
        guard try json.kind() == .string else { return try mismatch(expected) }
        let value = meaning(try json.string())
        if value == nil { refuse(expected) }
        return value
    }

    /// Reads one of the words of an enumeration.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) throws(JSONSyntaxError) -> Word? {
        try string("one of " + Word.allCases.map(\.rawValue).joined(separator: ", "), Word.init(rawValue:))
    }

    mutating func integer(in range: ClosedRange<Int>) throws(JSONSyntaxError) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard try json.kind() == .number else { return try mismatch(expected) }
        guard let value = Int(exactly: try json.number()), range.contains(value) else {
            refuse(expected)
            return nil
        }
        return value
    }

    mutating func flag() throws(JSONSyntaxError) -> Bool? {
        guard try json.kind() == .boolean else { return try mismatch("true or false") }
        return try json.boolean()
    }

    mutating func number(in range: ClosedRange<Double>) throws(JSONSyntaxError) -> Double? {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard try json.kind() == .number else { return try mismatch(expected) }
        let value = try json.number()
        guard range.contains(value) else {
            refuse(expected)
            return nil
        }
        return value
    }

    /// Passes over a member that the object does not have.
    mutating func unknown(of known: String) throws(JSONSyntaxError) {
        refuse("no such field; there are \(known)")
        try json.skip()
    }

    private mutating func mismatch<Value>(_ expected: String) throws(JSONSyntaxError) -> Value? {
        refuse(expected)
        try json.skip()
        return nil
    }

    private static func append(_ step: Step, to text: inout String) {
        switch step {
        case .index(let index): text += "[\(index)]"
        case .field(let name): text += (text.isEmpty ? "" : ".") + String(name.prefix(64))
        }
    }
}
