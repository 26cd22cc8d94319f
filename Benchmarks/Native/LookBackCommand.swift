// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser

/// The look-back: filling it with sightings and searching all of it.
struct LookBackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "look-back", abstract: "Measure the look-back: make, sweep, delete or verify a folder.")

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() async throws { try await LookBackBench.run(arguments) }
}
