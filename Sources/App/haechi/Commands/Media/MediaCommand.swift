// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import MediaDecoding

/// What looks into files: the sandbox, its parts, and what it says of a file.
struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media", abstract: "The processes that look into pictures and videos.",
        subcommands: [Doctor.self, Examine.self])

    /// The worker's executable; ends the command where there is none.
    static func worker() throws -> String {
        guard let worker = MediaWorkerPool.locate() else {
            throw ValidationError("haechi-media-worker is not beside haechi (or set HAECHI_MEDIA_WORKER)")
        }
        return worker
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
