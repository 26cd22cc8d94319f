// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads RE2's syntax. Keeps its own stack of open groups, so that depth costs memory, not the thread's stack.
struct PatternParser {
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let ignoresCase = Flags(rawValue: 1)
        static let multiLine = Flags(rawValue: 2)
        static let dotIsAll = Flags(rawValue: 4)
        static let lazyFirst = Flags(rawValue: 8)
    }

    /// A group that is still open; the first is the whole pattern.
    private struct OpenGroup {
        var start: Int
        var number: UInt32
        var outerFlags: Flags
        /// The last finished branch and the last piece of the branch at hand.
        var branch: Int32 = -1
        var item: Int32 = -1
    }

    static let greatestRepetition = 1000

    let bytes: [UInt8]
    let limits: LinearRegex.Limits
    var position = 0
    var flags: Flags = []
    var tree = SyntaxTree()
    private var open: [OpenGroup] = []
    /// Where the last repetition ended; another one may not begin there.
    private var repetitionEnd = -1
    private var setPlaces: [ScalarSet: UInt32] = [:]
    var properties: [PropertyKey: ScalarSet] = [:]
    private var foldedSets: [UInt32: UInt32] = [:]

    init(_ pattern: String, limits: LinearRegex.Limits) throws(RegexError) {
        bytes = Array(pattern.utf8)
        self.limits = limits
        guard bytes.count <= limits.patternBytes else {
            throw RegexError(
                .patternTooLong, "the pattern has \(bytes.count) bytes, more than \(limits.patternBytes)",
                limits.patternBytes..<bytes.count)
        }
        tree.nodes.reserveCapacity(bytes.count + 4)
    }

    mutating func parse() throws(RegexError) -> SyntaxTree {
        open = [OpenGroup(start: 0, number: 0, outerFlags: [])]
        while position < bytes.count { try piece() }
        if open.count > 1 {
            let start = open[open.count - 1].start
            throw RegexError(.missingClosingParenthesis, "this group is never closed", start..<(start + 1), hint: "add )")
        }
        tree.root = closeBranches()
        return tree
    }

    private mutating func piece() throws(RegexError) {
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "("): try openGroup()
        case UInt8(ascii: ")"):
            guard open.count > 1 else {
                throw RegexError(
                    .unexpectedParenthesis, "no group is open here", start..<(start + 1), hint: #"a literal one is \)"#)
            }
            position += 1
            closeGroup()
        case UInt8(ascii: "|"):
            position += 1
            closeBranch()
        case UInt8(ascii: "*"): try repetition(minimum: 0, maximum: -1, length: 1)
        case UInt8(ascii: "+"): try repetition(minimum: 1, maximum: -1, length: 1)
        case UInt8(ascii: "?"): try repetition(minimum: 0, maximum: 1, length: 1)
        case UInt8(ascii: "{"):
            if let (minimum, maximum, length) = bounds() {
                try repetition(minimum: minimum, maximum: maximum, length: length)
            } else {
                position += 1
                literal(UInt32(UInt8(ascii: "{")))
            }
        case UInt8(ascii: "."):
            position += 1
            set(flags.contains(.dotIsAll) ? .all : .allButNewline)
        case UInt8(ascii: "^"):
            position += 1
            look(flags.contains(.multiLine) ? .lineStart : .textStart)
        case UInt8(ascii: "$"):
            position += 1
            look(flags.contains(.multiLine) ? .lineEnd : .textEnd)
        case UInt8(ascii: "["): set(try bracketClass())
        case UInt8(ascii: "\\"): try escaped()
        default: literal(takeScalar())
        }
    }

    private mutating func escaped() throws(RegexError) {
        let start = position
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        switch next {
        case UInt8(ascii: "A"): position += 2; look(.textStart)
        case UInt8(ascii: "z"): position += 2; look(.textEnd)
        case UInt8(ascii: "b"): position += 2; look(.wordBoundary)
        case UInt8(ascii: "B"): position += 2; look(.insideOrOutsideWord)
        case UInt8(ascii: "Q"):
            position += 2
            while position < bytes.count {
                if bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "E")]) {
                    position += 2
                    break
                }
                literal(takeScalar())
            }
        case UInt8(ascii: "C"):
            throw RegexError(
                .anyByte, #"\C would match one byte of a character"#, start..<(start + 2), hint: "a dot is one character")
        default:
            if let set = try namedClass() { self.set(set) } else { literal(try escapedScalar()) }
        }
    }

    /// The next scalar, as it stands. The pattern came as a String, so that it is whole UTF-8.
    mutating func takeScalar() -> UInt32 {
        let first = bytes[position]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = UInt32(first) & (length == 1 ? 0x7F : (0x7F >> UInt32(length)))
        for byte in bytes[(position + 1)..<(position + length)] { value = value << 6 | UInt32(byte & 0x3F) }
        position += length
        return value
    }

    /// Whether the pattern goes on with this text.
    func isNext(_ text: StaticString, at place: Int? = nil) -> Bool {
        let start = place ?? position
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { bytes[start...].starts(with: $0) }
    }
}

// MARK: - Building the tree

extension PatternParser {
    private mutating func add(_ node: SyntaxTree.Node) {
        var node = node
        node.previous = open[open.count - 1].item
        open[open.count - 1].item = Int32(truncatingIfNeeded: tree.nodes.count)
        tree.nodes.append(node)
    }

    private mutating func literal(_ scalar: UInt32) {
        guard flags.contains(.ignoresCase) else { return add(SyntaxTree.Node(kind: .literal, value: scalar)) }
        tree.ignoresCase = true
        if CaseFold.isPlainLetter(scalar) {
            return add(SyntaxTree.Node(kind: .literal, isFolded: true, value: scalar | 0x20))
        }
        if let place = foldedSets[scalar] { return add(SyntaxTree.Node(kind: .set, value: place)) }
        let equals = CaseFold.equals(of: scalar)
        if equals.isEmpty { return add(SyntaxTree.Node(kind: .literal, value: scalar)) }
        let place = self.place(of: ScalarSet((equals + [scalar]).map { ScalarSet.Span(low: $0, high: $0) }))
        foldedSets[scalar] = place
        add(SyntaxTree.Node(kind: .set, value: place))
    }

    private mutating func set(_ set: ScalarSet) {
        add(SyntaxTree.Node(kind: .set, value: place(of: set)))
    }

    private mutating func place(of set: ScalarSet) -> UInt32 {
        if let place = setPlaces[set] { return place }
        let place = UInt32(truncatingIfNeeded: tree.sets.count)
        tree.sets.append(set)
        setPlaces[set] = place
        return place
    }

    private mutating func look(_ look: Look) {
        add(SyntaxTree.Node(kind: .look, isNullable: true, value: UInt32(look.rawValue)))
    }

    private mutating func repetition(minimum: Int, maximum: Int, length: Int) throws(RegexError) {
        let start = position
        let range = start..<(start + length)
        position += length
        guard start != repetitionEnd else {
            throw RegexError(
                .stackedRepetition, "a repetition of a repetition", range,
                hint: "put the first into (?:…); possessive repetitions are not in the syntax")
        }
        let child = open[open.count - 1].item
        guard child >= 0 else {
            throw RegexError(.nothingToRepeat, "nothing stands before this repetition", range, hint: #"a literal one takes a \"#)
        }
        let limit = Self.greatestRepetition
        guard minimum <= limit, maximum <= limit, maximum < 0 || minimum <= maximum else {
            throw RegexError(.repetitionTooLarge, "repetitions go up to \(limit), the smaller bound first", range)
        }
        var isLazy = flags.contains(.lazyFirst)
        if position < bytes.count, bytes[position] == UInt8(ascii: "?") {
            position += 1
            isLazy.toggle()
        }
        repetitionEnd = position
        let inner = tree.nodes[Int(child)]
        var node = SyntaxTree.Node(
            kind: .repetition, isLazy: isLazy, isNullable: minimum == 0 || inner.isNullable,
            minimum: Int32(minimum), maximum: Int32(maximum), child: child, height: inner.height + 1)
        let counted = max(1, maximum < 0 ? minimum : maximum)
        node.weight = inner.weight * (length > 1 ? Int32(counted) : 1)
        guard node.weight <= limit else {
            throw RegexError(
                .repetitionTooLarge, "nested repetitions multiply to more than \(limit)", range, hint: "repeat less or use * or +"
            )
        }
        open[open.count - 1].item = inner.previous
        tree.nodes[Int(child)].previous = -1
        if inner.kind == .empty || maximum == 0 { node = SyntaxTree.Node(kind: .empty, isNullable: true) }
        add(node)
    }

    /// `{2}`, `{2,}` or `{2,5}` here; nil: a literal brace.
    private func bounds() -> (minimum: Int, maximum: Int, length: Int)? {
        var place = position + 1
        func number() -> Int? {
            let start = place
            var value = 0
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) {
                value = min(value * 10 + Int(bytes[place] - 0x30), 100_000)
                place += 1
            }
            return place > start ? value : nil
        }
        guard let minimum = number(), place < bytes.count else { return nil }
        var maximum = minimum
        if bytes[place] == UInt8(ascii: ",") {
            place += 1
            maximum = number() ?? -1
        }
        guard place < bytes.count, bytes[place] == UInt8(ascii: "}") else { return nil }
        return (minimum, maximum, place + 1 - position)
    }

    private mutating func openGroup() throws(RegexError) {
        let start = position
        guard open.count <= limits.nesting else {
            throw RegexError(.nestedTooDeep, "groups are nested more than \(limits.nesting) deep", start..<(start + 1))
        }
        let outer = flags
        let number: UInt32
        if isNext("(?") {
            guard let opened = try groupWithQuestionMark() else { return }
            number = opened
        } else {
            position += 1
            tree.groupNames.append(nil)
            number = UInt32(tree.groupNames.count - 1)
        }
        open.append(OpenGroup(start: start, number: number, outerFlags: outer))
    }

    private mutating func closeGroup() {
        let inner = closeBranches()
        let group = open.removeLast()
        flags = group.outerFlags
        guard group.number > 0 else { return add(tree.nodes[Int(inner)]) }
        let child = tree.nodes[Int(inner)]
        add(
            SyntaxTree.Node(
                kind: .group, isNullable: child.isNullable, value: group.number, child: inner, weight: child.weight,
                height: child.height + 1))
    }

    private mutating func closeBranch() {
        let branch = join(.concatenation, last: open[open.count - 1].item)
        tree.nodes[Int(branch)].previous = open[open.count - 1].branch
        open[open.count - 1].branch = branch
        open[open.count - 1].item = -1
    }

    private mutating func closeBranches() -> Int32 {
        closeBranch()
        return join(.alternation, last: open[open.count - 1].branch)
    }

    /// One node of the linked ones; itself if there is but one, and without the empty ones of a concatenation.
    private mutating func join(_ kind: SyntaxTree.Kind, last: Int32) -> Int32 {
        var node = SyntaxTree.Node(kind: kind, isNullable: kind == .concatenation)
        var count = 0
        var current = last
        var following: Int32 = -1
        while current >= 0 {
            let child = tree.nodes[Int(current)]
            if kind == .alternation || child.kind != .empty {
                if following >= 0 { tree.nodes[Int(following)].previous = current } else { node.child = current }
                following = current
                count += 1
                node.weight = max(node.weight, child.weight)
                node.height = max(node.height, child.height + 1)
                node.isNullable = kind == .alternation ? node.isNullable || child.isNullable : node.isNullable && child.isNullable
            }
            current = child.previous
        }
        if following >= 0 { tree.nodes[Int(following)].previous = -1 }
        if count == 1 { return node.child }
        if count == 0 { node = SyntaxTree.Node(kind: .empty, isNullable: true) }
        tree.nodes.append(node)
        return Int32(truncatingIfNeeded: tree.nodes.count - 1)
    }
}
