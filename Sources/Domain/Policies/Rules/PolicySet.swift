// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// All policies of an installation, checked together; immutable.
package struct PolicySet: Sendable {
    package let policies: [Policy]
    package let clauses: ClauseCatalogue
    /// What detectors have to look for, each name once.
    package let signals: [SignalDeclaration]
    package let lists: [PolicyList]
    /// What has to be counted, in the order of the files.
    package let counters: [CounterDeclaration]
    package let labels: [LabelDeclaration]
    /// Changes when any rule, stage or clause does.
    package let version: String
    /// What can be used, but was probably not meant.
    package let warnings: [Diagnostic]
    let compiledCounters: [CompiledCounter]
    let warming: [String: CounterDeclaration.Warming]
    let engines: KindEngines
    /// Those that are computed only when they are wanted, cheapest first.
    let dearSignals: [SignalDeclaration]
    /// Places in `compiledCounters`.
    private let countersByKind: [EventKind: [Int]]

    package var rules: [Rule] { policies.flatMap(\.rules) }

    /// What a rule that looks at events now, in shadow too, asks for by itself or through a counter.
    package var signalsInUse: [SignalDeclaration] {
        let looking = rules.filter { $0.stage != .draft && $0.stage != .retired }
        let read = Set(looking.flatMap(\.counters))
        let counted = compiledCounters.filter { read.contains($0.declaration.name) }.flatMap(\.conditions)
        let names = Set(looking.flatMap(\.signals) + counted.flatMap(\.signals))
        return signals.filter { names.contains($0.name) }
    }

    package var ruleCount: Int { policies.reduce(0) { $0 + $1.rules.count } }

    init(_ policies: [Policy], warnings: [Diagnostic] = []) {
        self.policies = policies
        self.warnings = warnings
        clauses = ClauseCatalogue(entries: policies.flatMap(\.clauses))
        signals = Array(Set(policies.flatMap(\.signals))).sorted { $0.name < $1.name }
        dearSignals = signals.filter { $0.cost > .cheap }.sorted { ($0.cost, $0.name) < ($1.cost, $1.name) }
        lists = policies.flatMap(\.lists)
        compiledCounters = policies.flatMap(\.counters)
        counters = compiledCounters.map(\.declaration)
        warming = Dictionary(counters.map { ($0.name, $0.warming) }) { first, _ in first }
        labels = Array(Set(policies.flatMap(\.labels))).sorted { $0.name < $1.name }
        var parts: [String] = []
        var byKind: [EventKind: [Rule]] = [:]
        for policy in policies {
            for clause in policy.clauses {
                parts.append(clause.id.rawValue)
                parts += clause.texts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            }
            for rule in policy.rules {
                parts.append("\(rule.reference.version) \(rule.stage) \(rule.percent)")
                guard rule.stage != .draft, rule.stage != .retired else { continue }
                for kind in rule.events { byKind[kind, default: []].append(rule) }
            }
        }
        version = String(RuleDigest.digest(parts).prefix(16))
        engines = KindEngines(byKind)
        let all = counters
        countersByKind = byKind.mapValues { rules in
            let names = rules.reduce(into: Set<String>()) { $0.formUnion($1.counters) }
            return all.indices.filter { names.contains(all[$0].name) }
        }
    }

    /// Reads and checks policy files.
    ///
    /// - Parameters:
    ///   - files: paths as they shall stand in diagnostics, with their text.
    ///   - now: for warnings of rules that end soon; nil for none of these.
    ///   - readList: the text of a file that a list names, by its path: the policy's folder and what the policy says.
    /// - Throws: everything that is wrong in all files at once; then nothing is loaded.
    package static func load(
        files: [(path: String, text: String)], now: Date? = nil, readList: @escaping (String) -> String? = { _ in nil }
    ) throws(PolicyError) -> PolicySet {
        var known = KnownNames()
        var read: [(reader: PolicyReader, outline: PolicyReader.Outline?)] = []
        for file in files {
            var reader = PolicyReader(file: file.path, text: file.text, now: now, readList: readList)
            let outline = reader.outline(&known)
            read.append((reader, outline))
        }
        var policies: [Policy] = []
        var diagnostics: [Diagnostic] = []
        for (reader, outline) in read {
            var reader = reader
            if let outline { policies.append(reader.policy(outline, &known)) }
            diagnostics += reader.diagnostics
        }
        let errors = diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else { throw PolicyError(errors) }
        return PolicySet(policies, warnings: diagnostics.inOrder)
    }

    /// The events of a kind at which rules look, by the rules that are neither drafts nor retired.
    package func rules(for kind: EventKind) -> [Rule] { engines[kind]?.rules ?? [] }

    /// Under which keys an event has to be counted.
    package func counterWrites(_ event: PublicEvent, given signals: [Signal]) -> [CounterKeys] {
        let inputs = RuleInputs(event.event, signals)
        return compiledCounters.compactMap { $0.write(inputs) }
    }

    /// The counts that the rules for this kind of event want to know.
    package func counterReads(_ event: PublicEvent, given signals: [Signal]) -> [CounterKeys] {
        let wanted = countersByKind[event.event.kind] ?? []
        guard !wanted.isEmpty else { return [] }
        let inputs = RuleInputs(event.event, signals)
        return wanted.map { compiledCounters[$0].read(inputs) }
    }
}

/// Names that must be unique over all files, with the place of the first use.
struct KnownNames {
    var policies: [String: String] = [:]
    var rules: [String: String] = [:]
    var clauses: [String: String] = [:]
    var lists: [String: String] = [:]
    var counters: [String: String] = [:]
    var signals: [String: SignalDeclaration] = [:]
    var labels: [String: (declaration: LabelDeclaration, place: String)] = [:]

    /// Their declaration is wrong: told once, not again where they are used.
    var brokenLabels: Set<String> = []

    var declaredLabels: [String: LabelDeclaration] { labels.mapValues(\.declaration) }
}
