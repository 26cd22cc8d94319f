// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Makes a program from a tree, back to front: each piece is made knowing what follows it, so that nothing is patched but loops.
struct Compiler {
    enum Direction { case forward, backward }

    private let tree: SyntaxTree
    private let direction: Direction
    private let limit: Int
    private var program = Program()
    /// Instructions of the set at hand that others of it can share.
    private var shared: [[Program.Arc]: Int32] = [:]
    private var sequences: [UInt32: UTF8Sequences] = [:]

    /// A backward program takes the bytes of a match from the last to the first and remembers no groups.
    static func compile(_ tree: SyntaxTree, direction: Direction, limit: Int) throws(RegexError) -> Program {
        var compiler = Compiler(tree: tree, direction: direction, limit: limit)
        return try compiler.compile()
    }

    private init(tree: SyntaxTree, direction: Direction, limit: Int) {
        self.tree = tree
        self.direction = direction
        self.limit = limit
    }

    private mutating func compile() throws(RegexError) -> Program {
        program.instructions.reserveCapacity(tree.nodes.count * 2 + 8)
        let match = try add(Instruction(operation: .match))
        program.start = try emit(tree.root, then: match)
        let loop = try add(Instruction(operation: .split, next: program.start))
        program.instructions[Int(loop)].other = try add(Instruction(operation: .range, low: 0, high: 0xFF, next: loop))
        program.searchStart = loop
        program.assignClasses()
        return program
    }

    private mutating func add(_ instruction: Instruction) throws(RegexError) -> Int32 {
        guard program.instructions.count + program.arcs.count < limit else {
            throw RegexError(
                .programTooLarge, "the pattern takes more than \(limit) steps", 0..<0,
                hint: "smaller bounds of repetitions and smaller classes take fewer")
        }
        program.instructions.append(instruction)
        return Int32(truncatingIfNeeded: program.instructions.count - 1)
    }

    private mutating func emit(_ index: Int32, then next: Int32) throws(RegexError) -> Int32 {
        program.steps += 1
        let node = tree.nodes[Int(index)]
        switch node.kind {
        case .empty: return next
        case .literal: return try emitLiteral(node, then: next)
        case .set: return try emitSet(node.value, then: next)
        case .look:
            let look = Look(rawValue: UInt8(truncatingIfNeeded: node.value))
            program.looks.formUnion(look)
            let seen = direction == .forward ? look : look.mirrored
            return try add(Instruction(operation: .look, low: seen.rawValue, next: next))
        case .group:
            guard direction == .forward else { return try emit(node.child, then: next) }
            let number = Int32(bitPattern: node.value)
            let close = try add(Instruction(operation: .capture, next: next, other: 2 * number + 1))
            let body = try emit(node.child, then: close)
            return try add(Instruction(operation: .capture, next: body, other: 2 * number))
        case .concatenation: return try emitConcatenation(index, then: next)
        case .alternation:
            var start: Int32 = -1
            var child = node.child
            while child >= 0 {
                let branch = try emit(child, then: next)
                start = start < 0 ? branch : try add(Instruction(operation: .split, next: branch, other: start))
                child = tree.nodes[Int(child)].previous
            }
            return start
        case .repetition: return try emitRepetition(node, then: next)
        }
    }

    private mutating func emitConcatenation(_ index: Int32, then next: Int32) throws(RegexError) -> Int32 {
        var next = next
        if direction == .forward {
            var child = tree.nodes[Int(index)].child
            while child >= 0 {
                next = try emit(child, then: next)
                child = tree.nodes[Int(child)].previous
            }
            return next
        }
        var children: [Int32] = []
        tree.forEachChildFromLast(of: index) { children.append($0) }
        for child in children.reversed() { next = try emit(child, then: next) }
        return next
    }

    private mutating func emitLiteral(_ node: SyntaxTree.Node, then next: Int32) throws(RegexError) -> Int32 {
        if node.isFolded {
            return try add(Instruction(operation: .letter, low: UInt8(truncatingIfNeeded: node.value), next: next))
        }
        // A lone surrogate can be written as \x{D800} and is never in a text.
        if (0xD800...0xDFFF).contains(node.value) { return try add(Instruction(operation: .fail)) }
        var next = next
        let length = UTF8Sequences.length(of: node.value)
        let bytes = UTF8Sequences.encode(node.value, length)
        for index in 0..<length {
            let place = direction == .forward ? length - 1 - index : index
            let byte = UInt8(truncatingIfNeeded: bytes >> UInt32(8 * place))
            next = try add(Instruction(operation: .range, low: byte, high: byte, next: next))
        }
        return next
    }

    // MARK: - Repetition

    private mutating func emitRepetition(_ node: SyntaxTree.Node, then next: Int32) throws(RegexError) -> Int32 {
        let minimum = Int(node.minimum)
        var start: Int32
        if node.maximum < 0 {
            start = try minimum == 0 ? emitStar(node, then: next) : emitPlus(node, then: next)
            for _ in 1..<max(minimum, 1) { start = try emit(node.child, then: start) }
            return start
        }
        start = next
        for _ in minimum..<Int(node.maximum) {
            let body = try emit(node.child, then: start)
            start = try emitChoice(body, next, isLazy: node.isLazy)
        }
        for _ in 0..<minimum { start = try emit(node.child, then: start) }
        return start
    }

    private mutating func emitChoice(_ body: Int32, _ next: Int32, isLazy: Bool) throws(RegexError) -> Int32 {
        try add(Instruction(operation: .split, next: isLazy ? next : body, other: isLazy ? body : next))
    }

    private mutating func emitStar(_ node: SyntaxTree.Node, then next: Int32) throws(RegexError) -> Int32 {
        // What can match nothing would close the loop without a byte, and lose the order of preference: (x+)? keeps it.
        if tree.nodes[Int(node.child)].isNullable {
            return try emitChoice(try emitPlus(node, then: next), next, isLazy: node.isLazy)
        }
        let loop = try emitChoice(0, next, isLazy: node.isLazy)
        let body = try emit(node.child, then: loop)
        close(loop, over: body, isLazy: node.isLazy)
        return loop
    }

    private mutating func emitPlus(_ node: SyntaxTree.Node, then next: Int32) throws(RegexError) -> Int32 {
        let loop = try emitChoice(0, next, isLazy: node.isLazy)
        let body = try emit(node.child, then: loop)
        close(loop, over: body, isLazy: node.isLazy)
        return body
    }

    private mutating func close(_ loop: Int32, over body: Int32, isLazy: Bool) {
        if isLazy { program.instructions[Int(loop)].other = body } else { program.instructions[Int(loop)].next = body }
    }

    // MARK: - Sets

    private mutating func emitSet(_ place: UInt32, then next: Int32) throws(RegexError) -> Int32 {
        let spans = tree.sets[Int(place)].spans
        if spans.isEmpty { return try add(Instruction(operation: .fail)) }
        if let last = spans.last, last.high < 0x80 {
            return try emitArcs(
                spans.map {
                    Program.Arc(low: UInt8(truncatingIfNeeded: $0.low), high: UInt8(truncatingIfNeeded: $0.high), next: next)
                })
        }
        let all: UTF8Sequences
        if let known = sequences[place] {
            all = known
        } else {
            all = UTF8Sequences(tree.sets[Int(place)])
            sequences[place] = all
        }
        if all.sequences.isEmpty { return try add(Instruction(operation: .fail)) }
        shared.removeAll(keepingCapacity: true)
        return direction == .forward
            ? try emitTree(all.sequences[...], depth: 0, then: next) : try emitReversed(all.sequences, then: next)
    }

    /// One instruction for the arcs, the same for the same arcs of this set.
    private mutating func emitArcs(_ arcs: [Program.Arc]) throws(RegexError) -> Int32 {
        program.steps += arcs.count
        if arcs.count == 1 {
            return try add(Instruction(operation: .range, low: arcs[0].low, high: arcs[0].high, next: arcs[0].next))
        }
        let first = Int32(truncatingIfNeeded: program.arcs.count)
        program.arcs += arcs
        return try add(Instruction(operation: .arcs, next: first, other: Int32(truncatingIfNeeded: arcs.count)))
    }

    private mutating func emitTree(
        _ sequences: ArraySlice<UTF8Sequences.Sequence>, depth: Int, then next: Int32
    ) throws(RegexError) -> Int32 {
        var arcs: [Program.Arc] = []
        var rest = sequences
        while let first = rest.first {
            let pair = first[depth]
            let group = rest.prefix { $0[depth] == pair }
            rest = rest[group.endIndex...]
            let target = first.count == depth + 1 ? next : try emitTree(group, depth: depth + 1, then: next)
            arcs.append(Program.Arc(low: pair.low, high: pair.high, next: target))
        }
        if depth == 0 { return try emitArcs(arcs) }
        if let known = shared[arcs] { return known }
        let made = try emitArcs(arcs)
        shared[arcs] = made
        return made
    }

    private mutating func emitReversed(_ sequences: [UTF8Sequences.Sequence], then next: Int32) throws(RegexError) -> Int32 {
        var start: Int32 = -1
        for sequence in sequences.reversed() {
            var tail = next
            for index in 0..<sequence.count {
                let arc = [Program.Arc(low: sequence[index].low, high: sequence[index].high, next: tail)]
                // The last piece of each is a way in of its own; those before are shared.
                if let known = shared[arc] {
                    tail = known
                } else {
                    tail = try emitArcs(arc)
                    shared[arc] = tail
                }
            }
            start = start < 0 ? tail : try add(Instruction(operation: .split, next: tail, other: start))
        }
        return start
    }
}

extension Look {
    /// The same seen by a program that goes from the end to the start.
    fileprivate var mirrored: Look {
        switch self {
        case .textStart: .textEnd
        case .textEnd: .textStart
        case .lineStart: .lineEnd
        case .lineEnd: .lineStart
        default: self
        }
    }
}
