// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import Logging
import MediaDecoding
import Signals

/// Trained models: which there are, whether they run, and what they are worth here.
struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The trained models: what is there, whether it runs, what it is worth.",
        discussion: """
            Models are described by the files of models.path. None is needed: what is missing is off, and says so.
              haechi model list
              haechi model show nudity
              haechi model check                                    loads and asks every model once
              haechi model calibrate --model nudity --from-reviews --out report
            """, subcommands: [List.self, Show.self, Check.self, Calibrate.self, TrainIntent.self])

    /// The folder of the settings. What is wrong in it goes to standard error.
    static func folder(_ settings: Settings) -> ModelFolder {
        let folder = ModelFolder(
            reading: Paths.absolute(settings.text("models.path")), native: Paths.absolute(settings.text("models.native_path")))
        Terminal.complain(folder.problems.map(\.description) + folder.entries.flatMap(\.notes))
        return folder
    }

    /// A model of the folder, by its name or its file's; ends the program with words when there is none.
    static func entry(_ name: String, in folder: ModelFolder, _ settings: Settings) throws -> ModelFolder.Entry {
        let file = URL(filePath: name).lastPathComponent
        if let entry = folder[name] ?? folder.entries.first(where: { URL(filePath: $0.place).lastPathComponent == file }) {
            return entry
        }
        let names = folder.entries.map(\.manifest.name)
        let there = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
        Terminal.complain(["there is no model '\(name)' in \(settings.text("models.path")): \(there)"])
        throw ExitCode(66)  // EX_NOINPUT
    }

    /// The processes that look at files and ask models, for one command.
    static func withModels(
        _ settings: Settings, _ work: (ModelParts, MediaWorkerPool) async throws -> Void
    ) async throws {
        guard let worker = MediaWorkerPool.locate() else { throw ValidationError("haechi-media-worker is not beside haechi") }
        // Lost processes show in the answers; lines of a log would mix with them.
        let logger = Logger(label: "haechi") { _ in SwiftLogNoOpLogHandler() }
        let decoder = MediaWorkerPool(executable: worker, logger: logger)
        let parts = ModelParts(settings, decoder: decoder, logger: logger)
        do {
            try await work(parts, decoder)
        } catch {
            await parts.shutdown()
            await decoder.shutdown()
            throw error
        }
        await parts.shutdown()
        await decoder.shutdown()
    }
}
