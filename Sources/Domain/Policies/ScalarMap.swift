// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Yams

/// Leads from the value of a YAML text back to its place in the file, whichever way it is written there.
///
/// Folding, indentation and line ends only touch blanks, so the characters that are no blanks stand in the file in the same
/// order; quotes and escapes are seen through.
struct ScalarMap {
    struct Place: Hashable {
        var line: Int
        var column: Int
    }

    private var places: [(byte: Int, place: Place)] = []
    private let start: Place

    init(_ node: Node, in text: String) {
        let mark = Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        start = mark
        guard case .scalar(let scalar) = node else { return }
        var cursor = Cursor(text, at: mark)
        let isBlock = scalar.style == .literal || scalar.style == .folded
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        if isBlock { cursor.skipLine() } else if isQuoted { cursor.advance() }
        var byte = 0
        for wanted in scalar.string.unicodeScalars {
            if !wanted.properties.isWhitespace {
                cursor.skip { $0.properties.isWhitespace }
                // An escape in quotes: the character itself follows the backslash.
                if isQuoted, cursor.current == "\\", wanted != "\\" { cursor.advance() }
                places.append((byte, cursor.place))
                cursor.advance()
                if scalar.style == .singleQuoted, wanted == "'", cursor.current == "'" { cursor.advance() }
                if scalar.style == .doubleQuoted, wanted == "\\", cursor.current == "\\" { cursor.advance() }
            }
            byte += UTF8.width(wanted)
        }
    }

    /// The place of the first character at or after a UTF-8 offset into the value.
    func place(ofByte offset: Int) -> Place {
        if let found = places.first(where: { $0.byte >= offset }) { return found.place }
        guard let last = places.last else { return start }
        return Place(line: last.place.line, column: last.place.column + 1)
    }

    private struct Cursor {
        private let scalars: [Unicode.Scalar]
        private var index = 0
        private(set) var place = Place(line: 1, column: 1)

        init(_ text: String, at target: Place) {
            scalars = Array(text.unicodeScalars)
            while index < scalars.count, place != target { advance() }
        }

        var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

        mutating func advance() {
            guard let current else { return }
            index += 1
            place = current == "\n" ? Place(line: place.line + 1, column: 1) : Place(line: place.line, column: place.column + 1)
        }

        mutating func skip(_ isSkipped: (Unicode.Scalar) -> Bool) {
            while let current, isSkipped(current) { advance() }
        }

        mutating func skipLine() {
            while let current, current != "\n" { advance() }
            advance()
        }
    }
}
