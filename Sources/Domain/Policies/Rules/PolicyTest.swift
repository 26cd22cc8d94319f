// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// An example that lies beside the rules: one event or a row of them, with signals and state, and what the rules shall make of it.
package struct PolicyTest: Sendable {
    package var name: String
    package var file: String
    package var line: Int
    var steps: [Step]

    /// One event, and what is expected of it.
    struct Step: Sendable {
        var event: Event
        var signals: [Signal]
        /// Counters as the test gives them; those it does not name are counted over the steps before.
        var counters: [String: CounterReading]
        var actorLabels: [Label]
        var spaceLabels: [Label]
        var expected: Expectation?
    }

    struct Expectation: Sendable {
        /// Ids of exactly the rules that fire.
        var fired: [String]?
        /// Ids of exactly the rules that cannot say.
        var unknown: [String]?
        /// Kinds of exactly the effects of the rules that fire, each once, in any order.
        var effects: [String]?
    }
}

/// A test that did not come out as written.
package struct PolicyTestFailure: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var name: String
    package var problems: [String]

    package var description: String { "\(file):\(line): \(name): \(problems.joined(separator: "; "))" }
}

package struct PolicyTestResults: Hashable, Sendable {
    package var passed: Int
    package var failures: [PolicyTestFailure]
}

extension PolicySet {
    /// Runs the tests of all policies, each against the rules of its own policy. Stages do not count: a draft is tested too.
    package func runTests() -> PolicyTestResults {
        var results = PolicyTestResults(passed: 0, failures: [])
        for policy in policies {
            for test in policy.tests {
                let problems = test.problems(with: policy)
                if problems.isEmpty {
                    results.passed += 1
                } else {
                    results.failures.append(
                        PolicyTestFailure(file: test.file, line: test.line, name: test.name, problems: problems))
                }
            }
        }
        return results
    }
}

extension PolicyTest {
    /// What differs from what is expected, the events taken one after the other.
    func problems(with policy: Policy) -> [String] {
        let rules = policy.rules.filter { $0.stage != .retired }
        let warming = Dictionary(policy.counters.map { ($0.declaration.name, $0.declaration.warming) }) { first, _ in first }
        guard let first = steps.first else { return [] }
        var counts = TestCounts(policy.counters, before: first.event.at)
        var problems: [String] = []
        for (index, step) in steps.enumerated() {
            let plain = RuleInputs(step.event, step.signals)
            // A read excludes the event itself.
            let counters = counts.readings(plain).merging(step.counters) { _, given in given }
            let state = StateReadings(counters: counters, actorLabels: step.actorLabels, spaceLabels: step.spaceLabels)
            counts.add(plain)
            guard let expected = step.expected else { continue }
            let inputs = RuleInputs(step.event, step.signals, state, warming: warming)
            let findings = rules.filter { $0.events.contains(step.event.kind) && !$0.isOver(at: step.event.at) }
                .map { $0.finding(inputs) }
            let prefix = steps.count > 1 ? "event \(index + 1): " : ""
            problems += expected.problems(findings).map { prefix + $0 }
        }
        return problems
    }
}

extension PolicyTest.Expectation {
    fileprivate func problems(_ findings: [RuleFinding]) -> [String] {
        let fired = findings.filter { $0.result == .fired }
        let unknown = findings.filter { if case .unknown = $0.result { true } else { false } }
        let effects = Set(fired.flatMap(\.effects).map(\.kind.rawValue))
        var problems = [
            Self.difference("fired", self.fired, fired.map(\.rule.id)),
            Self.difference("unknown", self.unknown ?? [], unknown.map(\.rule.id)),
            Self.difference("effects", self.effects, Array(effects)),
        ].compactMap { $0 }
        if self.unknown == nil {
            for case .unknown(let why, _) in unknown.map(\.result) { problems.append("unknown because \(why)") }
        }
        return problems
    }

    private static func difference(_ what: String, _ expected: [String]?, _ found: [String]) -> String? {
        guard let expected, Set(expected) != Set(found) else { return nil }
        func shown(_ names: [String]) -> String { names.isEmpty ? "none" : names.sorted().joined(separator: ", ") }
        return "\(what): \(shown(found)) instead of \(shown(expected))"
    }
}

/// The counters of one test: they have been kept for long, and have seen nothing before it.
private struct TestCounts {
    private let counters: [CompiledCounter]
    private var table: CounterTable

    init(_ counters: [CompiledCounter], before start: Date) {
        self.counters = counters
        // A year is longer than any window.
        table = CounterTable(
            counters.map { ($0.declaration, $0.declaration.name) }, since: start.addingTimeInterval(-365 * 86_400),
            hash: SipHash(key0: 0, key1: 0))
    }

    mutating func add(_ inputs: RuleInputs) {
        for counter in counters {
            guard let keys = counter.write(inputs), let increment = table.increment(keys, for: inputs.event) else { continue }
            _ = table.record(increment)
        }
    }

    func readings(_ inputs: RuleInputs) -> [String: CounterReading] {
        Dictionary(counters.map { ($0.declaration.name, table.read($0.read(inputs), for: inputs.event)) }) { first, _ in first }
    }
}
