// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import Logging
import ModelInputs
import Signals

extension ModelCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads the models, asks each of them once, and says how it went.",
            discussion: """
                Each gets a picture of grey steps or a line of text, nothing of anybody's. One line a model: name, version, on or off,
                precision and milliseconds, or why not. Exit status 1 when one that is looked at does not answer.
                  haechi model check
                  haechi model check nudity --server http://127.0.0.1:8080 --server-models nudity=open_nsfw
                """)
        @OptionGroup var options: SettingsOptions
        @Option(help: ArgumentHelp("The same as --set models.server_url=…", valueName: "url")) var server: String?
        @Option(help: ArgumentHelp("The same as --set models.server_models=…", valueName: "ours=theirs,…")) var serverModels:
            String?
        @Option(help: ArgumentHelp("A model that takes longer does not answer.", valueName: "seconds")) var maxSeconds = 120
        @Argument(help: "Models to look at (default: all that are not left for the operator to enable).") var names: [String] = []

        func validate() throws {
            guard (1...3_600).contains(maxSeconds) else { throw ValidationError("--max-seconds is 1 to 3600") }
        }

        func run() async throws {
            var more = ["models.deadline_ms": "\(min(60_000, maxSeconds * 1_000))"]
            if let server { more["models.server_url"] = server }
            if let serverModels { more["models.server_models"] = serverModels }
            if !names.isEmpty { more["models.enable"] = names.joined(separator: ",") }
            let settings = try await options.settings(more: more)
            let folder = ModelCommand.folder(settings)
            var entries = folder.entries.filter { !$0.manifest.isOptIn || settings.enabledModels.contains($0.manifest.name) }
            if !names.isEmpty { entries = try names.map { try ModelCommand.entry($0, in: folder, settings) } }
            var failed = !folder.problems.isEmpty
            let there = await askServer(settings, folder, entries)
            try await ModelCommand.withModels(settings) { parts, _ in
                for entry in entries {
                    let (line, isRight) = await look(at: entry, parts, there[entry.manifest.name])
                    Terminal.say(line)
                    if !isRight { failed = true }
                }
            }
            if failed { throw ExitCode(1) }
        }

        /// What the server says of those models that it is to answer.
        private func askServer(
            _ settings: Settings, _ folder: ModelFolder, _ entries: [ModelFolder.Entry]
        ) async -> [String: Result<String, ModelError>] {
            guard var server = OpenInferenceOptions(settings) else { return [:] }
            if let warning = server.warning { Terminal.complain([warning]) }
            let wanted = Set(entries.map(\.manifest.name))
            for name in server.models.keys where folder[name] == nil {
                Terminal.complain(["models.server_models names '\(name)', of which there is no manifest"])
            }
            server.models = server.models.filter { wanted.contains($0.key) }
            let runner = OpenInferenceRunner(
                options: server, manifests: folder.manifests, logger: Logger(label: "haechi") { _ in SwiftLogNoOpLogHandler() }
            ) { (_, _, _) async throws(ModelError) in throw .refused("only looked at") }
            return await runner.check(until: .now + .seconds(maxSeconds))
        }

        private func look(
            at entry: ModelFolder.Entry, _ parts: ModelParts, _ there: Result<String, ModelError>?
        ) async -> (line: String, isRight: Bool) {
            let manifest = entry.manifest
            func line(_ words: String...) -> String { ([manifest.name, manifest.version] + words).joined(separator: "\t") }
            if case .failure(let error) = there { return (line("off", error.message), false) }
            if there == nil, let problem = entry.problem { return (line("off", problem), false) }
            if let base = entry.headOf { return (line("on", "over \(base)"), true) }
            let start = ContinuousClock.now
            do throws(ModelError) {
                let output = try await parts.queue.run(
                    manifest.name, on: Self.neutral(for: manifest), until: .now + .seconds(maxSeconds))
                let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
                let state = parts.queue.states.first { $0.name == manifest.name }
                var words = ["on", state?.precision ?? "", "\(milliseconds) ms", Self.describe(output, manifest)]
                if case .success(let said) = there { words.append(said) }
                return (([manifest.name, manifest.version] + words).joined(separator: "\t"), true)
            } catch {
                let state = parts.queue.states.first { $0.name == manifest.name }
                return (line("off", state?.problem ?? error.message), false)
            }
        }

        /// Steps of grey in the size that the model wants, or a line of text.
        private static func neutral(for manifest: ModelManifest) -> ModelInput {
            guard let wish = manifest.raster else { return .text("Good morning, how was your day?") }
            let (width, height, channels) =
                switch wish {
                case .stretch(let width, let height): (width, height, 3)
                case .fit(let longest): (longest, longest, 3)
                case .grey(let longest): (longest, max(8, longest / 4), 1)
                }
            let row = (0..<width * channels).map { UInt8(truncatingIfNeeded: 32 + 191 * ($0 / channels * 8 / width) / 7) }
            return .raster(
                Raster(
                    wish: wish, width: width, height: height, channels: channels,
                    pixels: Array((0..<height).map { _ in row }.joined())))
        }

        private static func describe(_ output: ModelOutput, _ manifest: ModelManifest) -> String {
            switch output {
            case .scores(let scores):
                zip(manifest.recipe.outputs, scores).filter { !$0.0.isEmpty }.map { "\($0.0) \(Self.short($0.1))" }
                    .joined(separator: " ")
            case .regions(let regions): "\(regions.count) regions"
            case .vector(let vector): "a vector of \(vector.count)"
            case .text(let text): "\(text.count) characters"
            case .label(let label, let isSure): "\(label)\(isSure ? "" : " (unsure)")"
            }
        }

        private static func short(_ number: Double) -> String { String(format: "%.4f", number) }
    }
}
