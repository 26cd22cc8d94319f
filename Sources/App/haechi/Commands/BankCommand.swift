// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import Moderation
import PerceptualHashing
import Signals
import Storage

struct BankCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bank", abstract: "Lists of known hashes.", subcommands: [Add.self, Import.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds pictures to a bank: their SHA-256 and, when they have a good one, their PDQ hash.",
            discussion: "The pictures themselves are not kept. Files that cannot be decoded are named, and nothing is written.")

        @OptionGroup var options: SettingsOptions
        @OptionGroup var provenance: Provenance
        @Argument(help: "Picture files.") var files: [String]

        func run() async throws {
            let settings = try await options.settings()
            guard let worker = MediaWorkerPool.locate() else { throw ValidationError("haechi-media-worker is not beside haechi") }
            let decoder = MediaWorkerPool(executable: worker, options: .init(settings), logger: Logger(label: "haechi"))
            var fingerprints: [Fingerprint] = []
            var problems: [String] = []
            for file in files {
                guard let data = try? Data(contentsOf: URL(filePath: file)) else {
                    problems.append("\(file): cannot be read")
                    continue
                }
                do {
                    let facts = try await decoder.inspect([UInt8](data))
                    fingerprints.append(provenance.fingerprint(.sha256, Digest.sha256([UInt8](data))))
                    if facts.quality >= 50 { fingerprints.append(provenance.fingerprint(.pdq, facts.pdq)) }
                } catch {
                    problems.append("\(file): \(error.message)")
                }
            }
            await decoder.shutdown()
            guard problems.isEmpty else {
                Terminal.complain(problems)
                throw ExitCode(65)
            }
            try await provenance.put(fingerprints, settings: settings)
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds fingerprints to a bank from NDJSON, one {\"kind\":\"sha256|pdq\",\"value\":\"64 hex\"} a line.",
            discussion:
                "Every line is checked before anything is written. A running server takes the change over within two seconds.")

        @OptionGroup var options: SettingsOptions
        @OptionGroup var provenance: Provenance
        @Argument(help: "NDJSON file, or - for standard input.") var file: String

        func run() async throws {
            let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(filePath: file))
            try await provenance.put(try parse(data), settings: try await options.settings())
        }

        private struct Line: Decodable {
            var kind: String
            var value: String
        }

        private func parse(_ data: Data) throws -> [Fingerprint] {
            var problems: [String] = []
            var fingerprints: [Fingerprint] = []
            let decoder = JSONDecoder()
            for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            where !line.isEmpty {
                guard let parsed = try? decoder.decode(Line.self, from: line), let kind = Fingerprint.Kind(rawValue: parsed.kind),
                    let hash = try? PDQHash(hex: parsed.value.lowercased())
                else {
                    problems.append(
                        "\(file):\(index + 1): expected {\"kind\":\"sha256|pdq\",\"value\":\"64 hexadecimal digits\"}")
                    continue
                }
                fingerprints.append(provenance.fingerprint(kind, hash.hex))
            }
            guard problems.isEmpty else {
                Terminal.complain(Array(problems.prefix(20)) + (problems.count > 20 ? ["… and \(problems.count - 20) more"] : []))
                throw ExitCode(65)  // EX_DATAERR
            }
            return fingerprints
        }
    }

    /// Where fingerprints belong and come from.
    struct Provenance: ParsableArguments {
        @Option(help: "Bank to add to.") var bank: String
        @Option(help: "claimed, probation, verified, benign or retired.") var trust: Trust = .verified
        @Option(help: "Where they come from.") var source = "operator"

        func fingerprint(_ kind: Fingerprint.Kind, _ value: String) -> Fingerprint {
            Fingerprint(
                id: FingerprintID("\(bank):\(kind.rawValue):\(value)"), bank: bank, kind: kind, value: value, trust: trust,
                source: source,
                addedAt: Date())
        }

        func put(_ fingerprints: [Fingerprint], settings: Settings) async throws {
            let store = try await Store.open(settings, access: .tool)
            let entry = LedgerEntry(
                kind: "bank.imported", at: Date(), actor: "operator", subject: bank,
                facts: ["count": String(fingerprints.count), "trust": trust.rawValue, "source": source])
            let added = try await store.put(fingerprints, ledger: [entry])
            Terminal.say("\(added) new, \(fingerprints.count - added) known before, in bank '\(bank)'")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says how many fingerprints each bank has, by kind and trust.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .tool)
            let groups = Dictionary(grouping: try await store.fingerprints()) {
                "\($0.bank)\t\($0.kind.rawValue)\t\($0.trust.rawValue)"
            }
            for (name, entries) in groups.sorted(by: { $0.key < $1.key }) { Terminal.say("\(name)\t\(entries.count)") }
        }
    }
}

extension Trust: ExpressibleByArgument {}
