// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import Moderation
import Signals

/// What the banks know of a picture or a hash.
struct MatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match", abstract: "Says what the banks know of picture files or hashes.",
        discussion: """
            One line a match: the file or hash, distance, bank, trust, source, entry, and how the picture was turned.
            The exit status is 0 when something was found, 1 when nothing was.
            """)

    @OptionGroup var options: SettingsOptions
    @Option(help: "Only these banks, separated by commas.") var banks: String?
    @Option(help: "Largest distance, 0 to 63; at most each bank's radius.") var radius: Int?
    @Option(help: "pdq, sha256 or md5: what a hash of 64 digits is (default pdq).") var kind: Fingerprint.Kind?
    @Argument(help: "Picture files, or hashes in hexadecimal.") var subjects: [String]

    func run() async throws {
        let settings = try await options.settings()
        let tools = try await BankTools.open(settings, toLookUp: true)
        let names = banks?.split(separator: ",").map(String.init)
        var found = false
        for subject in subjects {
            var nearest: [Int64: (kind: Fingerprint.Kind, match: BankMatch)] = [:]
            for probe in try await probes(of: subject, settings) {
                let matches = try await BankTools.explaining {
                    try await tools.desk.lookUp(probe.kind, probe.value, banks: names, radius: radius, quality: nil)
                }
                for var match in matches where match.distance < nearest[match.key]?.match.distance ?? .max {
                    if let turn = probe.turn { match.variant = match.variant == "original" ? turn : "\(turn), \(match.variant)" }
                    nearest[match.key] = (probe.kind, match)
                }
            }
            for (kind, match) in nearest.values.sorted(by: {
                ($0.match.distance, $0.match.key) < ($1.match.distance, $1.match.key)
            }) {
                found = true
                Terminal.say(
                    [
                        subject, kind.rawValue, "distance \(match.distance)", match.bank, match.trust.rawValue, match.source,
                        "fp-\(match.key)", match.variant,
                    ].joined(separator: "\t"))
            }
        }
        if !found { throw ExitCode(1) }
    }

    private typealias Probe = (kind: Fingerprint.Kind, value: String, turn: String?)

    /// What to look for: a hash as it is, a file by its bytes and by its picture in all its turns.
    private func probes(of subject: String, _ settings: Settings) async throws -> [Probe] {
        let isHash = [32, 64].contains(subject.utf8.count) && subject.allSatisfy(\.isHexDigit)
        if isHash, !FileManager.default.fileExists(atPath: subject) {
            return [(kind ?? (subject.utf8.count == 32 ? .md5 : .pdq), subject.lowercased(), nil)]
        }
        guard let data = try? Data(contentsOf: URL(filePath: subject)) else {
            Terminal.complain(["\(subject): neither a file that can be read nor a hash of 32 or 64 hexadecimal digits"])
            throw ExitCode(66)  // EX_NOINPUT
        }
        guard let worker = MediaWorkerPool.locate() else { throw ValidationError("haechi-media-worker is not beside haechi") }
        let decoder = MediaWorkerPool(executable: worker, options: .init(settings), logger: Logger(label: "haechi"))
        let bytes = [UInt8](data)
        var probes: [Probe] = [(.sha256, Digest.sha256(bytes), nil)]
        do {
            let facts = try await decoder.inspect(bytes)
            if facts.quality >= Bank.usualQualityGate {
                probes.append((.pdq, facts.pdq, nil))
                let turns = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
                probes += zip(turns, facts.dihedrals).map { (.pdq, $1, $0) }
            }
        } catch {
            Terminal.complain(["\(subject): \(error.message); only its SHA-256 is looked up"])
        }
        await decoder.shutdown()
        return probes
    }
}
