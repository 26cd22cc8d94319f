// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check and explain settings.", subcommands: [Check.self, Keys.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads all settings and says what is wrong, or where each value comes from.",
            discussion: "Exit status 0 when everything is right, 78 when something is not.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.settings()
            for setting in Setting.all {
                guard let value = settings[setting.key] else { continue }
                let shown = if case .secret = setting.kind { "(secret)" } else { Self.withoutPassword(value) }
                Terminal.say("\(setting.key) = \(shown)    # \(settings.origins[setting.key] ?? "default")")
            }
        }

        /// A database URL may carry a password; it is not for screens.
        private static func withoutPassword(_ value: String) -> String {
            guard var url = URLComponents(string: value), url.password != nil else { return value }
            url.password = "…"
            return url.string?.removingPercentEncoding ?? "(not shown)"
        }
    }

    struct Keys: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists every key with meaning, range, default and environment variable.")

        @Flag(help: "As a Markdown table, as in docs/configuration.md.")
        var markdown = false

        func run() {
            Terminal.say(markdown ? Setting.markdownTable : Setting.all.map(\.helpText).joined(separator: "\n\n"))
        }
    }
}

extension Setting {
    fileprivate var helpText: String {
        """
        \(key)    (\(environmentName))
            \(meaning)
            \(expectation.prefix(1).uppercased() + expectation.dropFirst()); default: \(standard ?? "not set")
        """
    }

    static var markdownTable: String {
        let rows = all.map { setting in
            "| `\(setting.key)` | \(setting.meaning) | \(setting.expectation) | \(setting.standard.map { "`\($0)`" } ?? "not set") |"
        }
        return (["| key | meaning | value | default |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }
}
