// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Signals

extension BankCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a fingerprint and all that was ever said of it, with the time and by whom.")

        @OptionGroup var options: SettingsOptions
        @Argument(help: "Its id, such as fp-17.") var id: String

        func run() async throws {
            guard let key = Fingerprint.key(of: FingerprintID(id)) else {
                throw ValidationError("'\(id)': expected an id such as fp-17")
            }
            let tools = try await BankTools.open(options)
            guard let one = try await tools.desk.fingerprint(key) else {
                Terminal.complain(["there is no fingerprint \(id)"])
                throw ExitCode(65)  // EX_DATAERR
            }
            Terminal.say(
                [id, one.bank, one.kind.rawValue, one.value, one.trust.rawValue, "since \(one.addedAt.formatted(.iso8601))"]
                    .joined(separator: "\t"))
            for word in try await tools.desk.provenance(of: key) { Terminal.say(line(of: word)) }
        }

        private func line(of word: Provenance) -> String {
            var parts = [
                word.addedAt.formatted(.iso8601), word.source, word.trust.rawValue, word.reference,
                word.tags.joined(separator: ","), "by \(word.addedBy)", "import \(word.importID)",
            ]
            if let endedAt = word.endedAt { parts.append("ended \(endedAt.formatted(.iso8601)): \(word.endedBecause)") }
            return parts.joined(separator: "\t")
        }
    }
}
