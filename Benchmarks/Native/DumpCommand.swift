// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser

/// Writes the generated hashes and queries, so that other programs can be measured on the same ones.
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Write hashes and queries as rows of 32 bytes, bit 255 first.")

    @OptionGroup var data: DataOptions
    @Argument var hashesFile: String
    @Argument var queriesFile: String

    func run() throws {
        let hashes = try data.hashes()
        try HashSets.store(hashes, to: hashesFile)
        try HashSets.store(HashSets.queries(data.queries, of: hashes, seed: data.seed), to: queriesFile)
    }
}
