// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A checkpoint is a small JSON object in text: whoever looks into the store can read where an exchange stands.
struct CheckpointText {
    private var members: [String: JSONTree]

    /// - Parameter text: nil, or text that is none of ours, is the beginning.
    init(_ text: String?) {
        members = text.flatMap { try? JSONTree.read(Array($0.utf8)) }?.object ?? [:]
    }

    subscript(_ name: String) -> Int? {
        get { members[name]?.integer.flatMap { Int(exactly: $0) } }
        set { members[name] = newValue.map { .integer(Int64($0)) } }
    }

    subscript(text name: String) -> String? {
        get { members[name]?.string }
        set { members[name] = newValue.map { .string($0) } }
    }

    /// Counts a reading that has to begin again because its cursor is refused.
    /// - Returns: whether it may; three times in a row is a server that refuses what it gave.
    mutating func restart() -> Bool {
        let restarts = (self["restarts"] ?? 0) + 1
        self["restarts"] = restarts
        return restarts <= 3
    }

    /// Forgets all but how often in a row something was passed over.
    /// - Returns: how many seconds to pass over: 1 at first, then twice as many each time, since nobody knows where good ones
    /// begin.
    mutating func skipped() -> Int {
        let skips = self["skips"] ?? 0
        self = CheckpointText(nil)
        self["skips"] = skips + 1
        return 1 << min(skips, 26)
    }

    var text: String { String(decoding: JSONTree.object(members).serialized, as: UTF8.self) }
}
