// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Inference
import Signals

/// The models that settings name: each must have a manifest.
enum ModelNames {
    /// - Throws: `SettingsError` with what names no manifest has, and those that there are. Where a manifest is wrong its name is not
    ///   known, so that it may be meant; that is told by itself, and costs no other model.
    static func check(_ settings: Settings, against folder: ModelFolder) throws(SettingsError) {
        guard folder.problems.isEmpty else { return }
        let there = folder.entries.map(\.manifest.name)
        let path = settings.text("models.path")
        let names = there.isEmpty ? "it has no manifests" : "it has \(there.joined(separator: ", "))"
        let named = [("models.enable", settings.enabledModels), ("models.server_models", Set(settings.serverModels.keys))]
        let problems = named.flatMap { key, names in names.subtracting(there).sorted().map { (key, $0) } }.map { key, name in
            "\(settings.origins[key] ?? key): there is no model '\(name)' in models.path (\(path)): \(names)"
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }
}
