// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Storage

extension PolicyCommand {
    /// Who changes something, for the record.
    struct Person: ParsableArguments {
        @Option(name: .customLong("as"), help: "Who does this, for the record; two people must have two names.") var name =
            "operator"
        @Option(help: "Why, for the record.") var reason = ""
    }

    /// Opens the registry, works on it, and turns a refusal into words for the terminal.
    static func withRules(_ options: SettingsOptions, _ work: (RuleTools) async throws -> Void) async throws {
        let tools = try await RuleTools.open(try await options.settings())
        do {
            try await work(tools)
        } catch let error as RuleChangeError {
            await tools.store.close()
            Terminal.complain([error.message])
            throw ExitCode(65)  // EX_DATAERR
        } catch {
            await tools.store.close()
            throw error
        }
        await tools.store.close()
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which rules may act, which may not and why, and what they did in the last day.",
            discussion: """
                One line a version: rule, version, the stage its file asks for, the stage it has, events of its kinds, fired, acted, held,
                confirmed and overturned by people, and why it is less than it asks for. Numbers of a running server are a few seconds old.
                """)
        @OptionGroup var options: SettingsOptions
        @Argument(help: "Only this rule, with its text: RULE or RULE@VERSION.") var rule: String?

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                let overview = try await tools.desk.overview()
                let only = try await rule.asyncMap { try await tools.desk.key($0) }
                Terminal.say("approval: \(overview.approval.rawValue); switch: \(overview.mode.rawValue)")
                Terminal.say("rule\tversion\tasked\tstage\tevents\tfired\tacted\theld\tconfirmed\toverturned\twhy")
                for row in overview.rows where only == nil || row.version.key == only { Terminal.say(Self.line(row)) }
                for request in overview.requests where only == nil || request.key == only {
                    Terminal.say(
                        "waits: \(request.key) to \(request.stage.rawValue), asked by \(request.by) (\(request.reason)): haechi policy approve --as NAME \(request.id)"
                    )
                }
                if let only, let text = try await tools.desk.text(of: only) { Terminal.say("\n\(text)") }
            }
        }

        private static func line(_ row: RuleOverview.Row) -> String {
            let version = row.version
            let asked = version.isLoaded ? version.asked.rawValue : "gone"
            var why: [String] = []
            if let stop = row.standing.stop { why.append("stopped: \(stop.reason)") }
            if let shortfall = row.standing.shortfall { why.append(shortfall.text) }
            let numbers = [
                row.seen, row.count.fired, row.count.acted, row.count.held, version.confirmed, version.overturned,
            ].map(String.init)
            return
                ([version.key.rule, version.key.version, asked, row.standing.stage.rawValue] + numbers
                + [why.joined(separator: "; ")]).joined(separator: "\t")
        }
    }

    struct Promote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a version of a rule act, or lowers it.",
            discussion: """
                A destructive version needs a back-test of that very version, and (with policies.approval two-people) another person who runs
                `haechi policy approve`. Lowering takes effect at once. The file must ask for the stage too: the lower of the two counts.
                """)
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Option(help: "For canary: the share of events, 1 to 99 percent.") var percent: Int?
        @Option(help: "The back-test that it rests on; the newest of this version when left out.") var report: String?
        @Argument(help: "RULE for the version that is loaded, or RULE@VERSION.") var rule: String
        @Argument(help: "shadow, canary or live.") var stage: RuleFinding.Stage

        func validate() throws {
            guard [.shadow, .canary, .live, .retired].contains(stage) else {
                throw ValidationError("the stage is shadow, canary or live")
            }
        }

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                let key = try await tools.desk.key(rule)
                try await tools.desk.promote(
                    Promotion(key: key, stage: stage, percent: percent, by: person.name, reason: person.reason, report: report))
                if let request = try await tools.store.ruleState().request(for: key) {
                    Terminal.say("\(key) waits for a second person: haechi policy approve --as NAME \(request.id)")
                } else {
                    Terminal.say("\(key) may be \(stage.rawValue)")
                }
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Agrees, as the second person, that a version acts.")
        @OptionGroup var options: SettingsOptions
        @Option(name: .customLong("as"), help: "Who approves, for the record.") var name: String
        @Argument(help: "The number of the request, as `haechi policy status` says it.") var request: String

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                try await tools.desk.approve(request, by: name)
                Terminal.say("approved")
            }
        }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuses that a version acts.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "The number of the request, as `haechi policy status` says it.") var request: String

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                try await tools.desk.refuse(request, by: person.name, reason: person.reason)
                Terminal.say("refused")
            }
        }
    }

    struct Switch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turns the one switch: case-only has all rules open cases, and nothing is removed without a person.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "case-only or normal.") var mode: RuleMode

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                try await tools.desk.turn(to: mode, by: person.name, reason: person.reason)
                Terminal.say("switch: \(mode.rawValue); a running server follows within seconds")
            }
        }
    }
}

extension RuleFinding.Stage: ExpressibleByArgument {}
extension RuleMode: ExpressibleByArgument {}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
