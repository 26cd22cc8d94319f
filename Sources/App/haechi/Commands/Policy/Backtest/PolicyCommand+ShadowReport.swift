// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Storage

extension PolicyCommand {
    struct ShadowReport: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what a rule said while it ran as shadow or canary; nothing is replayed.",
            discussion: """
                Counts the findings that were recorded with each event: what really happened, with the signals and counters of then. It
                needs history.days, as `policy backtest` does, and tells of the time in which the rule ran as shadow or canary.
                  haechi policy shadow-report spam.wave
                  haechi policy shadow-report spam.wave@9f2c --from 2026-11-01 --json
                Exit status 66 when there is no history.
                """)

        @OptionGroup var options: SettingsOptions
        @OptionGroup var times: PeriodOptions
        @Flag(help: "Canonical JSON instead of text.") var json = false
        @Argument(help: "RULE for all its versions, or RULE@VERSION; the beginning of a version is enough.") var rule: String

        func run() async throws {
            let settings = try await options.settings()
            let store = try await Store.open(settings, access: .reader)
            let (name, version) = try await found(in: store)
            var report = Policies.ShadowReport(
                policies(settings), only: [name], version: version, stop: StopTerms(settings))
            let reader = HistoryReader(
                store: store, period: times.period, days: settings.number("history.days"))
            try await reader.read { report.take($0, judged: $1) }
            await store.close()
            let outcome = report.finish()
            FileHandle.standardOutput.write(json ? Data(outcome.json) : Data(outcome.text.utf8))
        }

        /// The rule, and the whole name of its version when one is named.
        private func found(in store: Store) async throws -> (rule: String, version: String?) {
            let known = try await store.ruleState().versions.keys
            let wanted = RuleKey(rule)
            let name = wanted?.rule ?? rule
            let versions = known.filter { $0.rule == name && $0.version.hasPrefix(wanted?.version ?? "") }
            guard !versions.isEmpty, wanted == nil || versions.count == 1 else {
                Terminal.complain([
                    versions.isEmpty
                        ? "no server has had a rule '\(rule)' on this database"
                        : "'\(rule)' may be \(versions.map(\.description).sorted().joined(separator: " or "))"
                ])
                throw ExitCode(65)  // EX_DATAERR
            }
            return (name, wanted == nil ? nil : versions.first?.version)
        }

        /// For the kinds of events that the rule looks at; without readable policies all events count.
        private func policies(_ settings: Settings) -> PolicySet? {
            guard let files = try? PolicyFiles.read([settings.text("policies.path")]) else { return nil }
            return try? PolicyFiles.compile(files)
        }
    }
}
