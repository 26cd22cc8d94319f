// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import ModelInputs
package import Signals

/// `NAME.calibration.json` beside a manifest: what one version of a model was worth on the operator's own cases.
///
/// It counts for the very weights that it was measured with, and for no others.
package struct CalibrationFile: Sendable, Codable {
    package var model: String
    package var version: String
    /// Of the weights; empty for models without a file of their own.
    package var sha256: String
    package var calibration: Calibration

    package init(model: String, version: String, sha256: String, calibration: Calibration) {
        self.model = model
        self.version = version
        self.sha256 = sha256
        self.calibration = calibration
    }

    private static let largest = 1 << 20

    package static func path(of model: String, beside manifest: String) -> String {
        ((manifest as NSString).deletingLastPathComponent as NSString).appendingPathComponent("\(model).calibration.json")
    }

    /// Readable JSON, keys sorted.
    package var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }

    /// Nil when there is none. Throws words when it is there and does not count.
    package static func read(_ path: String, for manifest: ModelManifest) throws(ManifestProblem) -> Calibration? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        func problem(_ message: String) -> ManifestProblem { ManifestProblem(file: path, line: 0, message: message) }
        guard let data = try? handle.read(upToCount: largest + 1), data.count <= largest,
            let file = try? JSONDecoder().decode(CalibrationFile.self, from: data)
        else { throw problem("this is no calibration: passed over") }
        guard file.model == manifest.name else { throw problem("it is of the model '\(file.model.prefix(32))': passed over") }
        guard file.version == manifest.version, file.sha256 == manifest.sha256 else {
            throw problem("it is of another version of the model (\(file.version.prefix(32))): passed over; calibrate anew")
        }
        if let wrong = file.calibration.problem { throw problem("\(wrong): passed over") }
        let outputs = manifest.recipe.outputs
        guard outputs.isEmpty || outputs.contains(file.calibration.output) else {
            throw problem("the model has no output '\(file.calibration.output.prefix(32))': passed over")
        }
        return file.calibration
    }
}
