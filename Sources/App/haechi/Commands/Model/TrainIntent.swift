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
        /// For one text, which takes some tens of milliseconds on a machine that has nothing else to do.
        private static let patience = Duration.seconds(10)

        func run() async throws {
            let settings = try await options.settings()
            let folder = ModelCommand.folder(settings)
            let sentence = try ModelCommand.entry(IntentDetector.sentence, in: folder, settings).manifest
            let (texts, bytes) = try read()
            // A minute of work must not end at a folder that is not there.
            for path in [out] + (report.map { [$0] } ?? []) { try Self.checkPlace(of: path) }
            var examples = texts
            Terminal.complain(["loading the model '\(IntentDetector.sentence)'"])
            try await ModelCommand.withModels(settings, patience: Self.patience) { parts, _ in
                for index in examples.indices {
                    examples[index].vector = try await vector(of: examples[index].text, parts)
                    if (index + 1) % 100 == 0 { Terminal.complain(["\(index + 1) of \(examples.count) texts read"]) }
                }
            }
            Terminal.complain(["learning"])
            let training = IntentTraining(outputs: Self.outputs)
            let trial = IntentTrial(outputs: Self.outputs, examples: examples, probabilities: training.heldOut(examples))
            let (rows, biases) = training.learn(examples)
            let head = IntentHead(
                sentenceVersion: sentence.version, weightsSHA256: sentence.sha256, dataSHA256: Digest.sha256(bytes),
                outputs: Self.outputs, biases: biases, rows: rows)
            try Self.write(head.text, to: out)
            let points = trial.points()
            if let report {
                try Self.write(trial.report(points), to: report)
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
            let expected = "expected a folder with a file for each language, such as en.tsv"
            guard let all = try? FileManager.default.contentsOfDirectory(atPath: texts) else {
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(atPath: texts, isDirectory: &isFolder)
                let what = !isThere ? "is not there" : isFolder.boolValue ? "cannot be read" : "is no folder"
                throw Self.failure("--texts \(texts): \(what); \(expected)", 66)  // EX_NOINPUT
            }
            var examples: [IntentExample] = []
            var bytes: [UInt8] = []
            for name in all.filter({ $0.hasSuffix(".tsv") }).sorted() {
                let path = "\(texts)/\(name)"
                guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self)
                else {
                    throw Self.failure("\(path): cannot be read as UTF-8 text", 66)
                }
                bytes += data
                do throws(IntentTextProblem) {
                    examples += try IntentExample.read(text, language: String(name.dropLast(4)), outputs: Self.outputs)
                } catch {
                    throw Self.failure("\(path):\(error.line): \(error.message)", 65)  // EX_DATAERR
                }
            }
            guard !examples.isEmpty else { throw Self.failure("--texts \(texts): it has no texts; \(expected)", 66) }
            return (examples, bytes)
        }

        private static func checkPlace(of path: String) throws {
            let folder = URL(filePath: path).deletingLastPathComponent().path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
                throw failure("\(path): is a folder; expected the name of a file to write", 73)  // EX_CANTCREAT
            }
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw failure("\(path): cannot be written; expected a folder \(folder) that may be written to", 73)
            }
        }

        private static func write(_ text: String, to path: String) throws {
            do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
                throw failure("\(path): cannot be written: \(error.localizedDescription)", 73)
            }
        }

        private static func failure(_ words: String, _ status: Int32) -> ExitCode {
            Terminal.complain([words])
            return ExitCode(status)
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
