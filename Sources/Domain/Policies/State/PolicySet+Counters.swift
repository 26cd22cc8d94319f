// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension PolicySet {
    /// The counters, each with a text that changes when what it counts does.
    package var keptCounters: [(declaration: CounterDeclaration, identity: String)] {
        compiledCounters.map { ($0.declaration, String(RuleDigest.digest([$0.canonical]).prefix(16))) }
    }
}
