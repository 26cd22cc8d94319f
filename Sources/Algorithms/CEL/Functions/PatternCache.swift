// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// Regular expressions that are made while expressions run, and those of patterns that are written down.
///
/// Bounded: when it is full it is emptied, so that hostile patterns can cost time but no memory.
enum PatternCache {
    private static let capacity = 256
    private static let patterns = Mutex<[MapKey: TextPattern]>([:])

    /// The compiled pattern.
    static func pattern(_ text: String) throws(TextPattern.Problem) -> TextPattern {
        if let known = patterns.withLock({ $0[.string(text)] }) { return known }
        let compiled = try TextPattern(text)
        patterns.withLock { known in
            if known.count >= capacity { known.removeAll(keepingCapacity: true) }
            known[.string(text)] = compiled
        }
        return compiled
    }

    /// The compiled pattern; nil if it is no regular expression.
    static func compile(_ text: String) -> TextPattern? { try? pattern(text) }
}
