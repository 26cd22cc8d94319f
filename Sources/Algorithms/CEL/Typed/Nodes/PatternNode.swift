// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex

/// `text.matches("constant")`.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class PatternNode: BoolNode, @unchecked Sendable {
    private let text: CellNode
    private let pattern: ConstantPattern

    init(_ text: CellNode, _ pattern: ConstantPattern) {
        self.text = text
        self.pattern = pattern
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = text.cell(run)
        guard run.pointee.trouble == .no else { return run.settle() }
        return Outcome(pattern.matches(cell.text))
    }
}

/// A compiled pattern of `matches`: linear in the text, whatever the pattern.
struct ConstantPattern: Sendable {
    private let expression: LinearRegex

    /// Nil when the generic tier refuses the pattern too.
    init?(_ pattern: String) {
        guard let pattern = try? TextPattern(pattern) else { return nil }
        expression = pattern.expression
    }

    @inline(__always)
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        // The bytes are only read, and as what they are.
        text.withMemoryRebound(to: UInt8.self) { expression.matches($0) }
    }

    /// Texts of which at least one is in every text that matches, byte for byte; nil when there are none.
    var required: [[UInt8]]? {
        guard let required = expression.requiredLiterals, !required.ignoresCase else { return nil }
        return required.literals
    }
}
