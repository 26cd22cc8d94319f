// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What must hold between two bytes for a match to go on there.
struct Look: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    static let textStart = Look(rawValue: 1)
    static let textEnd = Look(rawValue: 2)
    static let lineStart = Look(rawValue: 4)
    static let lineEnd = Look(rawValue: 8)
    static let wordBoundary = Look(rawValue: 16)
    static let insideOrOutsideWord = Look(rawValue: 32)

    /// All that hold between `before` and `after`; nil stands for the end of the text on that side.
    static func holding(before: UInt8?, after: UInt8?) -> Look {
        var look: Look = []
        if before == nil { look.formUnion([.textStart, .lineStart]) }
        if before == 10 { look.insert(.lineStart) }
        if after == nil { look.formUnion([.textEnd, .lineEnd]) }
        if after == 10 { look.insert(.lineEnd) }
        let changes = (before.map(isWordByte) ?? false) != (after.map(isWordByte) ?? false)
        look.insert(changes ? .wordBoundary : .insideOrOutsideWord)
        return look
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F
    }
}

/// A parsed pattern: nodes in one array, children before parents, the children of a node linked from the last to the first.
struct SyntaxTree {
    enum Kind: UInt8 {
        case empty, literal, set, look, group, repetition, concatenation, alternation
    }

    struct Node {
        var kind: Kind
        /// A literal letter of ASCII in either case; `value` is the lower one.
        var isFolded = false
        var isLazy = false
        /// Whether it can match without taking a byte.
        var isNullable = false
        /// The scalar, the index of the set, the raw look, the number of the group (0: not captured).
        var value: UInt32 = 0
        var minimum: Int32 = 0
        /// -1: no upper bound.
        var maximum: Int32 = 0
        /// The last child, -1 for none.
        var child: Int32 = -1
        /// The sibling before, -1 for the first.
        var previous: Int32 = -1
        /// The greatest product of nested repetitions in here.
        var weight: Int32 = 1
        /// Levels below and including this one.
        var height: Int32 = 1
    }

    var nodes: [Node] = []
    var sets: [ScalarSet] = []
    /// The names of the groups by number; the whole match is number 0.
    var groupNames: [String?] = [nil]
    var root: Int32 = 0
    /// Whether some letter stands for both cases.
    var ignoresCase = false

    /// Whether every match begins at the start of the text.
    var isAnchored: Bool {
        var index = root
        while index >= 0 {
            let node = nodes[Int(index)]
            switch node.kind {
            case .look: return node.value == UInt32(Look.textStart.rawValue)
            case .group: index = node.child
            case .repetition where node.minimum > 0: index = node.child
            case .concatenation:
                index = node.child
                while index >= 0, nodes[Int(index)].previous >= 0 { index = nodes[Int(index)].previous }
            default: return false
            }
        }
        return false
    }

    /// The children of a node from the last to the first.
    @inline(__always)
    func forEachChildFromLast<E: Error>(of node: Int32, _ body: (Int32) throws(E) -> Void) throws(E) {
        var child = nodes[Int(node)].child
        while child >= 0 {
            try body(child)
            child = nodes[Int(child)].previous
        }
    }
}
