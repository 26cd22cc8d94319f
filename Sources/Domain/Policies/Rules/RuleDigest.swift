// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Crypto
import Foundation
import Moderation

/// The version of a rule: a hash over everything that can change what it does.
///
/// The stage and the canary share are left out, so that a rule keeps its version, and with it its record, on the way from draft to
/// live; so are blanks and comments. A cryptographic hash, because what people approve is approved by its version.
enum RuleDigest {
    static func of(_ rule: Rule, in context: RuleContext) -> String {
        var parts = ["rule", rule.reference.id, rule.condition.canonical]
        parts += rule.events.map(\.rawValue).sorted()
        parts += rule.effects.map { "effect " + $0.canonical }
        parts.append(rule.quota.map { "quota \($0.seconds) \($0.maximum) \($0.exceeded)" } ?? "")
        parts.append("unknown \(rule.unknown.rawValue)")
        parts.append("expires \(rule.expires.map { String(Int($0.timeIntervalSince1970)) } ?? "")")
        parts.append("at most \(rule.atMost.map { "\($0)" } ?? ""), precision \(rule.precision.map { "\($0)" } ?? "")")
        let counters = context.compiledCounters.filter { rule.counters.contains($0.declaration.name) }
        let signals = rule.signals.union(counters.flatMap { $0.conditions.flatMap(\.signals) })
        let used = context.signals.filter { signals.contains($0.name) }.sorted { $0.name < $1.name }
        parts += used.map(\.canonical)
        parts += counters.sorted { $0.declaration.name < $1.declaration.name }.map { "counter " + $0.canonical }
        let lists = rule.condition.lists.union(counters.flatMap { $0.conditions.flatMap(\.lists) }).union(used.map(\.bank))
        for list in context.lists.sorted(by: { $0.name < $1.name }) where lists.contains(list.name) {
            parts.append("list \(list.name) \(list.kind.rawValue) \(digest(list.entries))")
        }
        return String(digest(parts).prefix(16))
    }

    /// Lower-case hexadecimal SHA-256 over texts; "ab", "c" differs from "a", "bc".
    static func digest(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array(part.utf8))
            // A byte that UTF-8 never has.
            hash.update(data: [0xFF])
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension SignalDeclaration {
    /// One line that says all that can change what the signal is; what is as usual is left out.
    var canonical: String {
        var line = "signal \(name) \(kind.rawValue) \(bank) \(radius)"
        if source != .text { line += " of \(source.rawValue)" }
        if let output { line += " output \(output)" }
        if let atLeast { line += " at least \(atLeast)" }
        if !types.isEmpty { line += " types \(types.sorted().joined(separator: ","))" }
        return line
    }
}

extension Effect {
    /// One line that is the same for the same effect.
    var canonical: String {
        let parameters = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return "\(kind.rawValue) \(clause?.rawValue ?? "") \(parameters)"
    }
}
