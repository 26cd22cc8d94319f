// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Many patterns found in one pass over a text (Aho and Corasick), after normalisation of both.
///
/// Immutable; the time to search grows with the text and the number of matches, not with the number of patterns.
public struct PatternSet: Sendable {
    public struct Match: Sendable, Hashable {
        public let id: String
        /// UTF-8 bytes of the original text.
        public let range: Range<Int>
    }

    /// Patterns that normalisation leaves nothing of; they never match.
    public private(set) var emptyPatterns: [String] = []
    private let normalizer: Normalizer
    /// 0 for bytes that no pattern has, else a number from 1.
    private var classes = [UInt8](repeating: 0, count: 256)
    private var classCount = 1
    /// The next state by state and class.
    private var transitions: [Int32] = []
    /// The patterns that end in a state.
    private var endings: [[Int32]] = [[]]
    /// The nearest state on the failure path in which a pattern ends; 0 for none.
    private var nextEnding: [Int32] = [0]
    private var patterns: [(id: String, length: Int)] = []

    public init(_ patterns: some Sequence<(id: String, pattern: String)>, normalizer: Normalizer = Normalizer()) {
        self.normalizer = normalizer
        var texts: [[UInt8]] = []
        for (id, pattern) in patterns {
            let bytes = normalizer.normalize(pattern).bytes
            if bytes.isEmpty {
                emptyPatterns.append(id)
            } else {
                self.patterns.append((id, bytes.count))
                texts.append(bytes)
            }
        }
        assignClasses(texts)
        buildTrie(texts)
        link()
    }

    public var count: Int { patterns.count }

    /// The matches in the order in which they end, overlapping ones too, at most `limit` of them.
    public func matches(in text: String, limit: Int = 1_000) -> [Match] {
        matches(in: normalizer.normalize(text), limit: limit)
    }

    /// As `matches(in:limit:)`, for text that the same normaliser has treated already.
    public func matches(in text: NormalizedText, limit: Int = 1_000) -> [Match] {
        guard !patterns.isEmpty else { return [] }
        var found: [Match] = []
        var state = 0
        for (position, byte) in text.bytes.enumerated() {
            state = Int(transitions[state * classCount + Int(classes[Int(byte)])])
            var ending = endings[state].isEmpty ? Int(nextEnding[state]) : state
            while ending != 0 {
                for pattern in endings[ending] {
                    guard found.count < limit else { return found }
                    let (id, length) = patterns[Int(pattern)]
                    found.append(Match(id: id, range: text.originalRange(of: (position + 1 - length)..<(position + 1))))
                }
                ending = Int(nextEnding[ending])
            }
        }
        return found
    }

    private mutating func assignClasses(_ texts: [[UInt8]]) {
        var next = 1
        for byte in Set(texts.joined()).sorted() {
            // At most 244 byte values occur in UTF-8, so the classes fit in a byte.
            classes[Int(byte)] = UInt8(truncatingIfNeeded: next)
            next += 1
        }
        classCount = next
    }

    private mutating func buildTrie(_ texts: [[UInt8]]) {
        transitions = [Int32](repeating: -1, count: classCount)
        for (pattern, text) in texts.enumerated() {
            var state = 0
            for byte in text {
                let slot = state * classCount + Int(classes[Int(byte)])
                if transitions[slot] < 0 {
                    transitions[slot] = Int32(endings.count)
                    transitions.append(contentsOf: repeatElement(-1, count: classCount))
                    endings.append([])
                    nextEnding.append(0)
                }
                state = Int(transitions[slot])
            }
            endings[state].append(Int32(pattern))
        }
    }

    /// Completes the table breadth first: a missing transition goes where the longest proper suffix would go.
    private mutating func link() {
        var failure = [Int](repeating: 0, count: endings.count)
        var queue: [Int] = []
        for slot in 0..<classCount {
            if transitions[slot] < 0 { transitions[slot] = 0 } else { queue.append(Int(transitions[slot])) }
        }
        var head = 0
        while head < queue.count {
            let state = queue[head]
            head += 1
            nextEnding[state] = endings[failure[state]].isEmpty ? nextEnding[failure[state]] : Int32(failure[state])
            for slot in 0..<classCount {
                let target = transitions[state * classCount + slot]
                let fallback = transitions[failure[state] * classCount + slot]
                if target < 0 {
                    transitions[state * classCount + slot] = fallback
                } else {
                    failure[Int(target)] = Int(fallback)
                    queue.append(Int(target))
                }
            }
        }
    }
}
