// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// What a worker says when it is ready: its role, its defences and parts, and the models it has.
///
///     ready role=thinker seccomp=on landlock=unavailable rlimits=on
///     model nudity 1 on f32
///     model faces 1 off its file is not here
struct WorkerGreeting: Sendable, Hashable {
    /// `seccomp`, `landlock`, `rlimits`, `c2pa`: on, off, unavailable.
    var words: [String: String] = [:]
    var models: [ModelState] = []

    init() {}

    /// Nil when it makes no sense.
    init?(_ bytes: [UInt8]) {
        guard bytes.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == UInt8(ascii: "\n") }) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first, first.hasPrefix("ready ") else { return nil }
        for word in first.split(separator: " ").dropFirst() {
            let pair = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, words.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
        }
        for line in lines.dropFirst() {
            let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 5, words[0] == "model", words[1...4].allSatisfy({ $0.utf8.count <= 300 }) else { return nil }
            switch words[3] {
            case "on": models.append(ModelState(name: words[1], version: words[2], precision: words[4]))
            case "off": models.append(ModelState(name: words[1], version: words[2], precision: "", problem: words[4]))
            default: return nil
            }
        }
    }

    var role: String? { words["role"] }
}
