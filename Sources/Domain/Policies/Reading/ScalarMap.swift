// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Yams

/// Leads from the value of a YAML text back to its place in the file, whichever way it is written there.
///
/// Folding, indentation and line ends only touch blanks, so the characters that are no blanks stand in the file in the same
/// order; quotes and escapes are seen through.
struct ScalarMap {
    private var places: [(byte: Int, index: Int)] = []
    private let text: PolicyText
    private var start: Int
    private var endIndex: Int

    init(_ node: Node, in text: PolicyText) {
        self.text = text
        start = text.index(PolicyText.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1))
        endIndex = start
        guard case .scalar(let scalar) = node else { return }
        let isBlock = scalar.style == .literal || scalar.style == .folded
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        var cursor = start
        func current(_ index: Int) -> Unicode.Scalar? { index < text.scalars.count ? text.scalars[index] : nil }
        if isBlock {
            while let scalar = current(cursor), scalar != "\n" { cursor += 1 }
        } else if isQuoted {
            cursor += 1
        }
        var byte = 0
        for wanted in scalar.string.unicodeScalars {
            if !wanted.properties.isWhitespace {
                while let scalar = current(cursor), scalar.properties.isWhitespace { cursor += 1 }
                // An escape in quotes: the character itself follows the backslash.
                if isQuoted, current(cursor) == "\\", wanted != "\\" { cursor += 1 }
                places.append((byte, cursor))
                cursor += 1
                if scalar.style == .singleQuoted, wanted == "'", current(cursor) == "'" { cursor += 1 }
                if scalar.style == .doubleQuoted, wanted == "\\", current(cursor) == "\\" { cursor += 1 }
            }
            byte += UTF8.width(wanted)
        }
        endIndex = isQuoted ? cursor + 1 : cursor
        endIndex = min(endIndex, text.scalars.count)
    }

    /// After the last character, the closing quote included.
    var end: PolicyText.Place { text.place(endIndex) }

    /// The place of the first character at or after a UTF-8 offset into the value.
    func place(ofByte offset: Int) -> PolicyText.Place {
        if let found = places.first(where: { $0.byte >= offset }) { return text.place(found.index) }
        guard let last = places.last else { return text.place(start) }
        return text.place(min(last.index + 1, text.scalars.count))
    }

    /// After the last character before a UTF-8 offset into the value.
    func end(ofByte offset: Int) -> PolicyText.Place {
        guard let last = places.last(where: { $0.byte < offset }) else { return text.place(start) }
        return text.place(last.index + 1)
    }
}
