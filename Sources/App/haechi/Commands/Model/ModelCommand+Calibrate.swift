// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import ModelInputs
import Moderation
import Signals

extension ModelCommand {
    struct Calibrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measures what a model's scores are worth on cases that people have decided.",
            discussion: """
                Cases come from a CSV file with a header, score,upheld or file,upheld (yes or no), or from the cases closed here. At
                least 50 of either kind are needed. Writes NAME.calibration.json, report.md and two pictures into the folder --out;
                with --use the calibration also goes beside the manifest, where it counts from the next start on.
                  haechi model calibrate --model nudity --cases cases.csv --base-rate 0.001 --precision 0.95 --out report
                  haechi model calibrate --model nudity --from-reviews --clause adult.nudity --out report --use
                Exit status 65 when the cases do not say enough.
                """)
        @OptionGroup var options: SettingsOptions
        @Option(help: "The model's name.") var model: String
        @Option(help: "Which of its outputs (default: the first).") var output: String?
        @Option(help: ArgumentHelp("CSV file with the columns score or file, and upheld.", valueName: "file")) var cases: String?
        @Flag(help: "Take the cases that were closed here and the scores that were kept with them.") var fromReviews = false
        @Option(
            help: ArgumentHelp("Of reviews: only decisions under this clause count as upheld; may be repeated.", valueName: "id"))
        var clause: [String] = []
        @Option(help: ArgumentHelp("Share of upheld items among all that the model looks at.", valueName: "share")) var baseRate =
            0.001
        @Option(help: ArgumentHelp("The precision that is wanted.", valueName: "share")) var precision = 0.95
        @Option(help: "The curve: isotonic or platt (default: platt below 1,000 cases).") var curve: Curve?
        @Option(help: ArgumentHelp("Folder for the report; made if it is not there.", valueName: "folder")) var out: String
        @Flag(help: "Put the calibration beside the manifest.") var use = false

        enum Curve: String, ExpressibleByArgument, CaseIterable { case isotonic, platt }

        func validate() throws {
            guard (cases == nil) == fromReviews else {
                throw ValidationError("name the cases: --cases FILE or --from-reviews, one of them")
            }
            guard clause.isEmpty || fromReviews else { throw ValidationError("--clause goes with --from-reviews") }
            guard baseRate > 0, baseRate < 1 else {
                throw ValidationError("--base-rate \(baseRate): expected a share between 0 and 1")
            }
            guard precision > 0, precision < 1 else {
                throw ValidationError("--precision \(precision): expected a share between 0 and 1")
            }
        }

        func run() async throws {
            let asked = try await options.settings()
            let entry = try ModelCommand.entry(model, in: ModelCommand.folder(asked), asked)
            // It is asked here and now, whether or not the server uses it.
            let settings = asked.enabling([entry.manifest.name])
            let output = try output(of: entry.manifest)
            let scored: [ReviewedScore]
            if let cases {
                scored = try await CaseTable(reading: cases).scores(of: entry, output: output, settings)
            } else {
                scored = try await ReviewedCases(settings).scores(of: entry.manifest, output: output, clauses: Swift.Set(clause))
            }
            Terminal.complain(["\(Terminal.some(scored.count, "case")), \(scored.count { $0.isUpheld }) of them upheld"])
            do {
                let study = try CalibrationStudy(
                    scored, output: output, baseRate: baseRate, precision: precision,
                    kind: curve.flatMap { .init(rawValue: $0.rawValue) }, day: Self.today)
                try write(study, entry)
            } catch let problem as CalibrationProblem {
                Terminal.complain([problem.message])
                throw ExitCode(65)  // EX_DATAERR
            }
        }

        private func output(of manifest: ModelManifest) throws -> String {
            let outputs = manifest.recipe.outputs.filter { !$0.isEmpty }
            guard manifest.recipe.reading == .scores, let first = outputs.first else {
                throw ValidationError("'\(manifest.name)' gives no scores: there is nothing to calibrate")
            }
            guard let output else { return first }
            guard outputs.contains(output) else {
                throw ValidationError("--output \(output): expected one of \(outputs.joined(separator: ", "))")
            }
            return output
        }

        private static var today: String { String(Date.now.formatted(.iso8601).prefix(10)) }

        private func write(_ study: CalibrationStudy, _ entry: ModelFolder.Entry) throws {
            let manifest = entry.manifest
            let file = CalibrationFile(
                model: manifest.name, version: manifest.version, sha256: manifest.sha256, calibration: study.calibration)
            let folder = URL(filePath: out)
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let name = "\(manifest.name).calibration.json"
                let texts = [
                    name: try file.text, "report.md": study.report(model: manifest.name, version: manifest.version),
                    "roc.svg": study.rocPicture, "reliability.svg": study.reliabilityPicture,
                ]
                for (name, text) in texts { try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic) }
                if use {
                    try Data(try file.text.utf8).write(
                        to: URL(filePath: CalibrationFile.path(of: manifest.name, beside: entry.place)), options: .atomic)
                }
            } catch {
                Terminal.complain(["\(out): cannot be written: \(error.localizedDescription)"])
                throw ExitCode(73)  // EX_CANTCREAT
            }
            Terminal.say(study.summary)
            Terminal.say("report: \(folder.appending(path: "report.md").path)")
            if !use { Terminal.say("with --use, or copied beside \(entry.place), it counts from the next start on") }
        }
    }
}

extension CalibrationStudy {
    /// Two or three lines for the terminal.
    fileprivate var summary: String {
        func words(_ threshold: Threshold) -> String {
            String(
                format: "%.4f: precision %.1f %% (%.1f to %.1f), finds %.1f %% of the upheld", threshold.score,
                threshold.precision * 100,
                threshold.low * 100, threshold.high * 100, threshold.recall * 100)
        }
        let area = roc.areaInterval
        var lines = [String(format: "area under the curve %.3f (%.3f to %.3f)", roc.area, area.low, area.high)]
        lines.append("likely from " + (likely.map(words) ?? "no score"))
        lines.append("surely from " + (certain.map(words) ?? "no score"))
        return lines.joined(separator: "\n")
    }
}
