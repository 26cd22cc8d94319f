// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// An example that lies beside the rules: an event with its signals, and what the rules shall make of it.
package struct PolicyTest: Sendable {
    package var name: String
    package var file: String
    package var line: Int
    var event: Event
    var signals: [Signal]
    var expected: Expectation

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
                let problems = test.problems(with: policy.rules.filter { $0.stage != .retired })
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
    func problems(with rules: [Rule]) -> [String] {
        let inputs = RuleInputs(event, signals)
        let findings = rules.filter { $0.events.contains(event.kind) }
            .map { $0.finding(inputs, given: signals, recordsAlways: false) }
        let fired = findings.filter { $0.result == .fired }
        let unknown = findings.filter { if case .unknown = $0.result { true } else { false } }
        let effects = Set(fired.flatMap(\.effects).map(\.kind.rawValue))
        return [
            Self.difference("fired", expected.fired, fired.map(\.rule.id)),
            Self.difference("unknown", expected.unknown ?? [], unknown.map(\.rule.id)),
            Self.difference("effects", expected.effects, Array(effects)),
        ].compactMap { $0 }
    }

    private static func difference(_ what: String, _ expected: [String]?, _ found: [String]) -> String? {
        guard let expected, Set(expected) != Set(found) else { return nil }
        func shown(_ names: [String]) -> String { names.isEmpty ? "none" : names.sorted().joined(separator: ", ") }
        return "\(what): \(shown(found)) instead of \(shown(expected))"
    }
}
