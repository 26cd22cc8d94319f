// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A model that a process is to load when it starts: `name|version|precision|sha256|recipe|file`.
package struct ModelLoad: Hashable, Sendable {
    /// Lower-case letters, digits and `-`, at most 32.
    package var name: String
    package var version: String
    /// `auto` or `f32`.
    package var precision: String
    /// Of the file, lower-case hexadecimal; empty for engines with their own data.
    package var sha256: String
    package var recipe: ModelRecipe
    /// Absolute path; for engines with their own data what they need to know instead (Tesseract: the languages).
    package var file: String

    package init(name: String, version: String, precision: String, sha256: String, recipe: ModelRecipe, file: String) {
        self.name = name
        self.version = version
        self.precision = precision
        self.sha256 = sha256
        self.recipe = recipe
        self.file = file
    }

    package var text: String { [name, version, precision, sha256, recipe.text, file].joined(separator: "|") }

    package init?(text: some StringProtocol) {
        let parts = text.split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 6, Self.isName(parts[0]), let recipe = ModelRecipe(text: parts[4]) else { return nil }
        self.init(
            name: parts[0], version: parts[1], precision: parts[2], sha256: parts[3], recipe: recipe, file: parts[5])
    }

    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
    }
}
