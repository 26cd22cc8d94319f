// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension JSONReader {
    /// Where the reader is in an object: `while let key = try reader.next(&members)`, and read each key's value.
    struct Members {
        fileprivate var isFirst = true
        fileprivate var keys = SeenKeys()
    }

    /// Where the reader is in an array: `while try reader.next(&elements)`, and read each element.
    struct Elements {
        fileprivate(set) var count = 0
    }

    mutating func beginObject() throws(JSONSyntaxError) -> Members {
        try expect(UInt8(ascii: "{"))
        try enter()
        return Members()
    }

    /// The next key of an object; nil after its last.
    mutating func next(_ members: inout Members) throws(JSONSyntaxError) -> String? {
        if members.isFirst ? take(UInt8(ascii: "}")) : !take(UInt8(ascii: ",")) {
            if !members.isFirst { try expect(UInt8(ascii: "}")) }
            leave()
            return nil
        }
        members.isFirst = false
        skipSpace()
        let start = position
        let key = try string()
        guard members.keys.insert(key) else { throw error(.duplicateKey, at: start) }
        try expect(UInt8(ascii: ":"))
        return key
    }

    mutating func beginArray() throws(JSONSyntaxError) -> Elements {
        try expect(UInt8(ascii: "["))
        try enter()
        return Elements()
    }

    /// Whether another element stands next; `elements.count` includes it.
    mutating func next(_ elements: inout Elements) throws(JSONSyntaxError) -> Bool {
        if elements.count == 0 ? take(UInt8(ascii: "]")) : !take(UInt8(ascii: ",")) {
            if elements.count > 0 { try expect(UInt8(ascii: "]")) }
            leave()
            return false
        }
        elements.count += 1
        return true
    }

    mutating func boolean() throws(JSONSyntaxError) -> Bool {
        skipSpace()
        if try peek() == UInt8(ascii: "t") {
            try word("true")
            return true
        }
        try word("false")
        return false
    }

    mutating func null() throws(JSONSyntaxError) {
        skipSpace()
        try word("null")
    }

    /// Reads any value and forgets it; what it holds is checked all the same.
    mutating func skip() throws(JSONSyntaxError) {
        switch try kind() {
        case .object:
            var members = try beginObject()
            while try next(&members) != nil { try skip() }
        case .array:
            var elements = try beginArray()
            while try next(&elements) { try skip() }
        case .string: _ = try string()
        case .number: _ = try number()
        case .boolean: _ = try boolean()
        case .null: try null()
        }
    }

    private mutating func word(_ word: String) throws(JSONSyntaxError) {
        for byte in word.utf8 {
            guard try peek() == byte else { throw error(.unexpectedByte) }
            position += 1
        }
    }
}

/// The keys of one object: few in honest documents, so a list until there are many.
private struct SeenKeys {
    private var few: [String] = []
    private var many: Set<String> = []

    mutating func insert(_ key: String) -> Bool {
        if !many.isEmpty { return many.insert(key).inserted }
        if few.contains(key) { return false }
        few.append(key)
        if few.count == 16 { many = Set(few) }
        return true
    }
}
