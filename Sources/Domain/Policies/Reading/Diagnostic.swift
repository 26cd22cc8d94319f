// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One thing that is wrong, or doubtful, in a policy file, for the person who wrote it.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Hashable, Sendable {
        /// The policies cannot be used.
        case error
        /// They can be used, but probably not as they were meant.
        case warning
    }

    package var severity: Severity
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// In code points, counted from 1.
    package var column: Int
    package var endLine: Int
    /// The first column after it.
    package var endColumn: Int
    package var message: String
    package var expected: String?
    /// What the author may have meant, or what to write instead.
    package var hint: String?
    /// The line of the file that it begins in.
    package var sourceLine: String

    package init(
        _ severity: Severity = .error, file: String, line: Int, column: Int, endLine: Int? = nil, endColumn: Int? = nil,
        message: String, expected: String? = nil, hint: String? = nil, sourceLine: String = ""
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.endLine = endLine ?? line
        self.endColumn = endColumn ?? column + 1
        self.message = message
        self.expected = expected
        self.hint = hint
        self.sourceLine = sourceLine
    }

    /// One line.
    package var description: String {
        var text = "\(file):\(line):\(column): \(severity == .warning ? "warning: " : "")\(message)"
        if let expected { text += "; expected \(expected)" }
        if let hint { text += " (\(hint))" }
        return text
    }

    /// For people at a terminal: the message, its line of the file with the place underlined, what was expected and a hint.
    package var rendering: String {
        var lines = ["\(severity.rawValue): \(message)"]
        let number = String(line)
        let margin = String(repeating: " ", count: number.count)
        lines.append("\(margin)--> \(file):\(line):\(column)")
        if !sourceLine.isEmpty {
            let scalars = Array(sourceLine.unicodeScalars)
            let start = min(column - 1, scalars.count)
            let end = endLine == line ? min(max(endColumn - 1, start), scalars.count) : scalars.count
            let before = scalars[..<start].map { $0 == "\t" ? "\t" : String(repeating: " ", count: $0.terminalWidth) }.joined()
            let width = scalars[start..<end].reduce(0) { $0 + $1.terminalWidth }
            lines.append("\(margin) |")
            lines.append("\(number) | \(sourceLine)")
            lines.append("\(margin) | \(before)\(String(repeating: "^", count: max(1, width)))")
        }
        if let expected { lines.append("\(margin) = expected: \(expected)") }
        if let hint { lines.append("\(margin) = hint: \(hint)") }
        return lines.joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    /// Columns that a terminal gives it: Hangul, Han and Kana take two.
    fileprivate var terminalWidth: Int {
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            2
        default:
            properties.generalCategory == .nonspacingMark || properties.generalCategory == .format ? 0 : 1
        }
    }
}

/// Policies that cannot be used, with everything that is wrong with them, sorted by place.
package struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics.inOrder }

    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

extension [Diagnostic] {
    /// By file and place, each once.
    var inOrder: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        return filter { seen.insert($0).inserted }
            .enumerated().sorted {
                ($0.element.file, $0.element.line, $0.element.column, $0.offset)
                    < ($1.element.file, $1.element.line, $1.element.column, $1.offset)
            }.map(\.element)
    }
}
