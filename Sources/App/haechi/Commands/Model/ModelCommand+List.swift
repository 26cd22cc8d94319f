// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import ModelInputs
import Moderation
import Signals

extension ModelCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the models: name, version, where it runs or why not, what it is worth.",
            discussion: """
                Reads the manifests and checks the files; loads nothing. Exit status 1 when a manifest is wrong, 66 when there is none.
                """)
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.settings()
            let folder = try ModelCommand.filledFolder(settings)
            for entry in folder.entries {
                let manifest = entry.manifest
                Terminal.say(
                    [manifest.name, manifest.version, ModelCommand.place(of: entry, settings), ModelCommand.worth(of: manifest)]
                        .joined(separator: "\t"))
            }
            if !folder.problems.isEmpty { throw ExitCode(1) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what a model is, how it is asked, and what was measured of it.")
        @OptionGroup var options: SettingsOptions
        @Argument(help: "The model's name.") var name: String

        func run() async throws {
            let settings = try await options.settings()
            let entry = try ModelCommand.entry(name, in: ModelCommand.folder(settings), settings)
            for (title, text) in ModelCommand.facts(of: entry, settings) where !text.isEmpty { Terminal.say("\(title): \(text)") }
        }
    }

    /// Where it runs, or why it does not.
    fileprivate static func place(of entry: ModelFolder.Entry, _ settings: Settings) -> String {
        let manifest = entry.manifest
        if settings["models.server_url"] != nil, let theirs = settings.serverModels[manifest.name] {
            return "on the model server, as \(theirs)"
        }
        if let problem = entry.problem { return "off: \(problem)" }
        if manifest.isOptIn, !settings.enabledModels.contains(manifest.name) {
            return "off: it runs only on wish (models.enable)"
        }
        if let base = entry.headOf { return "here, over \(base)" }
        return settings.number("models.workers") > 0 ? "here" : "off: models.workers is 0"
    }

    fileprivate static func worth(of manifest: ModelManifest) -> String {
        guard let calibration = manifest.calibration else { return "not calibrated here" }
        return "calibrated on \(calibration.cases) cases of \(calibration.day)"
    }

    fileprivate static func facts(of entry: ModelFolder.Entry, _ settings: Settings) -> [(String, String)] {
        let manifest = entry.manifest
        var facts = [
            ("model", "\(manifest.name) \(manifest.version)"), ("manifest", entry.place),
            ("runs", place(of: entry, settings)), ("file", entry.weights.isEmpty ? manifest.file : entry.weights),
            ("sha256", manifest.sha256), ("licence", manifest.licence), ("source", manifest.source),
            ("looks at", manifest.input == .face ? "each face" : "a \(manifest.input.rawValue)"),
            ("raster", manifest.raster?.text ?? ""), ("recipe", manifest.recipe.text),
            ("intended use", manifest.intendedUse), ("limits", manifest.limits),
        ]
        if let deadline = manifest.deadline { facts.append(("may take", "\(deadline)")) }
        facts += manifest.operatingPoints.map { ("operating point", "\($0.name): \($0.output) from \($0.atLeast)") }
        facts += manifest.measured.map {
            ("false alarms", "\($0.falsePositives) of \($0.of) at \($0.point), on \($0.on)")
        }
        guard let calibration = manifest.calibration else { return facts + [("calibration", "none: scores are raw")] }
        let baseRate = "1 in \(Int((1 / calibration.baseRate).rounded()))"
        facts.append(
            (
                "calibration",
                "\(calibration.output), on \(calibration.cases) cases of \(calibration.day), for a base rate of \(baseRate)"
            ))
        let scores = [0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
        facts += scores.map { score in
            let meaning = calibration.meaning(of: score)
            return (
                "score \(score)", "\(percent(meaning.precision)) upheld (\(percent(meaning.low)) to \(percent(meaning.high)))"
            )
        }
        return facts
    }

    fileprivate static func percent(_ share: Double) -> String {
        "\((share * 100).formatted(.number.precision(.significantDigits(1...3)).locale(Locale(identifier: "en_US_POSIX")))) %"
    }
}
