// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// Random numbers that a seed gives again.
struct ExtensionRandom: RandomNumberGenerator {
    static let seeds = (0..<4).map { _ in UInt64.random(in: 0 ... .max) }

    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Few different code points, of all UTF-8 lengths, some of them combining: so that parts are found and borders matter.
    mutating func text(upTo length: Int) -> [Unicode.Scalar] {
        let alphabet: [Unicode.Scalar] = ["a", "b", "é", "e", "\u{301}", "가", "\u{1F431}", "\r", "\n"]
        return (0..<Int.random(in: 0...length, using: &self)).map { _ in alphabet.randomElement(using: &self) ?? "a" }
    }
}

extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }

    /// For comparing without canonical equivalence.
    var scalarValues: [UInt32] { unicodeScalars.map(\.value) }
}

/// The text of an expression's value with all extension libraries; errors only say that they are, and so do expressions that are
/// refused before they are evaluated.
func extended(_ source: String, _ bindings: [String: Value] = [:]) -> String {
    let declarations = Declarations(bindings.mapValues { _ in .dyn }, libraries: Library.all)
    do throws(CELError) {
        let value = try Program.compile(source, declarations: declarations).evaluate(NamedBindings(bindings))
        if case .error = value { return "error" }
        return value.description
    } catch {
        return "refused"
    }
}
