// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Records
import Storage

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The record of what was done.", subcommands: [Verify.self, Head.self, Show.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks every link of the chain.",
            discussion:
                "Exit status 0 when the chain is whole, 1 when an entry was changed, removed or added. May run beside a server.")

        @OptionGroup var options: SettingsOptions
        @Option(help: ArgumentHelp("A head noted earlier; the chain must contain it.", valueName: "sequence:hash")) var head:
            String?

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .reader)
            if let noted = try notedHead(), noted.sequence > 0,
                try await store.links(after: noted.sequence - 1, limit: 1).first?.hash != noted.hash
            {
                try fail("the chain does not contain the noted head")
            }
            switch try await store.verifyLedger() {
            case .intact(let entries, let hash): Terminal.say("ledger: \(entries) entries, all linked; head \(entries):\(hash)")
            case .broken(let number):
                try fail(
                    "entry \(number) does not follow from the one before it: it, or one before, was changed, removed or added")
            case .wrongEnd(let end, let head):
                try fail("the chain ends at entry \(end), but its head says \(head): entries were cut off or added")
            }
        }

        private func fail(_ why: String) throws -> Never {
            Terminal.complain(["ledger: BROKEN: \(why)"])
            throw ExitCode(1)
        }

        private func notedHead() throws -> (sequence: Int64, hash: String)? {
            guard let head else { return nil }
            let parts = head.split(separator: ":")
            guard parts.count == 2, let sequence = Int64(parts[0]) else {
                throw ValidationError("--head: expected SEQUENCE:HASH")
            }
            return (sequence, String(parts[1]))
        }
    }

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the last link, to be kept somewhere else.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .reader)
            let head = try await store.head()
            Terminal.say(head.map { "\($0.sequence):\($0.hash)" } ?? "0:empty")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints entries as they are in the chain, one a line.")
        @OptionGroup var options: SettingsOptions
        @Option(help: "Only entries after this number.") var after: Int64 = 0

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .reader)
            var last = after
            while case let links = try await store.links(after: last, limit: 1_000), let end = links.last {
                for link in links { Terminal.say("\(link.sequence)\t\(link.hash.prefix(16))\t\(link.canonical)") }
                last = end.sequence
            }
        }
    }
}
