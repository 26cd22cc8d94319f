// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Signals

extension BankCommand {
    struct Imports: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists deliveries of fingerprints, newest first.")
        @OptionGroup var options: SettingsOptions
        @Flag(help: "Only those that wait for a person.") var waiting = false

        func run() async throws {
            let tools = try await BankTools.open(options)
            let states: Set<FingerprintImport.State> = waiting ? [.waiting] : Set(FingerprintImport.State.allCases)
            for one in try await tools.desk.imports(in: states, limit: 200) {
                Terminal.say(
                    [
                        one.id.rawValue, one.state.rawValue, one.bank, one.source, "\(one.count)", "by \(one.by)",
                        one.at.formatted(.iso8601), one.resolvedBy.map { "resolved by \($0)" } ?? "", one.reason,
                    ].joined(separator: "\t"))
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a waiting delivery count; by another person than the one who brought it.")
        @OptionGroup var options: SettingsOptions
        @Option(name: .customLong("as"), help: "Who approves, for the record.") var name: String
        @Argument(help: "The import's id, from 'haechi bank imports --waiting'.") var id: String

        func run() async throws {
            let tools = try await BankTools.open(options)
            let done = try await BankTools.explaining { try await tools.desk.approve(ImportID(id), by: name) }
            Terminal.say("import \(id) counts: \(done.count) records of '\(done.source)' in bank '\(done.bank)'")
        }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuses a waiting delivery; its fingerprints never count.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "The import's id.") var id: String
        @Option(help: "Why.") var reason: String

        func run() async throws {
            let tools = try await BankTools.open(options)
            _ = try await BankTools.explaining { try await tools.desk.refuse(ImportID(id), by: person.name, reason: reason) }
            Terminal.say("import \(id) is refused")
        }
    }

    struct Source: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a source of fingerprints, or changes what is given of an existing one; without changes, shows it.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "Its name.") var name: String
        @Option(help: "The most that its word counts for: claimed, probation or verified (default).") var ceiling: Trust?
        @Option(help: "Smallest share of judged matches that people must confirm, 0 to 1; 0 for none (default 0.9).") var floor:
            Double?
        @Option(help: "yes when its fingerprints may be passed on to others (default no).") var share: Answer?
        @Option(help: "active, demoted (verified counts as probation) or stopped.") var state: FingerprintSource.State?
        @Option(help: "Why it is in that state.") var reason: String?

        enum Answer: String, ExpressibleByArgument { case yes, no }

        func run() async throws {
            let tools = try await BankTools.open(options)
            let known = try await tools.desk.sources().first { $0.name == name }
            var source = known ?? FingerprintSource(name: name, addedAt: Date())
            source.ceiling = ceiling ?? source.ceiling
            if let floor { source.precisionFloor = floor == 0 ? nil : floor }
            source.mayShare = share.map { $0 == .yes } ?? source.mayShare
            source.state = state ?? source.state
            if state != nil || reason != nil { source.stateReason = reason ?? "" }
            if source != known { try await BankTools.explaining { try await tools.desk.put(source, by: person.name) } }
            Terminal.say(
                "source '\(name)': ceiling \(source.ceiling.rawValue), floor \(source.precisionFloor.map { "\($0)" } ?? "none"), "
                    + "\(source.mayShare ? "may" : "must not") be shared, \(source.state.rawValue)"
                    + (source.stateReason.isEmpty ? "" : " (\(source.stateReason))"))
        }
    }
}

extension FingerprintSource.State: ExpressibleByArgument {}
