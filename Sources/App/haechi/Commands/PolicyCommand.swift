// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Policies

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Policies: texts, rules and their tests, and which rules may act.",
        subcommands: [
            Check.self, Test.self, Explain.self, Backtest.self, ShadowReport.self, Status.self, Promote.self, Approve.self,
            Refuse.self, Stops.self, Undo.self, Switch.self,
        ])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads policies and says what is wrong with them: file, line, column, and what was expected.")
        @Argument(help: "Policy files or folders.") var paths: [String] = ["Policies"]

        func run() throws {
            let policies = try PolicyFiles.load(paths)
            for warning in policies.warnings { Terminal.complain([warning.rendering, ""]) }
            Terminal.say(
                "\(policies.ruleCount) rules, \(policies.clauses.entries.count) clauses, version \(policies.version): right")
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Runs the tests that lie beside the rules.")
        @Argument(help: "Policy files or folders.") var paths: [String] = ["Policies"]

        func run() throws {
            let policies = try PolicyFiles.load(paths)
            let results = policies.runTests()
            for failure in results.failures { Terminal.complain(["\(failure)"]) }
            Terminal.say("\(results.passed) passed, \(results.failures.count) failed")
            if !results.failures.isEmpty { throw ExitCode(1) }
        }
    }
}
