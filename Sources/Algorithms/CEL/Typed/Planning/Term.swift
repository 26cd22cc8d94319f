// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An operation with static types, its operands by their place in a `TermTable`: equal parts of all programs are one term.
enum Term: Hashable, Sendable {
    typealias ID = Int

    enum Arithmetic: Hashable, Sendable { case add, subtract, multiply, divide, remainder }
    enum Conversion: Hashable, Sendable {
        case negateInt, negateDouble, intToDouble, uintToDouble, intToUInt, uintToInt, doubleToInt, doubleToUInt
    }
    enum TextTest: Hashable, Sendable { case contains, startsWith, endsWith }

    /// A list of a slot, the cells of one element, and the row of the run that holds the current one.
    struct Loop: Hashable, Sendable {
        let slot: Int
        let stride: Int
        let row: Int
    }

    // Constants. A word is an int, uint or double bit by bit, or a duration.
    case bool(Bool), word(UInt64), text([UInt8]), time(Timestamp)
    // Inputs.
    case place(Place, CellType), present(Place), listSize(slot: Int)
    // Logic. `decisive` is what ends it: false for `&&` and `all`, true for `||` and `exists`.
    case junction(decisive: Bool, [ID]), not(ID), conditional(ID, ID, ID)
    case quantifier(decisive: Bool, Loop, ID), existsOne(Loop, ID), count(Loop, ID)
    // Comparison.
    case order(CellType, OrderMask, ID, ID), among(CellType, ID, constants: [ID]), inList(CellType, ID, slot: Int)
    // Texts.
    case textTest(TextTest, ID, ID), matches(ID, pattern: String), textSize(ID), joined(ID, ID)
    // Numbers and times.
    case arithmetic(Arithmetic, CellType, ID, ID), conversion(Conversion, ID)
    case timeBetween(ID, ID), timeSeconds(ID)
    case timeShift(time: ID, delta: ID, isEarlier: Bool, startsWithDelta: Bool)

    var operands: [ID] {
        switch self {
        case .bool, .word, .text, .time, .place, .present, .listSize: []
        case .junction(_, let operands): operands
        case .not(let a), .quantifier(_, _, let a), .existsOne(_, let a), .count(_, let a), .inList(_, let a, _),
            .matches(let a, _), .textSize(let a), .conversion(_, let a), .timeSeconds(let a):
            [a]
        case .conditional(let a, let b, let c): [a, b, c]
        case .order(_, _, let a, let b), .textTest(_, let a, let b), .joined(let a, let b), .arithmetic(_, _, let a, let b),
            .timeBetween(let a, let b), .timeShift(let a, let b, _, _):
            [a, b]
        case .among(_, let a, let constants): [a] + constants
        }
    }

    var loop: Loop? {
        switch self {
        case .quantifier(_, let loop, _), .existsOne(let loop, _), .count(let loop, _): loop
        default: nil
        }
    }
}

/// All terms of one or many programs, each once.
struct TermTable {
    private(set) var terms: [Term] = []
    /// The expression that first came to the term: where an error is shown.
    private(set) var origins: [Int32] = []
    /// Rows of loops outside of the term that it reads, as bits; none: the term has one value for an event.
    private(set) var freeRows: [UInt32] = []
    /// Whether the term spends of the budget: it goes through a list or makes a text.
    private(set) var spends: [Bool] = []
    private var known: [Term: Term.ID] = [:]

    subscript(id: Term.ID) -> Term { terms[id] }

    mutating func id(_ term: Term, origin: Int) -> Term.ID {
        if let id = known[term] { return id }
        let id = terms.count
        var rows: UInt32 = 0
        var spends = term.loop != nil
        if case .joined = term { spends = true }
        for operand in term.operands {
            rows |= freeRows[operand]
            spends = spends || self.spends[operand]
        }
        if case .place(let place, _) = term { rows |= Self.bit(place.row) }
        if case .present(let place) = term { rows |= Self.bit(place.row) }
        if let loop = term.loop { rows &= ~Self.bit(Int32(loop.row)) }
        terms.append(term)
        origins.append(Int32(truncatingIfNeeded: origin))
        freeRows.append(rows)
        self.spends.append(spends)
        known[term] = id
        return id
    }

    private static func bit(_ row: Int32) -> UInt32 { row == 0 ? 0 : 1 << UInt32(row) }

    func isConstant(_ id: Term.ID) -> Bool {
        switch terms[id] {
        case .bool, .word, .text, .time: true
        default: false
        }
    }

    func text(_ id: Term.ID) -> [UInt8]? {
        if case .text(let bytes) = terms[id] { bytes } else { nil }
    }

    func word(_ id: Term.ID) -> UInt64? {
        if case .word(let bits) = terms[id] { bits } else { nil }
    }
}

/// Why an expression runs in the generic tier.
public struct NotTyped: Error, Sendable, Hashable, CustomStringConvertible {
    /// In words for policy authors: what has no typed form.
    public let reason: String
    public let span: SourceSpan?

    public var description: String {
        guard let span else { return reason }
        return "\(span.line):\(span.column): \(reason)"
    }
}
