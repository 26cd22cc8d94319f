// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

@testable import HaechiServer

/// A document as a tree, read with the pull parser.
indirect enum JSONTree {
    case object([String: JSONTree])
    case array([JSONTree])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case null

    static func read(_ bytes: [UInt8]) throws -> JSONTree {
        var reader = JSONReader(bytes)
        let tree = try read(&reader)
        try reader.finish()
        return tree
    }

    private static func read(_ reader: inout JSONReader) throws -> JSONTree {
        switch try reader.kind() {
        case .object:
            var members = try reader.beginObject()
            var object: [String: JSONTree] = [:]
            while let key = try reader.next(&members) { object[key] = try read(&reader) }
            return .object(object)
        case .array:
            var elements = try reader.beginArray()
            var array: [JSONTree] = []
            while try reader.next(&elements) { array.append(try read(&reader)) }
            return .array(array)
        case .string: return .string(try reader.string())
        case .number: return .number(try reader.number())
        case .boolean: return .boolean(try reader.boolean())
        case .null:
            try reader.null()
            return .null
        }
    }

    func equals(_ other: Any) -> Bool {
        switch self {
        case .object(let mine):
            guard let theirs = other as? [String: Any], theirs.count == mine.count else { return false }
            return mine.allSatisfy { key, value in theirs[key].map(value.equals) ?? false }
        case .array(let mine):
            guard let theirs = other as? [Any], theirs.count == mine.count else { return false }
            return zip(mine, theirs).allSatisfy { $0.equals($1) }
        case .string(let mine): return other as? String == mine
        case .number(let mine):
            guard let theirs = (other as? NSNumber)?.doubleValue else { return false }
            return abs(theirs - mine) <= abs(mine) * 1e-12
        case .boolean(let mine): return (other as? NSNumber)?.boolValue == mine
        case .null: return other is NSNull
        }
    }
}

/// Random documents, and bytes changed in them.
enum RandomJSON {
    static func document(_ random: inout Xoroshiro, depth: Int = 0) -> String {
        let space = ["", "", " ", "\n\t"].randomElement(using: &random) ?? ""
        switch Int.random(in: depth > 4 ? 2...6 : 0...6, using: &random) {
        case 0:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { index in
                "\(string(&random).dropLast())\(index)\"\(space):\(document(&random, depth: depth + 1))"
            }
            return "{" + space + members.joined(separator: ",") + "}"
        case 1:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in document(&random, depth: depth + 1) }
            return "[" + elements.joined(separator: space + ",") + space + "]"
        case 2: return number(&random)
        case 3: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
        default: return string(&random)
        }
    }

    /// One byte removed, doubled or replaced, mostly by one that means something in JSON.
    static func mutate(_ bytes: inout [UInt8], _ random: inout Xoroshiro) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        let special = Array(#"{}[]",:\utfn0123456789-+.eE /"#.utf8)
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(bytes[place], at: place)
        case 2: bytes[place] = special.randomElement(using: &random) ?? 0
        default: bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
    }

    private static func string(_ random: inout Xoroshiro) -> String {
        let parts = [
            "a", "key", "한", "😀", #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#, #"\""#, #"\\"#, #"\/"#, "é", #"\u0000"#,
            "longer text here",
        ]
        let count = Int.random(in: 0...5, using: &random)
        return "\"" + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined() + "\""
    }

    private static func number(_ random: inout Xoroshiro) -> String {
        let whole = ["0", "-0", "7", "-12", "1234567890123", "9007199254740993"].randomElement(using: &random) ?? "0"
        let fraction = ["", "", ".5", ".000", ".25"].randomElement(using: &random) ?? ""
        return whole + fraction + (["", "", "", "e3", "E-2", "e+10"].randomElement(using: &random) ?? "")
    }
}

/// A generator that a seed can replay.
struct Xoroshiro: RandomNumberGenerator {
    let seed: UInt64
    private var state: (UInt64, UInt64)

    init(seed: UInt64) {
        self.seed = seed
        state = (seed, seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    mutating func next() -> UInt64 {
        let (s0, s1) = (state.0, state.1 ^ state.0)
        let result = state.0 &+ state.1
        state.0 = (s0 << 24 | s0 >> 40) ^ s1 ^ (s1 << 16)
        state.1 = s1 << 37 | s1 >> 27
        return result
    }
}
