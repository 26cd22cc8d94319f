// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A regular expression in RE2's syntax that takes time linear in the text, whatever the pattern and whoever wrote the text.
///
/// It matches UTF-8 bytes: a dot or a class is one code point, `\b`, `\w`, `\d` and `\s` are ASCII, `(?i)` is simple Unicode folding, and of several
/// matches the leftmost counts, with the preferences of Perl. Bytes that are no UTF-8 match nothing and the search goes on
/// after them. Back-references and look-around are refused. Offsets are in UTF-8 bytes.
///
/// Immutable and safe to share; what a search remembers lies in a `Scratch` that the expression lends to one caller at a time.
public struct LinearRegex: Sendable, CustomStringConvertible {
    let engine: Engine

    /// Throws when the pattern is not in the syntax or costs more than `limits`.
    public init(_ pattern: String, limits: Limits = Limits()) throws(RegexError) {
        engine = try Engine(pattern, limits: limits)
    }

    public var pattern: String { engine.pattern }
    public var description: String { engine.pattern }

    /// The names of the groups by number; number 0, the whole match, and groups without a name have nil.
    public var groupNames: [String?] { engine.groupNames }

    /// Literals of which at least one is in every text that matches; nil if there is no such set worth looking for.
    public var requiredLiterals: RequiredLiterals? { engine.requiredLiterals }

    /// Whether the text has a match anywhere.
    public func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        engine.withScratch { engine.hasMatch(text, $0) }
    }

    public func matches(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { matches($0) }
    }

    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    /// The bytes of the leftmost match that begins at `offset` or later.
    public func firstRange(in text: UnsafeBufferPointer<UInt8>, from offset: Int = 0) -> Range<Int>? {
        engine.withScratch { engine.range(text, from: offset, $0) }
    }

    public func firstRange(in text: String) -> Range<Int>? {
        var text = text
        return text.withUTF8 { firstRange(in: $0) }
    }

    /// The leftmost match that begins at `offset` or later, with its groups.
    public func firstMatch(in text: UnsafeBufferPointer<UInt8>, from offset: Int = 0) -> Match? {
        engine.withScratch { engine.match(text, from: offset, $0) }
    }

    public func firstMatch(in text: String) -> Match? {
        var text = text
        return text.withUTF8 { firstMatch(in: $0) }
    }

    /// The matches from left to right that do not overlap, at most `limit`. An empty one right after another does not count.
    public func matches(in text: String, limit: Int = .max) -> [Match] {
        var text = text
        return text.withUTF8 { bytes in
            var found: [Match] = []
            engine.withScratch { scratch in
                engine.forEachRange(bytes, scratch) { range in
                    if let match = engine.groups(bytes, of: range, scratch) { found.append(match) }
                    return found.count < limit
                }
            }
            return found
        }
    }
}

extension LinearRegex {
    /// A match and its groups, in bytes of the text.
    public struct Match: Sendable, Hashable {
        /// By number of the group, 0 for the whole; nil for a group that took no part.
        public let groups: [Range<Int>?]
        private let names: [String?]

        public var range: Range<Int> { groups[0] ?? 0..<0 }

        public subscript(number: Int) -> Range<Int>? { groups.indices.contains(number) ? groups[number] : nil }

        public subscript(name: String) -> Range<Int>? { names.firstIndex(of: name).flatMap { groups[$0] } }

        init(slots: [Int], names: [String?]) {
            self.names = names
            groups = stride(from: 0, to: slots.count, by: 2).map {
                slots[$0] >= 0 && slots[$0 + 1] >= 0 ? slots[$0]..<slots[$0 + 1] : nil
            }
        }
    }

    /// Something to look for before the expression itself is worth running.
    public struct RequiredLiterals: Sendable, Hashable {
        /// UTF-8; in lower case where `ignoresCase`. One of them at least is in every text that matches.
        public let literals: [[UInt8]]
        /// The letters A to Z of the text count as a to z; other letters stand in the literals in all their forms.
        public let ignoresCase: Bool
    }
}
