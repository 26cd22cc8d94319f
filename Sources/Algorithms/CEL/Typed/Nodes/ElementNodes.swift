// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// `list.exists(x, x.field == "a")`, `list.all(x, x in ["a", "b"])` and the like, in one node.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ElementTextNode: BoolNode, @unchecked Sendable {
    private let range: LoopRange
    private let offset: Int
    private let texts: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private let owned: [ConstantBytes]
    private let count: Int
    private let wanted: Bool
    private let decisive: Outcome
    private let otherwise: BoolNode

    /// - Parameters:
    ///   - wanted: Whether being one of the texts makes the predicate true.
    ///   - otherwise: The same loop, for lists with elements that have no value and for spent budgets.
    init(_ range: LoopRange, offset: Int, _ constants: [[UInt8]], wanted: Bool, decisive: Bool, otherwise: BoolNode) {
        self.range = range
        self.offset = offset
        self.wanted = wanted
        self.decisive = Outcome(decisive)
        self.otherwise = otherwise
        owned = constants.map { ConstantBytes($0) }
        count = constants.count
        texts = .allocate(capacity: max(count, 1))
        for (index, text) in owned.enumerated() { (texts + index).initialize(to: text.bytes) }
    }

    deinit {
        texts.deallocate()
        for text in owned { text.deallocate() }
    }

    override func outcome(_ run: Run) -> Outcome {
        let list = run[range.place]
        let steps = run.pointee.steps
        guard list.tag == .list, steps + list.count <= run.pointee.stepLimit else { return otherwise.outcome(run) }
        guard let elements = list.elements else { return decisive == .no ? .yes : .no }
        for index in 0..<list.count {
            let cell = elements[index * range.stride + offset]
            guard cell.tag == .string else { return otherwise.outcome(run) }
            if Outcome(isOne(cell.text) == wanted) == decisive {
                run.pointee.steps = steps + index + 1
                return decisive
            }
        }
        run.pointee.steps = steps + list.count
        return decisive == .no ? .yes : .no
    }

    @inline(__always)
    private func isOne(_ text: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<count where ByteText.equal(text, texts[index]) { return true }
        return false
    }
}

/// `list.exists(x, x.field == "a" && rest)`: the rest is asked only of elements that have the text.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ElementGuardNode: BoolNode, @unchecked Sendable {
    private let range: LoopRange
    private let offset: Int
    private let text: ConstantBytes
    private let rest: BoolNode
    private let otherwise: QuantifierNode

    /// - Parameter otherwise: The same loop with the whole predicate.
    init(_ range: LoopRange, offset: Int, _ text: [UInt8], rest: BoolNode, otherwise: QuantifierNode) {
        self.range = range
        self.offset = offset
        self.text = ConstantBytes(text)
        self.rest = rest
        self.otherwise = otherwise
    }

    deinit { text.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let list = run[range.place]
        guard list.tag == .list, run.pointee.steps + list.count <= run.pointee.stepLimit else { return otherwise.outcome(run) }
        guard var element = list.elements else { return .no }
        let end = element + list.count * range.stride
        let before = run.pointee.rows[range.row]
        defer { run.pointee.rows[range.row] = before }
        while element < end {
            run.pointee.steps += 1
            let cell = element[offset]
            if cell.tag != .string || ByteText.equal(cell.text, text.bytes) {
                run.pointee.rows[range.row] = element
                let outcome = cell.tag == .string ? rest.outcome(run) : otherwise.predicate.outcome(run)
                if outcome == .yes { return .yes }
                // Not restarted: loops within loops would start again and again.
                if outcome != .no { return otherwise.absorb(outcome, element, end, run) }
            }
            element += range.stride
        }
        return .no
    }
}
