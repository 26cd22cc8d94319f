// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import Signals

extension ModelCommand {
    /// Learns the head of `intent` from texts.
    struct TrainIntent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train-intent", abstract: "Learns from texts what intent tells apart, and says how well it does.",
            discussion: """
                The texts are one file a language, LANGUAGE.tsv: class, family and text, separated by tabs. A family is one idea in all
                its wordings and languages; how well the head does is measured on families that it has not seen. The same texts and
                weights give the same head. It takes a minute in a release build, much longer in a debug build.
                  haechi model train-intent --out Models/intent/head.txt --report report.md
                """)
        @OptionGroup var options: SettingsOptions
        @Option(help: "The folder of the texts.") var texts = "Models/intent"
        @Option(help: "Where the head is written.") var out = "Models/intent/head.txt"
        @Option(help: "Where the tables are written (default: shown).") var report: String?

        private static let outputs = [
            IntentTrial.ordinary, "solicits-deepfake", "sextortion-threat", "trades-leaks", IntentTrial.victims,
        ]
        /// A text is some tens of milliseconds.
        private static let patience = Duration.seconds(60)

        func run() async throws {
            let settings = try await options.settings()
            let sentence = try ModelCommand.entry(IntentDetector.sentence, in: ModelCommand.folder(settings), settings).manifest
            let (texts, bytes) = try read()
            var examples = texts
            try await ModelCommand.withModels(settings) { parts, _ in
                for index in examples.indices {
                    examples[index].vector = try await vector(of: examples[index].text, parts)
                    if (index + 1) % 100 == 0 { Terminal.complain(["\(index + 1) of \(examples.count) texts read"]) }
                }
            }
            let training = IntentTraining(outputs: Self.outputs)
            let trial = IntentTrial(outputs: Self.outputs, examples: examples, probabilities: training.heldOut(examples))
            let (rows, biases) = training.learn(examples)
            let head = IntentHead(
                sentenceVersion: sentence.version, weightsSHA256: sentence.sha256, dataSHA256: Digest.sha256(bytes),
                outputs: Self.outputs, biases: biases, rows: rows)
            try head.text.write(toFile: out, atomically: true, encoding: .utf8)
            let points = trial.points()
            if let report {
                try trial.report(points).write(toFile: report, atomically: true, encoding: .utf8)
            } else {
                Terminal.say(trial.report(points))
            }
            Terminal.say("For intent.yaml:\nsha256: \(Digest.sha256(Array(head.text.utf8)))\noperating_points:")
            for point in points {
                Terminal.say("  - { name: \(point.output), output: \(point.output), at_least: \(point.atLeast) }")
            }
        }

        /// The examples of all files by name, and the bytes that they were read from.
        private func read() throws -> ([IntentExample], [UInt8]) {
            var examples: [IntentExample] = []
            var bytes: [UInt8] = []
            let names = try FileManager.default.contentsOfDirectory(atPath: texts).filter { $0.hasSuffix(".tsv") }.sorted()
            for name in names {
                let data = try Data(contentsOf: URL(filePath: texts).appending(path: name))
                bytes += data
                do throws(IntentHeadProblem) {
                    examples += try IntentExample.read(String(decoding: data, as: UTF8.self), language: String(name.dropLast(4)))
                } catch {
                    Terminal.complain(["\(texts)/\(name): \(error.message)"])
                    throw ExitCode(65)  // EX_DATAERR
                }
            }
            if let stranger = examples.first(where: { !Self.outputs.contains($0.output) }) {
                Terminal.complain(["there is no class '\(stranger.output)': \(Self.outputs.joined(separator: ", "))"])
                throw ExitCode(65)  // EX_DATAERR
            }
            guard !examples.isEmpty else {
                Terminal.complain(["\(texts) has no texts: files such as en.tsv are needed"])
                throw ExitCode(66)  // EX_NOINPUT
            }
            return (examples, bytes)
        }

        private func vector(of text: String, _ parts: ModelParts) async throws -> [Float] {
            do throws(ModelError) {
                let output = try await parts.queue.run(IntentDetector.sentence, on: .text(text), until: .now + Self.patience)
                if case .vector(let vector) = output { return vector }
                throw ModelError.refused("no vector")
            } catch {
                Terminal.complain(["the model '\(IntentDetector.sentence)' gives no vectors: \(error.message)"])
                throw ExitCode(69)  // EX_UNAVAILABLE
            }
        }
    }
}
