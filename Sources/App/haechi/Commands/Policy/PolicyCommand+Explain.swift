// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Policies
import Signals
import Storage

extension PolicyCommand {
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says why rules decided what they decided, or what they would say of an event.",
            discussion: """
                With a decision's id: the stored explanation, and whether the same result comes out when the stored readings are evaluated
                again by the policies of today. Exit status 1 when another result comes out.

                With --event: what every rule says of an event in a file, those that do not fire as well. The file has the form of the API's
                events, and may have "signals" ({"copy": {"trust": "verified", "distance": 4}} or {"copy": {"unknown": "why"}}),
                "counters" ({"posters": 8}) and "labels" ({"actor": ["trusted"], "space": []}). Texts and links are looked at as
                a server would; signals of pictures and counters that the file does not name are unknown.
                """)

        @OptionGroup var options: SettingsOptions
        @Argument(help: "A decision's id, as the console and the ledger show it.") var decision: String?
        @Option(help: "A file with one event as JSON; - reads standard input.") var event: String?
        @Option(help: "Only this rule.") var rule: String?
        @Option(help: "The text for the person affected instead, in this language: en or ko.") var plain: Language?
        @Option(help: "Policy files or folders; without them those of policies.path.") var policies: [String] = []

        enum Language: String, ExpressibleByArgument, CaseIterable { case en, ko }

        func validate() throws {
            if (decision == nil) == (event == nil) { throw ValidationError("give a decision's id, or --event and a file") }
            if event != nil, plain != nil { throw ValidationError("--plain is for decisions") }
        }

        func run() async throws {
            let settings = try await options.settings()
            let set = try PolicyFiles.load(policies.isEmpty ? [settings.text("policies.path")] : policies)
            if let event {
                try explain(eventIn: event, set)
            } else if let decision {
                let store = try await Store.open(settings, access: .reader)
                let found = try await store.decision(DecisionID(decision))
                await store.close()
                guard let found else {
                    Terminal.complain(["there is no decision '\(decision)'"])
                    throw ExitCode(66)  // EX_NOINPUT
                }
                try explain(found, set)
            }
        }

        private func explain(_ decision: Decision, _ set: PolicySet) throws {
            if let language = plain.flatMap({ PlainExplanation.Language(rawValue: $0.rawValue) }) {
                return Terminal.say(PlainExplanation.text(decision, clauses: set.clauses, language))
            }
            let who = "decision \(decision.id) of \(decision.at.formatted(.iso8601)), by \(decision.by.label)"
            Terminal.say("\(who): \(decision.verdict.rawValue)\(decision.clause.map { ", clause \($0)" } ?? "")")
            if decision.explanations.isEmpty { Terminal.say("no rule had a part in it") }
            var isOther = false
            for explanation in decision.explanations where rule == nil || rule == explanation.rule.id {
                let replay = set.replay(explanation)
                if case .different = replay { isOther = true }
                Terminal.say("\n\(explanation.reviewerText)\nagain: \(replay)")
            }
            if isOther { throw ExitCode(1) }
        }

        private func explain(eventIn path: String, _ set: PolicySet) throws {
            let given: EventFile
            do {
                let data =
                    path == "-"
                    ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(filePath: path))
                given = try EventFile(data)
            } catch let error as EventFile.Problem {
                Terminal.complain(["\(path): \(error.message)"])
                throw ExitCode(65)  // EX_DATAERR
            } catch {
                Terminal.complain(["\(path): \(error.localizedDescription)"])
                throw ExitCode(66)
            }
            guard let event = PublicEvent(given.event, whileSpaceIs: .public) else {
                return Terminal.say("the space is not public: no rule looks at the event")
            }
            let lists = Dictionary(set.lists.map { ($0.name, $0.entries) }, uniquingKeysWith: +)
            let detectors = Detectors(try Detectors.ofWords(set.signals, lists))
            let noticed = detectors.detect(in: event, media: [])
            let signals = given.signals(for: set.signals) + noticed.filter { given.document.signals?[$0.name] == nil }
            let findings = set.explain(event, given: signals, state: given.state).filter { rule == nil || rule == $0.rule.id }
            if findings.isEmpty { Terminal.say("no rule looks at events of kind \(given.event.kind.rawValue)") }
            for (number, finding) in findings.enumerated() {
                let effects = finding.effects.map(\.kind.rawValue).joined(separator: ", ")
                Terminal.say(
                    (number > 0 ? "\n" : "") + "\(finding.explanation.reviewerText)\nstage: \(finding.stage.rawValue)"
                        + (effects.isEmpty ? "" : "\nwould: \(effects)"))
            }
        }
    }
}
