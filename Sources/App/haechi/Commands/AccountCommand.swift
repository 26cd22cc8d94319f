// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Casework
import Foundation
import HaechiServer
import Moderation
import Storage

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Who may use the console.", subcommands: [Create.self, List.self, Disable.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an account, or gives an existing one a new password.",
            discussion:
                "The password is read from --password-file, or from the first line of standard input. At least 12 characters.")

        @OptionGroup var options: SettingsOptions
        @Option(help: "Name to log in with: letters, digits, '.', '-', '_'.") var name: String
        @Flag(help: "May also manage accounts and banks.") var admin = false
        @Option(help: ArgumentHelp("File whose first line is the password.", valueName: "file")) var passwordFile: String?

        func run() async throws {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Self.isNameByte) else {
                throw ValidationError("--name '\(name)': expected 1 to 64 letters, digits, '.', '-' or '_'")
            }
            let password = try readPassword()
            guard password.count >= 12 else {
                throw ValidationError("the password is too short: expected at least 12 characters")
            }
            let store = try await Store.open(try await options.settings(), access: .tool)
            let now = Date()
            let account = ModeratorAccount(
                id: AccountID(name), role: admin ? .admin : .moderator, passwordHash: try await PasswordHasher().hash(password),
                createdAt: now)
            try await store.putAccount(
                account,
                ledger: LedgerEntry(
                    kind: "account.created", at: now, actor: "operator", subject: name, facts: ["role": account.role.rawValue]))
            Terminal.say("account '\(name)' may log in as \(account.role.rawValue)")
        }

        private func readPassword() throws -> String {
            guard let passwordFile else {
                FileHandle.standardError.write(Data("Password: ".utf8))
                return readLine(strippingNewline: true) ?? ""
            }
            guard let text = try? String(contentsOfFile: passwordFile, encoding: .utf8) else {
                throw ValidationError("--password-file \(passwordFile): cannot be read")
            }
            return String(text.split(separator: "\n", omittingEmptySubsequences: false).first ?? "")
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the accounts.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .tool)
            for account in try await store.accounts() {
                Terminal.say("\(account.id)\t\(account.role.rawValue)\t\(account.disabledAt == nil ? "active" : "disabled")")
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes the right to log in away; the account's history stays.")
        @OptionGroup var options: SettingsOptions
        @Option(help: "Name of the account.") var name: String

        func run() async throws {
            let store = try await Store.open(try await options.settings(), access: .tool)
            guard var account = try await store.account(AccountID(name)) else {
                throw ValidationError("there is no account '\(name)'")
            }
            account.disabledAt = Date()
            try await store.putAccount(
                account, ledger: LedgerEntry(kind: "account.disabled", at: Date(), actor: "operator", subject: name))
            Terminal.say("account '\(name)' is disabled")
        }
    }
}
