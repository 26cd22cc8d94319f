// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies

package import struct Foundation.Date

/// What people said last of items, for a back-test to compare with.
///
/// Items are known by a 64-bit hash, so a million judgements take some 32 MB, and two items are taken for one about never.
package struct Judgements: Sendable {
    private struct Word {
        var at: Date
        var judgement: Policies.Judgement?
    }

    private var words: [UInt64: Word] = [:]
    private let hash = SipHash(key0: 0, key1: 0)

    package init() {}

    /// Items of which somebody said something that still stands.
    package var count: Int { words.values.count { $0.judgement != nil } }

    package subscript(event: Event) -> Policies.Judgement? {
        guard !words.isEmpty, let item = event.item?.id else { return nil }
        return words[key(event.platform, item)]?.judgement
    }

    /// The latest word counts; nil takes back what was said before.
    package mutating func say(_ judgement: Policies.Judgement?, of item: ItemID, on platform: PlatformID, at: Date) {
        let key = key(platform, item)
        if let known = words[key], known.at > at { return }
        words[key] = Word(at: at, judgement: judgement)
    }

    private func key(_ platform: PlatformID, _ item: ItemID) -> UInt64 { hash("\(platform)\u{1F}\(item)") }
}
