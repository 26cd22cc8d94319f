// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Everything that is wrong with an expression: at least one problem, in the order of the source.
public struct CELError: Error, Sendable, Equatable, CustomStringConvertible {
    public let problems: [CELProblem]

    init(_ problems: [CELProblem]) { self.problems = problems }

    init(_ problem: CELProblem) { self.problems = [problem] }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One thing that is wrong with an expression.
public struct CELProblem: Sendable, Equatable, CustomStringConvertible {
    public let span: SourceSpan
    /// What is wrong.
    public let message: String
    /// What would have been right, if there is something to say.
    public let expected: String?
    /// What the author may have meant.
    public let hint: String?
    /// The line of the source that `span` starts in.
    public let sourceLine: String

    public var description: String {
        var text = "\(span.line):\(span.column): \(message)"
        if let expected { text += "; expected \(expected)" }
        if let hint { text += " (\(hint))" }
        let caretCount = max(1, min(span.length, sourceLine.unicodeScalars.count - span.column + 1))
        let caret = String(repeating: " ", count: span.column - 1) + String(repeating: "^", count: caretCount)
        return text + "\n  \(sourceLine)\n  \(caret)"
    }
}

extension SourceText {
    func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELProblem {
        let span = span(range)
        return CELProblem(
            span: span, message: message, expected: expected, hint: hint, sourceLine: line(around: range.lowerBound))
    }
}
