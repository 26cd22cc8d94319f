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

    /// The same for commands that are about all models: ends the program with words when there is none, or when settings name some that
    /// are not there.
    static func filledFolder(_ settings: Settings) throws -> ModelFolder {
        let folder = folder(settings)
        guard !folder.entries.isEmpty || !folder.problems.isEmpty else {
            let path = Paths.absolute(settings.text("models.path"))
            let what = FileManager.default.fileExists(atPath: path) ? "has no manifests (*.yaml)" : "is not there"
            Terminal.complain([
                "models.path: '\(path)' \(what); expected a folder with a YAML file for each model, such as the 'Models' that comes with "
                    + "Haechi: --set models.path=FOLDER"
            ])
            throw ExitCode(66)  // EX_NOINPUT
        }
        try check(settings, against: folder)
        return folder
    }

    /// Ends the program with words when settings name models that are not there.
    static func check(_ settings: Settings, against folder: ModelFolder) throws {
        do throws(SettingsError) { try ModelNames.check(settings, against: folder) } catch {
            Terminal.complain(error.problems)
            throw ExitCode(78)  // EX_CONFIG
        }
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
    ///
    /// - Parameter patience: what a model may take, once it is loaded.
    static func withModels(
        _ settings: Settings, patience: Duration = .seconds(60), _ work: (ModelParts, MediaWorkerPool) async throws -> Void
    ) async throws {
        let worker = try MediaCommand.worker()
        // Lost processes show in the answers; lines of a log would mix with them.
        let logger = Logger(label: "haechi") { _ in SwiftLogNoOpLogHandler() }
        let decoder = MediaWorkerPool(executable: worker, logger: logger)
        let parts: ModelParts
        do throws(SettingsError) {
            parts = try ModelParts(settings, decoder: decoder, patience: patience, logger: logger)
        } catch {
            await decoder.shutdown()
            Terminal.complain(error.problems)
            throw ExitCode(78)  // EX_CONFIG
        }
        do {
            // Loading is not what a model takes.
            await parts.waitUntilReady(until: .now + .seconds(180))
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
