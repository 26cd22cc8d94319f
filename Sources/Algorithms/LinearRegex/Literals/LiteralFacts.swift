// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What can be said of the literals in a pattern: which strings a match can be, begin with, or has to have somewhere.
struct LiteralFacts {
    typealias Literals = [[UInt8]]

    /// All strings that can match, if there are few.
    private(set) var exact: Literals?
    /// Every match begins with one of these; holds an empty one when nothing is known.
    private(set) var prefixes: Literals
    /// Every match has one of these somewhere.
    private(set) var required: Literals?

    private static let nothing = LiteralFacts(exact: nil, prefixes: [[]], required: nil)
    private static let empty = LiteralFacts(exact: [[]], prefixes: [[]], required: nil)
    /// Strings that may come of combining pieces, and of branches, and bytes of one: more would cost more than they save.
    private static let mostCombined = 24
    private static let mostBranches = 128
    private static let longest = 48
    private static let mostInClass = 8

    private init(exact: Literals?, prefixes: Literals, required: Literals?) {
        self.exact = exact
        self.prefixes = prefixes
        self.required = required
    }

    private init(exact: Literals) {
        self.init(exact: exact, prefixes: exact, required: exact)
    }

    /// Reads the tree; where case is ignored all letters of ASCII are written small.
    init(_ tree: SyntaxTree) {
        self = Self.facts(of: tree.root, in: tree)
        required = required.flatMap { $0.allSatisfy { !$0.isEmpty } ? $0 : nil }
    }

    private static func facts(of index: Int32, in tree: SyntaxTree) -> LiteralFacts {
        let node = tree.nodes[Int(index)]
        switch node.kind {
        case .empty, .look: return empty
        case .literal: return LiteralFacts(exact: [encode(node.value, tree.ignoresCase)])
        case .set:
            let set = tree.sets[Int(node.value)]
            guard set.spans.count <= mostInClass, set.count <= mostInClass else { return nothing }
            var strings: Literals = []
            for span in set.spans {
                for scalar in span.low...span.high {
                    let string = encode(scalar, tree.ignoresCase)
                    if !strings.contains(string) { strings.append(string) }
                }
            }
            return LiteralFacts(exact: strings)
        case .group: return facts(of: node.child, in: tree)
        case .alternation: return alternation(index, tree)
        case .concatenation: return concatenation(index, tree)
        case .repetition: return repetition(node, tree)
        }
    }

    private static func encode(_ scalar: UInt32, _ ignoresCase: Bool) -> [UInt8] {
        if scalar < 0x80 {
            let byte = UInt8(truncatingIfNeeded: scalar)
            return [ignoresCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte]
        }
        let length = UTF8Sequences.length(of: scalar)
        let bytes = UTF8Sequences.encode(scalar, length)
        return (0..<length).map { UInt8(truncatingIfNeeded: bytes >> UInt32(8 * $0)) }
    }

    private static func alternation(_ index: Int32, _ tree: SyntaxTree) -> LiteralFacts {
        var exact: Literals? = []
        var prefixes: Literals = []
        var required: Literals? = []
        var child = tree.nodes[Int(index)].child
        while child >= 0 {
            let facts = facts(of: child, in: tree)
            child = tree.nodes[Int(child)].previous
            exact = facts.exact.flatMap { new in exact.map { $0 + new } }
            required = facts.required.flatMap { new in required.map { $0 + new } }
            prefixes += facts.prefixes
            if let known = exact, known.count > mostBranches { exact = nil }
            if let known = required, known.count > mostBranches { required = nil }
            if prefixes.count > mostBranches { prefixes = [[]] }
            if exact == nil, required == nil, prefixes == [[]] { return nothing }
        }
        return LiteralFacts(exact: exact, prefixes: prefixes, required: required)
    }

    private static func repetition(_ node: SyntaxTree.Node, _ tree: SyntaxTree) -> LiteralFacts {
        let facts = facts(of: node.child, in: tree)
        guard node.minimum > 0 else {
            guard node.maximum == 1, let exact = facts.exact, exact.count < mostCombined else { return nothing }
            return LiteralFacts(exact: exact + [[]], prefixes: exact + [[]], required: nil)
        }
        guard let exact = facts.exact else { return LiteralFacts(exact: nil, prefixes: facts.prefixes, required: facts.required) }
        var repeated = exact
        var count: Int32 = 1
        while count < node.minimum, let more = product(repeated, exact) {
            repeated = more
            count += 1
        }
        let isWhole = count == node.minimum && node.maximum == node.minimum
        return LiteralFacts(exact: isWhole ? repeated : nil, prefixes: repeated, required: repeated)
    }

    private static func concatenation(_ index: Int32, _ tree: SyntaxTree) -> LiteralFacts {
        var children: [Int32] = []
        var child = tree.nodes[Int(index)].child
        while child >= 0 {
            children.append(child)
            child = tree.nodes[Int(child)].previous
        }
        // The strings that the pieces since the last unknown one can make.
        var run: Literals = [[]]
        var prefixes: Literals?
        var best: Literals?
        for child in children.reversed() {
            let node = tree.nodes[Int(child)]
            if node.kind == .literal, run.count > 0, run[0].count < longest {
                let bytes = encode(node.value, tree.ignoresCase)
                for place in run.indices { run[place] += bytes }
                continue
            }
            let facts = facts(of: child, in: tree)
            // Long enough: more letters would tell less than more literals cost.
            let isEnough = run.allSatisfy { $0.count >= 4 }
            if let exact = facts.exact, !isEnough || exact.count <= 3, let more = product(run, exact) {
                run = more
                continue
            }
            let extended = isEnough && facts.prefixes.count > 3 ? run : product(run, facts.prefixes) ?? run
            if prefixes == nil { prefixes = extended }
            best = better(best, better(extended, facts.required))
            run = facts.exact.map { $0.count <= mostCombined ? $0 : [[]] } ?? [[]]
        }
        let required = better(best, run)
        guard let prefixes else { return LiteralFacts(exact: run) }
        return LiteralFacts(exact: nil, prefixes: prefixes, required: required)
    }

    /// Each of one followed by each of the other; nil if that is too many or too long.
    private static func product(_ first: Literals, _ second: Literals) -> Literals? {
        if second.count == 1, second[0].isEmpty { return first }
        guard first.count * second.count <= mostCombined else {
            return first.count == 1 && first[0].isEmpty && second.count <= mostBranches ? second : nil
        }
        var result: Literals = []
        result.reserveCapacity(first.count * second.count)
        for head in first {
            for tail in second {
                guard head.count + tail.count <= longest + 4 else { return nil }
                result.append(head + tail)
            }
        }
        return result
    }

    /// The set whose shortest string is longer, or of two alike the smaller one.
    private static func better(_ first: Literals?, _ second: Literals?) -> Literals? {
        func shortest(_ literals: Literals?) -> Int { literals?.lazy.map(\.count).min() ?? 0 }
        let lengths = (shortest(first), shortest(second))
        if lengths.0 == lengths.1 { return (first?.count ?? .max) <= (second?.count ?? .max) ? first : second }
        return lengths.0 > lengths.1 ? first : second
    }
}
