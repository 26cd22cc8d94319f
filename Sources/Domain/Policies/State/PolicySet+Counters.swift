// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

extension PolicySet {
    /// The counters, each with a text that changes when what it counts does. What is in banks and lists is not in it: they change
    /// every day, and a counter would never have been kept for a whole window.
    package var keptCounters: [(declaration: CounterDeclaration, identity: String)] {
        compiledCounters.map { counter in
            let names = Set(counter.conditions.flatMap(\.signals))
            let used = signals.filter { names.contains($0.name) }.sorted { $0.name < $1.name }
            let parts = [counter.canonical] + used.map(\.canonical)
            return (counter.declaration, String(RuleDigest.digest(parts).prefix(16)))
        }
    }
}
