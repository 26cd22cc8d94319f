// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Many conditions over one layout, compiled together: equal parts are computed once for an event, and conditions that the event
/// rules out are not looked at.
///
/// It gives for each program what the program gives alone. Conditions are ruled out only by a part that is exactly false and so
/// decides them whatever their other parts come to; errors and unknowns are told as if every condition had run.
///
/// Immutable. Each worker has a `Judge`; to change the conditions, make a new set and let the workers go over to it.
// All properties are constant, and what they point to is not changed after `init`.
public final class ProgramSet: @unchecked Sendable {
    /// A condition, and the events for which it is asked at all.
    public struct Entry: Sendable {
        public var program: Program
        /// Asked only where a text slot, such as `event.kind`, has one of these values; it is not fired elsewhere.
        public var only: (path: String, values: [String])?

        public init(_ program: Program, only: (path: String, values: [String])? = nil) {
            self.program = program
            self.only = only
        }
    }

    public let layout: FrameLayout
    public let count: Int
    /// The programs that run in the generic tier, by their place in the set, and why.
    public let untyped: [Int: NotTyped]
    /// How many parts several programs share.
    public let sharedCount: Int
    let roots: ObjectRow<BoolNode>
    let stepLimits: UnsafeMutablePointer<Int>
    /// Programs whose node is only their guard, with the programs to run when it holds.
    let generic: Bits
    let genericPrograms: [Int: Program]
    let index: WitnessIndex
    let literals: LiteralCatalogue
    let scanners: [LiteralScanner]

    /// - Parameter layout: Holds the slots of all programs and the paths of their guards.
    public init(_ entries: [Entry], layout: FrameLayout) {
        var table = TermTable()
        var conditions: [Term.ID] = []
        var refusals: [Int: NotTyped] = [:]
        var generic: [Int: Program] = [:]
        let always = table.id(.bool(true), origin: 0)
        for (number, entry) in entries.enumerated() {
            let guardTerm = entry.only.map { Self.guardTerm($0, layout, &table) }
            do throws(NotTyped) {
                if let refusal = TypedProgram.refusal(entry.program) { throw refusal }
                let condition = try TypedPlanner.plan(entry.program.checked, layout: layout, into: &table)
                conditions.append(Self.joined(guardTerm, condition, &table))
            } catch {
                refusals[number] = error
                generic[number] = entry.program
                conditions.append(guardTerm ?? always)
            }
        }
        let plan = SetPlan(table, roots: conditions)
        var builder = NodeBuilder(table, sharing: plan.sharing)
        roots = ObjectRow(conditions.map { builder.bool($0) })
        let finder = WitnessFinder(table: table)
        index = WitnessIndex(conditions.map { finder.clauses($0) }, literals: plan.literals)
        literals = plan.literals
        scanners = plan.literals.texts.map { text in
            LiteralScanner(text.constants.enumerated().map { (bytes: $1, bit: text.firstBit + $0) })
        }
        stepLimits = .allocate(capacity: max(entries.count, 1))
        for (number, entry) in entries.enumerated() { (stepLimits + number).initialize(to: entry.program.limits.steps) }
        self.generic = Bits(count: entries.count)
        for number in generic.keys { self.generic.insert(number) }
        genericPrograms = generic
        untyped = refusals
        sharedCount = plan.memoCount
        count = entries.count
        self.layout = layout
    }

    deinit {
        roots.deallocate()
        stepLimits.deallocate()
        generic.deallocate()
        for scanner in scanners { scanner.deallocate() }
    }

    /// `slot in values`; a slot that the frame does not have lets every event pass, so that nothing is left out by mistake.
    private static func guardTerm(
        _ only: (path: String, values: [String]), _ layout: FrameLayout, _ table: inout TermTable
    ) -> Term.ID {
        guard let slot = layout.slot(only.path), slot.type == .string else { return table.id(.bool(true), origin: 0) }
        let place = table.id(.place(Place(row: 0, cell: Int32(slot.index)), .string), origin: 0)
        let values = Set(only.values).sorted().map { table.id(.text(Array($0.utf8)), origin: 0) }
        return table.id(.among(.string, place, constants: values), origin: 0)
    }

    private static func joined(_ guardTerm: Term.ID?, _ condition: Term.ID, _ table: inout TermTable) -> Term.ID {
        guard let guardTerm else { return condition }
        if case .junction(false, let operands) = table[condition] {
            return table.id(.junction(decisive: false, [guardTerm] + operands), origin: 0)
        }
        return table.id(.junction(decisive: false, [guardTerm, condition]), origin: 0)
    }

    /// The constants that conditions look for in a text slot, in the order of their numbers; for callers who look themselves.
    public func literals(of slot: FrameLayout.Slot) -> [String] {
        (literals.text(ofSlot: slot.index)?.constants ?? []).map { String(decoding: $0, as: UTF8.self) }
    }
}
