// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Signals
import Storage

extension PolicyCommand {
    struct Backtest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replays captured events and says what rules would have done.",
            discussion: """
                Every rule counts as live, whatever its stage. Events come from the history, which is kept where history.days is set, or
                from a file (--events, one JSON object a line as for `policy explain --event`). The same events and rules give the same
                output, to the byte. With --record the result is kept for each RULE, and `haechi policy promote` then rests on it; else
                nothing is written.
                  haechi policy backtest spam.wave
                  haechi policy backtest spam.wave --record --as hana
                  haechi policy backtest --against Policies.before --json
                Exit status 66 when there is no history.
                """)

        @OptionGroup var options: SettingsOptions
        @Option(help: "Policy files or folders; without them those of policies.path.") var policies: [String] = []
        @Option(help: "Compare with these policies, instead of with what was decided then.") var against: String?
        @OptionGroup var times: PeriodOptions
        @Option(help: ArgumentHelp("A file with events instead of the history; - reads standard input.", valueName: "file"))
        var events: String?
        @Flag(help: "Canonical JSON instead of text.") var json = false
        @Flag(help: "Keep the result for each RULE: a promotion rests on it.") var record = false
        @Option(name: .customLong("as"), help: "Who does this, for the record.") var name: String?
        @Argument(help: "RULE, or RULE@VERSION to be sure of the version; all rules without one.") var rules: [String] = []

        func validate() throws {
            if record, rules.isEmpty { throw ValidationError("--record keeps the result for rules: name them") }
            if record, name?.isEmpty ?? true { throw ValidationError("--record needs --as NAME") }
            if events != nil, times.period != HistoryPeriod() { throw ValidationError("--from and --until are for the history") }
        }

        func run() async throws {
            let settings = try await options.settings()
            let set = try PolicyFiles.load(policies.isEmpty ? [settings.text("policies.path")] : policies)
            let keys = try RuleNames.keys(rules, in: set)
            let only = keys.isEmpty ? nil : Set(keys.map(\.rule))
            var replay = Policies.Backtest(
                try .init(detectingFor: set, only: only), only: only,
                against: try against.map { try .init(detectingFor: try PolicyFiles.load([$0]), only: nil) },
                stop: StopTerms(settings))
            let tools = record ? try await RuleTools.open(settings) : nil
            do {
                if let events {
                    try read(events, set.signals) { replay.take($0) }
                } else {
                    let store = if let tools { tools.store } else { try await Store.open(settings, access: .reader) }
                    let reader = HistoryReader(
                        store: store, period: times.period, days: settings.number("history.days"))
                    try await reader.read { replay.take($0, judged: $1) }
                    if tools == nil { await store.close() }
                }
                let outcome = replay.finish()
                FileHandle.standardOutput.write(json ? Data(outcome.json) : Data(outcome.text.utf8))
                if let tools { try await keep(outcome, of: keys, tools) }
            } catch {
                await tools?.store.close()
                throw error
            }
            await tools?.store.close()
        }

        private func read(_ path: String, _ signals: [SignalDeclaration], _ take: (RecordedEvent) -> Void) throws {
            var progress = Progress(total: nil)
            let passedOver: Int
            do {
                passedOver = try EventLines(path: path, signals: signals).read { event in
                    take(event)
                    progress.did(1)
                }
            } catch let problem as EventLines.Problem {
                Terminal.complain([problem.message])
                throw ExitCode(65)  // EX_DATAERR
            } catch {
                Terminal.complain(["\(path): \(error.localizedDescription)"])
                throw ExitCode(66)  // EX_NOINPUT
            }
            if passedOver > 0 {
                Terminal.complain(["events of spaces that are not public, at which no rule looks: \(passedOver)"])
            }
        }

        /// One report a version, so that each stands for itself.
        private func keep(_ outcome: BacktestOutcome, of keys: [RuleKey], _ tools: RuleTools) async throws {
            for key in keys {
                let report = outcome.report(for: key.rule, id: Digest.timeOrderedID(), at: Date(), by: name ?? "")
                guard let report else { continue }
                do {
                    try await tools.desk.record(report, source: events == nil ? "history" : "file")
                } catch let error as RuleChangeError {
                    Terminal.complain([error.message])
                    throw ExitCode(65)
                }
                Terminal.complain([
                    "back-test \(report.id) of \(report.key) is recorded",
                    "now: haechi policy promote --as NAME --reason WHY \(key.rule) STAGE",
                ])
            }
        }
    }
}

extension Policies.Backtest.Side {
    /// A set with the detectors that read what was written again, for what these rules need.
    init(detectingFor set: PolicySet, only: Set<String>?) throws {
        let live = set.asIfLive(only: only)
        let lists = Dictionary(live.lists.map { ($0.name, $0.entries) }, uniquingKeysWith: +)
        let links = live.readsLinks || live.signals.contains { $0.kind == .link }
        let looking = Detectors(try Detectors.ofWords(live.signals, lists, links: links))
        self.init(set) { looking.detect(in: $0, media: []) }
    }
}

/// Names of rules on the command line.
enum RuleNames {
    /// The versions that the policies have; ends with exit status 65 when they do not have one of them.
    static func keys(_ names: [String], in set: PolicySet) throws -> [RuleKey] {
        var keys: [RuleKey] = []
        for name in names {
            let wanted = RuleKey(name)
            guard let rule = set.rules.first(where: { $0.reference.id == wanted?.rule ?? name }) else {
                let known = set.rules.map(\.reference.id).sorted().joined(separator: ", ")
                Terminal.complain(["there is no rule '\(name)' in these policies; they have \(known)"])
                throw ExitCode(65)  // EX_DATAERR
            }
            let key = RuleKey(rule.reference)
            if let wanted, !key.version.hasPrefix(wanted.version) {
                Terminal.complain(["these policies have \(key), not \(name)"])
                throw ExitCode(65)
            }
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }
}
