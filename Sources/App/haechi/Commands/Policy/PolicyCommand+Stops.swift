// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Storage

extension PolicyCommand {
    struct Stops: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists versions that were stopped, by themselves or by a person; lifts one, or stops one.",
            discussion: """
                One line a stop: number, version, since when, cause, reason, and who lifted it. Where promotions need two people, lifting does too.
                  haechi policy stops
                  haechi policy stops --stop spam.wave --as hana --reason "removes greetings"
                  haechi policy stops --lift NUMBER --as bo --reason "it was a real wave"
                """)
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Option(help: "Stop this rule: RULE or RULE@VERSION.") var stop: String?
        @Option(help: "Lift the stop with this number.") var lift: String?

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                if let stop {
                    let key = try await tools.desk.key(stop)
                    try await tools.desk.stop(key, by: person.name, reason: person.reason)
                    Terminal.say("\(key) is stopped; a running server follows within seconds")
                } else if let lift {
                    try await tools.desk.lift(lift, by: person.name, reason: person.reason)
                    let holds = try await tools.store.ruleState().stops.contains { $0.id == lift }
                    Terminal.say(holds ? "asked; another person must lift it too" : "lifted")
                } else {
                    for stop in try await tools.store.stops(limit: 200) { Terminal.say(Self.line(stop)) }
                }
            }
        }

        private static func line(_ stop: RuleStop) -> String {
            let state =
                stop.liftedBy.map { "lifted by \($0): \(stop.liftReason ?? "")" }
                ?? stop.liftAskedBy.map { "holds; \($0) asked to lift it" } ?? "holds"
            return [
                stop.id, stop.key.description, stop.at.formatted(.iso8601), stop.cause.rawValue, stop.reason, state,
            ].joined(separator: "\t")
        }
    }

    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes back everything that a version of a rule did.",
            discussion: """
                The server that runs on this database does it, at the pace asked for, and goes on after any stop. What another rule wanted too
                stays. --preview says what would be taken back and what the platforms cannot take back, and does nothing.
                  haechi policy undo spam.wave@9f2c --preview
                  haechi policy undo spam.wave@9f2c --as hana --reason "removed greetings"
                  haechi policy undo            the undos there are, and how far they have come
                """)
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Flag(help: "Only say what would be done.") var preview = false
        @Option(help: "Decisions a minute.") var pace: Int?
        @Option(help: "Pause the undo with this number.") var pause: String?
        @Option(help: "Go on with the undo with this number.") var resume: String?
        @Argument(help: "RULE@VERSION; the beginning of a version is enough.") var version: String?

        func run() async throws {
            try await PolicyCommand.withRules(options) { tools in
                if let pause {
                    try await tools.desk.pauseUndo(pause, by: person.name)
                    Terminal.say("paused")
                } else if let resume {
                    try await tools.desk.resumeUndo(resume, by: person.name)
                    Terminal.say("goes on")
                } else if let version {
                    try await work(on: try await tools.desk.key(version), tools)
                } else {
                    for undo in try await tools.desk.undos(limit: 200) { Terminal.say(Self.line(undo)) }
                }
            }
        }

        private func work(on key: RuleKey, _ tools: RuleTools) async throws {
            if preview {
                let preview = try await tools.desk.previewUndo(of: key)
                Terminal.say("\(key)\tdecisions\t\(preview.decisions)")
                Terminal.say("shared with other rules\t\(preview.shared)")
                Terminal.say("taken back before\t\(preview.alreadyUndone)")
                for (name, counts) in [
                    ("can be taken back", preview.reversible), ("cannot be taken back", preview.irreversible),
                    ("wait, and will be cancelled", preview.waiting),
                ] {
                    for (effect, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                        Terminal.say("\(name)\t\(effect.rawValue)\t\(count)")
                    }
                }
            } else {
                let undo = try await tools.desk.startUndo(of: key, by: person.name, reason: person.reason, perMinute: pace)
                Terminal.say("undo \(undo.id): \(undo.total) decisions at \(undo.perMinute) a minute; the running server does it")
            }
        }

        private static func line(_ undo: RuleUndo) -> String {
            let lost = undo.irreversible.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return [
                undo.id, undo.key.description, undo.state.rawValue, "of \(undo.total)", "undone \(undo.undone)",
                "kept \(undo.kept)",
                "failed \(undo.failed)", lost.isEmpty ? "" : "cannot be taken back: \(lost)",
            ].joined(separator: "\t")
        }
    }
}
