// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation

/// The executable: one binary, a word for each thing it can do.
@main
struct Haechi: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "haechi",
        abstract: "Trust and safety for the public parts of chat services.",
        discussion: """
            Start here:
              haechi serve                        everything in one process: SQLite in ./var, console on http://127.0.0.1:8080/console
              haechi account create --name you    someone who may log in
              haechi config keys                  every setting, with its default and range
              haechi hash image FILE...           fingerprints of pictures
              haechi match FILE                   do the banks know this picture?
              haechi policy check Policies        are the policies right?
              haechi model check                  do the trained models run?
              haechi cel eval '1 + 1'             the language of the policies' conditions
              haechi ledger verify                has the record been tampered with?

            Settings come from flags (--set key=value), the environment (HAECHI_HTTP_PORT=…) and a YAML file (--config FILE), in this order.
            """,
        version: Version.text,
        subcommands: [
            Serve.self, ConfigCommand.self, AccountCommand.self, BankCommand.self, MatchCommand.self, HashCommand.self,
            LookBackCommand.self, MediaCommand.self, ModelCommand.self, PolicyCommand.self, LabelCommand.self, CELCommand.self,
            LedgerCommand.self, SimilarCommand.self,
        ])
}

enum Version {
    static let text = "0.1.0"
}

/// Where settings come from; the same for every command.
struct SettingsOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("YAML file with settings (default: $HAECHI_CONFIG, or none).", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One setting, may be repeated: --set http.port=9000.", valueName: "key=value"))
    var overrides: [String] = []

    @Option(name: .long, help: ArgumentHelp("The same as --set database.url=…", valueName: "url"))
    var database: String?

    func settings(more: [String: String] = [:]) async throws -> Settings {
        var flags = more
        for override in overrides {
            let parts = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--set \(override): expected key=value") }
            flags[parts[0]] = parts[1]
        }
        if let database { flags["database.url"] = database }
        let environment = ProcessInfo.processInfo.environment
        do {
            return try await Settings(file: config ?? environment["HAECHI_CONFIG"], environment: environment, flags: flags)
        } catch let error as SettingsError {
            Terminal.complain(error.problems)
            throw ExitCode(78)  // EX_CONFIG
        }
    }
}

/// Talking to the person at the terminal.
enum Terminal {
    /// `1 case`, `2 cases`.
    static func some(_ count: Int, _ one: String) -> String { "\(count) \(one)\(count == 1 ? "" : "s")" }

    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func complain(_ lines: [String]) {
        FileHandle.standardError.write(Data(lines.map { "haechi: \($0)\n" }.joined().utf8))
    }
}
