// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A simple test that an index can answer for many programs at once.
struct Witness: Hashable, Sendable {
    /// Which cells it asks: of the frame, of each element of a list, or, while a predicate is being looked at, of a loop's row.
    enum Site: Hashable, Sendable {
        case cell(slot: Int)
        case element(slot: Int, stride: Int, offset: Int)
        case open(row: Int, offset: Int)

        init(_ place: Place) {
            self = place.row == 0 ? .cell(slot: Int(place.cell)) : .open(row: Int(place.row), offset: Int(place.cell))
        }
    }

    enum Test: Hashable, Sendable {
        case text([UInt8])
        case bool(Bool)
        case contains([UInt8])
        /// Above or below a number of that type.
        case bound(CellType, OrderMask, UInt64)
    }

    let site: Site
    let test: Test

    /// A guess at how often the test holds, to choose between witnesses.
    var likelihood: Double {
        switch test {
        case .contains: 0.02
        case .text: if case .cell = site { 0.1 } else { 0.2 }
        case .bool(let bool): bool ? 0.1 : 0.9
        case .bound(let type, let mask, _): type == .double && mask.bits & OrderMask.greater.bits != 0 ? 0.3 : 0.6
        }
    }
}

/// Witnesses of which at least one must hold (or have no value) lest the condition be false; none: it is always false.
typealias Clause = Set<Witness>

extension Clause {
    var likelihood: Double { reduce(0) { $0 + $1.likelihood } }
}

/// Finds clauses of terms.
///
/// The rule that makes leaving a program out exact: a clause is kept only if the term is *exactly* false, no error and not
/// unknown, whenever none of its witnesses holds and all that they ask have a value. A false conjunct decides the conjunction
/// whatever the others come to, errors included, and an operand without a value counts as a hit.
struct WitnessFinder {
    let table: TermTable

    /// All clauses that must be hit, lest the term be exactly `!wanted`.
    func clauses(_ id: Term.ID, wanted: Bool = true) -> [Clause] {
        switch table[id] {
        case .bool(let value): value == wanted ? [] : [[]]
        case .not(let operand): clauses(operand, wanted: !wanted)
        case .junction(let decisive, let operands):
            // What decides it to be `!wanted` in any operand: each operand's clauses are necessary. Else all must fail together.
            decisive != wanted ? operands.flatMap { clauses($0, wanted: wanted) } : union(operands, wanted: wanted)
        case .place(let place, .bool): [[Witness(site: .init(place), test: .bool(wanted))]]
        case .order(let type, let mask, let left, let right): order(type, mask, left, right, wanted: wanted)
        case .among(.string, let operand, let constants): wanted ? among(operand, constants) : []
        case .inList(.string, let operand, let slot): wanted ? member(operand, slot) : []
        case .textTest(_, let text, let part): wanted ? contained(text, part) : []
        case .matches(let text, let pattern): wanted ? required(text, pattern) : []
        case .quantifier(let decisive, let loop, let predicate):
            decisive == wanted ? elements(loop, predicate, wanted: wanted) : []
        case .existsOne(let loop, let predicate): wanted ? elements(loop, predicate, wanted: true) : []
        default: []
        }
    }

    private func union(_ operands: [Term.ID], wanted: Bool) -> [Clause] {
        var joined: Clause = []
        for operand in operands {
            guard let best = clauses(operand, wanted: wanted).min(by: { $0.likelihood < $1.likelihood }) else { return [] }
            joined.formUnion(best)
        }
        return [joined]
    }

    private func order(_ type: CellType, _ mask: OrderMask, _ left: Term.ID, _ right: Term.ID, wanted: Bool) -> [Clause] {
        guard case .place(let place, _) = table[left] else { return [] }
        let site = Witness.Site(place)
        if let text = table.text(right) {
            return mask == (wanted ? .same : .different) ? [[Witness(site: site, test: .text(text))]] : []
        }
        guard let word = table.word(right), type == .int || type == .uint || type == .double || type == .duration,
            mask != .same, mask != .different
        else { return [] }
        if wanted { return [[Witness(site: site, test: .bound(type, mask, word))]] }
        // Not a number is neither below nor above: the opposite of an order is not an order for doubles.
        guard type != .double else { return [] }
        return [[Witness(site: site, test: .bound(type, OrderMask(bits: 7 ^ mask.bits), word))]]
    }

    private func among(_ operand: Term.ID, _ constants: [Term.ID]) -> [Clause] {
        // Of nothing there is no witness that would tell of an operand without a value.
        // Of long lists it is cheaper to ask the condition itself.
        guard case .place(let place, _) = table[operand], (1...64).contains(constants.count) else { return [] }
        return [Set(constants.compactMap { table.text($0) }.map { Witness(site: .init(place), test: .text($0)) })]
    }

    private func member(_ operand: Term.ID, _ slot: Int) -> [Clause] {
        guard let text = table.text(operand) else { return [] }
        return [[Witness(site: .element(slot: slot, stride: 1, offset: 0), test: .text(text))]]
    }

    /// What begins or ends with a constant contains it.
    private func contained(_ text: Term.ID, _ part: Term.ID) -> [Clause] {
        guard case .place(let place, _) = table[text], place.row == 0, let bytes = table.text(part), !bytes.isEmpty else {
            return []
        }
        return [[Witness(site: .init(place), test: .contains(bytes))]]
    }

    /// What every text that matches contains.
    private func required(_ text: Term.ID, _ pattern: String) -> [Clause] {
        guard case .place(let place, _) = table[text], place.row == 0, let literals = ConstantPattern(pattern)?.required,
            !literals.isEmpty, literals.count <= 64, !literals.contains(where: \.isEmpty)
        else { return [] }
        return [Set(literals.map { Witness(site: .init(place), test: .contains($0)) })]
    }

    /// If no element has a hit, the predicate is exactly `!wanted` for all, and so is the quantifier.
    ///
    /// Only clauses that ask the elements: they also tell of a list without a value.
    private func elements(_ loop: Term.Loop, _ predicate: Term.ID, wanted: Bool) -> [Clause] {
        clauses(predicate, wanted: wanted).compactMap { clause in
            var asksElements = false
            var result: Clause = []
            for witness in clause {
                if case .open(loop.row, let offset) = witness.site {
                    asksElements = true
                    result.insert(
                        Witness(site: .element(slot: loop.slot, stride: loop.stride, offset: offset), test: witness.test))
                } else {
                    result.insert(witness)
                }
            }
            return asksElements ? result : nil
        }
    }
}
