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
            abstract: "Loads the models, asks each of them, and says how it went.",
            discussion: """
                Each gets a picture of grey steps or a line of text, nothing of anybody's. One line a model: name, version, on or off,
                precision, milliseconds and answer, or why not. It is asked twice, and the time is that of the second answer: loading and
                a first answer take longer. A model that is named is looked at whether or not models.enable names it, too.
                Exit status 1 when one that is looked at does not answer, 66 when there is none.
                  haechi model check
                  haechi model check embedding
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
            var more: [String: String] = [:]
            if let server { more["models.server_url"] = server }
            if let serverModels { more["models.server_models"] = serverModels }
            let asked = try await options.settings(more: more)
            let folder = try ModelCommand.filledFolder(asked)
            var entries = folder.entries.filter { !$0.manifest.isOptIn || asked.enabledModels.contains($0.manifest.name) }
            if !names.isEmpty { entries = try names.map { try ModelCommand.entry($0, in: folder, asked) } }
            let settings = asked.enabling(entries.flatMap { [$0.manifest.name] + ($0.headOf.map { [$0] } ?? []) })
            var failed = !folder.problems.isEmpty
            let there = await askServer(settings, folder, entries)
            Terminal.complain(["loading \(Terminal.some(entries.count, "model"))"])
            try await ModelCommand.withModels(settings, patience: .seconds(maxSeconds)) { parts, _ in
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
            do throws(Refusal) {
                _ = try await answer(of: entry, parts)
                let start = ContinuousClock.now
                let (precision, reply) = try await answer(of: entry, parts)
                let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
                var words = ["on", precision, "\(milliseconds) ms", reply]
                if case .success(let said) = there { words.append(said) }
                return (([manifest.name, manifest.version] + words).joined(separator: "\t"), true)
            } catch {
                return (line("off", error.message), false)
            }
        }

        private struct Refusal: Error { var message: String }

        /// What it computes in, and what it says.
        private func answer(
            of entry: ModelFolder.Entry, _ parts: ModelParts
        ) async throws(Refusal) -> (precision: String, words: String) {
            let manifest = entry.manifest
            let end = ContinuousClock.now + .seconds(maxSeconds)
            if let base = entry.headOf {
                let head = (try? String(contentsOfFile: entry.weights, encoding: .utf8)) ?? ""
                let detector = IntentDetector([], manifest: manifest, head: head, runner: parts.queue)
                switch await detector.probabilities(of: Self.text, until: end) {
                case .success(let classes):
                    return ("over \(base)", Self.scores(classes.map { ($0.output, $0.probability) }))
                case .failure(let problem): throw Refusal(message: problem.message)
                }
            }
            do throws(ModelError) {
                let output = try await parts.queue.run(manifest.name, on: Self.neutral(for: manifest), until: end)
                let state = parts.queue.states.first { $0.name == manifest.name }
                return (state?.precision ?? "", Self.describe(output, manifest))
            } catch {
                let state = parts.queue.states.first { $0.name == manifest.name }
                throw Refusal(message: state?.problem ?? error.message)
            }
        }

        private static let text = "Good morning, how was your day?"

        /// Steps of grey in the size that the model wants, or a line of text.
        private static func neutral(for manifest: ModelManifest) -> ModelInput {
            guard let wish = manifest.raster else { return .text(text) }
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
            case .scores(let values): scores(zip(manifest.recipe.outputs, values).filter { !$0.0.isEmpty })
            case .regions(let regions): Terminal.some(regions.count, "region")
            case .vector(let vector): "a vector of \(Terminal.some(vector.count, "number"))"
            case .text(let text): Terminal.some(text.count, "character")
            case .label(let label, let isSure): "\(label)\(isSure ? "" : " (unsure)")"
            }
        }

        private static func scores(_ scores: [(String, Double)]) -> String {
            scores.map { "\($0.0) \(String(format: "%.4f", $0.1))" }.joined(separator: " ")
        }
    }
}
