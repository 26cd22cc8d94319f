// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds the programs of a set that an event does not rule out.
///
/// A program stays when each of its dimensions and its chosen clauses let it. Dimensions are texts such as the kind of the
/// event, with a bit mask for every value; the clauses are the two that hold most rarely among the rest: constants in a text,
/// fields of list elements, bools, bounds.
// All properties are constant, and what they point to is not changed after `init`.
final class WitnessIndex: @unchecked Sendable {
    private let dimensions: ObjectRow<Dimension>
    private let layers: ObjectRow<ClauseLayer>

    private static let mostDimensions = 6
    private static let mostLayers = 2

    /// - Parameters:
    ///   - clauses: Those of each program.
    ///   - literals: The bits that say which constants are in which text.
    init(_ clauses: [[Clause]], literals: LiteralCatalogue) {
        let slots = Self.dimensionSlots(clauses)
        dimensions = ObjectRow(slots.map { Self.dimension($0, clauses) })
        let chosen = clauses.map { own in
            let rest = own.filter { clause in
                !slots.contains { Self.values(of: clause, at: $0) != nil } && clause.likelihood <= 0.7
            }
            return rest.sorted { $0.likelihood < $1.likelihood }
        }
        let layers = (0..<Self.mostLayers).map { layer in chosen.map { layer < $0.count ? $0[layer] : nil } }
        self.layers = ObjectRow(layers.filter { layer in layer.contains { $0 != nil } }.map { ClauseLayer($0, literals) })
    }

    deinit {
        dimensions.deallocate()
        layers.deallocate()
    }

    /// The programs that may not be false, into `bits`; `spare` is overwritten.
    func candidates(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits, _ spare: Bits) {
        if layers.count == 0 { bits.fill() } else { layers.with(0) { $0.mark(cells, hits, bits) } }
        for index in 1..<max(layers.count, 1) {
            layers.with(index) { $0.mark(cells, hits, spare) }
            bits.intersect(spare.words)
        }
        for index in 0..<dimensions.count { dimensions.with(index) { $0.restrict(cells, bits) } }
    }

    /// The slots with most clauses that ask for nothing but texts of the one slot.
    private static func dimensionSlots(_ clauses: [[Clause]]) -> [Int] {
        var uses: [Int: Int] = [:]
        for own in clauses {
            var seen: Set<Int> = []
            for clause in own {
                if case .cell(let slot)? = clause.first?.site, values(of: clause, at: slot) != nil, seen.insert(slot).inserted {
                    uses[slot, default: 0] += 1
                }
            }
        }
        let enough = uses.filter { $0.value >= max(4, clauses.count / 50) }
        let sorted = enough.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        return sorted.prefix(mostDimensions).map(\.key)
    }

    /// The texts of a clause that asks for nothing else than this slot to be one of them.
    private static func values(of clause: Clause, at slot: Int) -> [[UInt8]]? {
        guard !clause.isEmpty else { return nil }
        var values: [[UInt8]] = []
        for witness in clause {
            guard case .cell(slot) = witness.site, case .text(let text) = witness.test else { return nil }
            values.append(text)
        }
        return values
    }

    private static func dimension(_ slot: Int, _ clauses: [[Clause]]) -> Dimension {
        var programs: [[UInt8]: [Int]] = [:]
        var others: [Int] = []
        for (program, own) in clauses.enumerated() {
            if let values = own.lazy.compactMap({ values(of: $0, at: slot) }).first {
                for value in values { programs[value, default: []].append(program) }
            } else {
                others.append(program)
            }
        }
        return Dimension(slot: slot, programs.map { (text: $0.key, programs: $0.value) }, others: others, count: clauses.count)
    }
}
