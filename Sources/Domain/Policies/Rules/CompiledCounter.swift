// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

/// A counter with its expressions ready to run.
package struct CompiledCounter: Sendable {
    package let declaration: CounterDeclaration
    let filter: Condition?
    let keys: [Condition]
    let distinct: Condition?

    var conditions: [Condition] { keys + [filter, distinct].compactMap { $0 } }

    /// The same for counters that count the same.
    var canonical: String {
        var parts = [declaration.name] + declaration.events.map(\.rawValue).sorted()
        parts += ["where", filter?.canonical ?? "", "key"] + keys.map(\.canonical)
        parts += ["distinct", distinct?.canonical ?? "", "\(declaration.window)", declaration.warming.rawValue]
        return parts.joined(separator: "\u{1F}")
    }
}

/// Where an event counts, or which counts it wants to know.
package struct CounterKeys: Hashable, Sendable {
    package var counter: String
    /// More than one when a key is a list; none when the event has nothing to count under.
    package var keys: [String]
    /// What is told apart, for counters that count different things.
    package var member: String?
    /// Set when a part could not be computed; then `keys` is empty.
    package var unknown: String?
}

extension CompiledCounter {
    /// Under which keys an event is counted; nil when it is not.
    func write(_ inputs: RuleInputs) -> CounterKeys? {
        guard declaration.events.contains(inputs.event.kind) else { return nil }
        if let filter {
            switch filter.evaluate(inputs) {
            case .bool(true): break
            case .bool(false): return nil
            case let other: return failed(other)
            }
        }
        var result = read(inputs)
        guard result.unknown == nil, !result.keys.isEmpty else { return result.unknown == nil ? nil : result }
        if let distinct {
            switch distinct.evaluate(inputs) {
            case .string(let text): result.member = text
            case .int(let number): result.member = String(number)
            case let other: return failed(other)
            }
        }
        return result
    }

    /// Under which keys the count for an event stands. All keys of the event, whether it is counted itself or not.
    func read(_ inputs: RuleInputs) -> CounterKeys {
        var keys = [""]
        for (index, key) in self.keys.enumerated() {
            let parts: [String]
            switch key.evaluate(inputs) {
            case .string(let text): parts = [text]
            case .int(let number): parts = [String(number)]
            case .list(let elements):
                parts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
            case let other: return failed(other)
            }
            var next: [String] = []
            for prefix in keys {
                for part in parts.prefix(Self.mostKeys) {
                    // U+001F stands in no id and in no link.
                    let joined = index == 0 ? part : prefix + "\u{1F}" + part
                    if !next.contains(joined) { next.append(joined) }
                }
            }
            keys = Array(next.prefix(Self.mostKeys))
        }
        return CounterKeys(counter: declaration.name, keys: keys)
    }

    /// One event counts under no more keys of one counter.
    private static let mostKeys = 64

    private func failed(_ value: Value) -> CounterKeys {
        let why: String =
            switch value {
            case .unknown(let reasons): reasons.joined(separator: "; ")
            case .error(let error): "the counter's expression failed: \(error)"
            default: "the counter's expression gave \(value.typeName)"
            }
        return CounterKeys(counter: declaration.name, keys: [], unknown: why)
    }
}
