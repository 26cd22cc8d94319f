// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Signals
import Storage

struct BankCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bank", abstract: "Lists of known hashes.",
        subcommands: [
            List.self, Show.self, Create.self, Add.self, Import.self, Export.self, Stats.self, Verify.self, Imports.self,
            Approve.self,
            Refuse.self, Source.self, Retire.self,
        ])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says how many fingerprints each bank has, by kind and trust.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let tools = try await BankTools.open(options)
            let counts = Dictionary(grouping: try await tools.desk.counts(), by: \.bank)
            for bank in try await tools.desk.banks().sorted(by: { $0.name < $1.name }) {
                Terminal.say(
                    "\(bank.name)\tradius \(bank.radius)\tquality \(bank.qualityGate)+\tshare \(bank.share)\t\(bank.note)")
                for count in (counts[bank.name] ?? []).sorted(by: {
                    ($0.kind.rawValue, $0.trust.rawValue) < ($1.kind.rawValue, $1.trust.rawValue)
                }) {
                    Terminal.say("\(bank.name)\t\(count.kind.rawValue)\t\(count.trust.rawValue)\t\(count.count)")
                }
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a bank, or changes what is given of an existing one.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "Name: letters, digits, - and _.") var name: String
        @Option(help: "Largest Hamming distance that counts, 0 to 63 (default 31).") var radius: Int?
        @Option(help: "PDQ hashes of lower quality are not taken in, 0 to 100 (default 50).") var quality: Int?
        @Option(help: "Share of look-ups that it answers, 0 to 1 (default 1).") var share: Double?
        @Option(help: "What it is for.") var note: String?

        func run() async throws {
            let tools = try await BankTools.open(options)
            let known = try await tools.desk.banks().first { $0.name == name }
            var bank = known ?? Bank(name: name, addedAt: Date())
            bank.radius = radius ?? bank.radius
            bank.qualityGate = quality ?? bank.qualityGate
            bank.share = share ?? bank.share
            bank.note = note ?? bank.note
            try await BankTools.explaining {
                if known == nil {
                    try await tools.desk.create(bank, by: person.name)
                } else {
                    try await tools.desk.change(bank, by: person.name)
                }
            }
            Terminal.say(
                "bank '\(name)' \(known == nil ? "made" : "changed"): radius \(bank.radius), quality \(bank.qualityGate)+, share \(bank.share)"
            )
        }
    }

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says how the matches of each source turned out.",
            discussion: "One line a source and bank: fingerprints, matches, confirmed, overturned, share confirmed.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let tools = try await BankTools.open(options)
            let sources = Dictionary(try await tools.desk.sources().map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
            Terminal.say("source\tbank\tfingerprints\tmatches\tconfirmed\toverturned\tprecision\tstate")
            for row in try await tools.desk.statistics().sorted(by: { ($0.source, $0.bank) < ($1.source, $1.bank) }) {
                let judged = row.confirmations + row.overturns
                let precision = judged == 0 ? "-" : String(format: "%.3f", Double(row.confirmations) / Double(judged))
                let source = sources[row.source]
                Terminal.say(
                    [
                        row.source, row.bank, "\(row.fingerprints)", "\(row.matches)", "\(row.confirmations)", "\(row.overturns)",
                        precision, [source?.state.rawValue, source?.stateReason].compactMap(\.self).joined(separator: ": "),
                    ].joined(separator: "\t"))
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a fingerprint out of matching; its history stays.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @Argument(help: "Its id, such as fp-17.") var id: String
        @Option(help: "Why.") var reason: String

        func run() async throws {
            guard let key = Fingerprint.key(of: FingerprintID(id)) else {
                throw ValidationError("'\(id)': expected an id such as fp-17")
            }
            let tools = try await BankTools.open(options)
            try await BankTools.explaining { try await tools.desk.retire(key, by: person.name, reason: reason) }
            Terminal.say("\(id) is retired")
        }
    }
}

/// Who does it, for the record.
struct Person: ParsableArguments {
    @Option(name: .customLong("as"), help: "Who does this, for the record; two people must have two names.") var name = "operator"
}

extension Trust: ExpressibleByArgument {}
extension Fingerprint.Kind: ExpressibleByArgument {}
