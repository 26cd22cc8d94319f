// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import ModelInputs
package import Signals

/// The models that an operator has: `NAME.yaml` for each, and beside it `NAME.calibration.json` where it was calibrated.
///
/// Everything is read once, when it is made. What is wrong with one model never costs another.
package struct ModelFolder: Sendable {
    /// One model of the folder.
    package struct Entry: Sendable {
        package var manifest: ModelManifest
        /// `Models/nudity.yaml`.
        package var place: String
        /// Absolute path of the weights; empty for engines with their own data, and for models that are only asked on a server.
        package var weights: String
        /// The model whose vectors it reads; nil for a model of its own.
        package var headOf: String?
        /// Why it cannot run here; nil when it can.
        package var problem: String?
        /// What the operator should know though it runs: a calibration that was passed over.
        package var notes: [String]
    }

    /// By name.
    package let entries: [Entry]
    /// What could not be read as a manifest.
    package let problems: [ManifestProblem]

    private static let largestManifest = 64 << 10

    /// - Parameters:
    ///   - folder: holds the manifests; one that is not there has no models.
    ///   - native: the folder of native parts, under which weights lie.
    package init(reading folder: String, native: String) {
        var entries: [String: Entry] = [:]
        var problems: [ManifestProblem] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
        for name in names where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
            let place = (folder as NSString).appendingPathComponent(name)
            var reader = ManifestReader(file: place)
            guard let text = Self.text(at: place, &problems) else { continue }
            if let result = reader.read(text) {
                if let earlier = entries[result.manifest.name] {
                    problems.append(
                        ManifestProblem(
                            file: place, line: 1,
                            message: "the model '\(result.manifest.name)' exists already in \(earlier.place)"))
                } else {
                    entries[result.manifest.name] = Self.entry(result, place: place, native: native)
                }
            }
            problems += reader.problems
        }
        self.entries = entries.values.sorted { $0.manifest.name < $1.manifest.name }
        self.problems = problems
    }

    package subscript(_ name: String) -> Entry? { entries.first { $0.manifest.name == name } }

    package var manifests: [ModelManifest] { entries.map(\.manifest) }

    /// What a thinker is to load: whatever runs here and is wished. Of models on a server it gets the recipe and no file, so that it
    /// can prepare their inputs.
    ///
    /// - Parameters:
    ///   - precision: `auto` or `f32`.
    ///   - optIn: the models that run only on wish, and are wished.
    ///   - remote: the models that a server runs.
    package func loads(precision: String = "auto", optIn: Set<String> = [], remote: Set<String> = []) -> [ModelLoad] {
        entries.compactMap { entry in
            let manifest = entry.manifest
            guard entry.headOf == nil else { return nil }
            let isRemote = remote.contains(manifest.name)
            guard isRemote || entry.problem == nil && (!manifest.isOptIn || optIn.contains(manifest.name)) else { return nil }
            return ModelLoad(
                name: manifest.name, version: manifest.version, precision: precision, sha256: isRemote ? "" : manifest.sha256,
                recipe: manifest.recipe, file: isRemote ? "" : entry.weights.isEmpty ? manifest.file : entry.weights)
        }
    }

    /// The models that will not run here, with the reason.
    package func offStates(optIn: Set<String> = [], remote: Set<String> = []) -> [ModelState] {
        entries.filter { !remote.contains($0.manifest.name) }.compactMap { entry in
            let manifest = entry.manifest
            let unwished = manifest.isOptIn && !optIn.contains(manifest.name) ? "it runs only on wish (models.enable)" : nil
            return (entry.problem ?? unwished).map {
                ModelState(name: manifest.name, version: manifest.version, precision: "", problem: $0)
            }
        }
    }

    private static func text(at place: String, _ problems: inout [ManifestProblem]) -> String? {
        guard let handle = FileHandle(forReadingAtPath: place),
            let data = try? handle.read(upToCount: largestManifest + 1) ?? Data()
        else {
            problems.append(ManifestProblem(file: place, line: 0, message: "cannot be read"))
            return nil
        }
        guard data.count <= largestManifest, let text = String(validating: data, as: UTF8.self) else {
            problems.append(
                ManifestProblem(
                    file: place, line: 0, message: data.count > largestManifest ? "is too large" : "is no UTF-8 text",
                    expected: "at most \(largestManifest) bytes of UTF-8"))
            return nil
        }
        return text
    }

    private static func entry(_ result: ManifestReader.Result, place: String, native: String) -> Entry {
        var entry = Entry(
            manifest: result.manifest, place: place, weights: "", headOf: result.headOf, problem: nil, notes: [])
        let path = entry.manifest.file
        if entry.manifest.recipe.engine.hasOwnData {
            // Whether it is installed is seen when it is loaded.
        } else if !path.isEmpty {
            entry.weights = Self.absolute(path, place: place, native: native)
            entry.problem = WeightsFile.problem(of: entry.weights, sha256: entry.manifest.sha256)
        } else if entry.manifest.recipe.engine == .openvino {
            entry.problem = "its manifest names no file: it can only be asked on a model server"
        }
        let calibration = CalibrationFile.path(of: entry.manifest.name, beside: place)
        do {
            entry.manifest.calibration = try CalibrationFile.read(calibration, for: entry.manifest)
        } catch {
            entry.notes.append(error.description)
        }
        return entry
    }

    private static func absolute(_ path: String, place: String, native: String) -> String {
        let folder = path.hasPrefix("./") ? (place as NSString).deletingLastPathComponent : native
        let joined = path.hasPrefix("/") ? path : (folder as NSString).appendingPathComponent(path)
        return URL(filePath: joined).standardizedFileURL.path
    }
}
