// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser

/// Measures what Haechi computes itself, in processor time. One subcommand a file.
@main
struct HaechiBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "haechi-bench",
        abstract: "Measure hashing, search and conditions on this machine, in processor time of one core.",
        subcommands: [
            SearchCommand.self, ScanCommand.self, LiveCommand.self, DumpCommand.self, PixelsCommand.self,
            LookBackCommand.self, RulesCommand.self, CELCommand.self, TextCommand.self,
            BacktestCommand.self, RegexCommand.self, ModelsCommand.self, LookAlikeCommand.self,
        ])
}
