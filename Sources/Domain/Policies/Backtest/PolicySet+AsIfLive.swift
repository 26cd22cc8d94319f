// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

extension PolicySet {
    /// These rules as they would act were all of them live for every event: drafts, shadows and canaries too. Retired rules
    /// only where they are named.
    ///
    /// Versions stay, since they do not hold the stage. Counters and signals that none of these rules needs are left out.
    /// - Parameter only: ids of rules; nil for all.
    package func asIfLive(only: Set<String>? = nil) -> PolicySet {
        var policies = policies
        var (read, needed): (Set<String>, Set<String>) = ([], [])
        for place in policies.indices {
            policies[place].rules = policies[place].rules.compactMap { rule in
                guard only?.contains(rule.reference.id) ?? (rule.stage != .retired) else { return nil }
                var rule = rule
                (rule.stage, rule.percent) = (.live, 100)
                read.formUnion(rule.counters)
                needed.formUnion(rule.signals)
                return rule
            }
        }
        for place in policies.indices {
            policies[place].counters.removeAll { !read.contains($0.declaration.name) }
            for counter in policies[place].counters { needed.formUnion(counter.conditions.flatMap(\.signals)) }
        }
        for place in policies.indices { policies[place].signals.removeAll { !needed.contains($0.name) } }
        return PolicySet(policies)
    }

    /// Whether a rule or a counter asks for the links of a text.
    package var readsLinks: Bool {
        (rules.map(\.condition) + compiledCounters.flatMap(\.conditions)).contains { $0.inputs.contains(.links) }
    }
}
