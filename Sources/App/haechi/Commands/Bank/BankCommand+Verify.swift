// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Signals
import Storage

extension BankCommand {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks that every fingerprint can be found by a search.",
            discussion: """
                Reads all banks, builds the index anew from them and looks each fingerprint up. Exit status 0 when all are found,
                1 when one is not, or when its spelling is wrong.
                """)

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let tools = try await BankTools.open(try await options.settings(), toLookUp: true)
            let banks = Dictionary(try await tools.desk.banks().map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
            var (checked, missing, key): (Int, Int, Int64) = (0, 0, 0)
            while case let page = try await tools.desk.fingerprints(bank: nil, kind: nil, after: key, limit: 5_000),
                let last = page.last
            {
                for one in page where counts(one, in: banks) {
                    checked += 1
                    let found = try? await tools.desk.lookUp(one.kind, one.value, banks: [one.bank], radius: 0, quality: nil)
                    guard found?.contains(where: { $0.key == one.key }) != true else { continue }
                    // The same hash found harmless in any bank hides it, which is right.
                    let same = try await tools.store.fingerprints(kind: one.kind, value: one.value)
                    guard !same.contains(where: { $0.trust == .benign }) else { continue }
                    missing += 1
                    Terminal.complain(["\(one.id) (\(one.kind.rawValue) in bank '\(one.bank)') is not found by its own value"])
                }
                key = last.key
            }
            Terminal.say("banks: \(checked) fingerprints looked up, \(missing) not found")
            if missing > 0 { throw ExitCode(1) }
        }

        /// Benign ones hide what is near, so neither they nor what they hide is looked up; expired and retired ones do not count.
        private func counts(_ one: Fingerprint, in banks: [String: Bank]) -> Bool {
            guard banks[one.bank] != nil, one.trust != .retired, one.trust != .benign else { return false }
            return one.expiresAt.map { $0 > Date() } ?? true
        }
    }
}
