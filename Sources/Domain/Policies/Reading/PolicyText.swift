// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Yams

/// The text of a policy file, by places.
struct PolicyText: Sendable {
    struct Place: Hashable, Comparable {
        var line: Int
        var column: Int

        static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
    }

    let scalars: [Unicode.Scalar]
    private let lineStarts: [Int]

    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        self.scalars = scalars
        lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
    }

    /// Where a place stands in `scalars`; the nearest there is.
    func index(_ place: Place) -> Int {
        guard place.line >= 1, place.line <= lineStarts.count else { return scalars.count }
        return min(lineStarts[place.line - 1] + place.column - 1, scalars.count)
    }

    func place(_ index: Int) -> Place {
        var (low, high) = (0, lineStarts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= index { low = middle } else { high = middle }
        }
        return Place(line: low + 1, column: index - lineStarts[low] + 1)
    }

    var lineCount: Int { lineStarts.count }

    /// A line without its end, counted from 1.
    func line(_ number: Int) -> String {
        guard number >= 1, number <= lineStarts.count else { return "" }
        let start = lineStarts[number - 1]
        let end = number < lineStarts.count ? lineStarts[number] - 1 : scalars.count
        return text(start..<end).trimmingEnd { $0 == "\r" }
    }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    /// The end of what begins at a node's mark: of a scalar its last character, of anything else the end of its first line.
    func span(of node: Node) -> Range<Place> {
        let start = Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        if case .scalar(let scalar) = node, scalar.style != .literal, scalar.style != .folded {
            return start..<max(ScalarMap(node, in: self).end, start)
        }
        let begin = index(start)
        let opening = begin < scalars.count ? scalars[begin] : " "
        let end = opening == "{" || opening == "[" ? closing(from: begin) : nil
        return start..<place(end ?? lineEnd(from: begin))
    }

    /// After the bracket that closes the one at `begin`, when it is on the same line.
    private func closing(from begin: Int) -> Int? {
        var depth = 0
        var quote: Unicode.Scalar?
        for index in begin..<scalars.count {
            let scalar = scalars[index]
            if scalar == "\n" { return nil }
            if let open = quote {
                if scalar == open { quote = nil }
                continue
            }
            switch scalar {
            case "\"", "'": quote = scalar
            case "{", "[": depth += 1
            case "}", "]":
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return nil
    }

    private func lineEnd(from begin: Int) -> Int {
        var end = begin
        while end < scalars.count, scalars[end] != "\n" { end += 1 }
        while end > begin, scalars[end - 1].properties.isWhitespace { end -= 1 }
        return end
    }
}

extension String {
    func trimmingEnd(_ isTrimmed: (Unicode.Scalar) -> Bool) -> String {
        var view = unicodeScalars
        while let last = view.last, isTrimmed(last) { view.removeLast() }
        return String(view)
    }
}
