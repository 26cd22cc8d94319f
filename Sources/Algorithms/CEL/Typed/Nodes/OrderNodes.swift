// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Comparison of two ints or two durations.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class IntOrderNode: BoolNode, @unchecked Sendable {
    private let left: WordNode
    private let right: WordNode
    private let mask: OrderMask

    init(_ left: WordNode, _ right: WordNode, _ mask: OrderMask) {
        self.left = left
        self.right = right
        self.mask = mask
    }

    override func outcome(_ run: Run) -> Outcome {
        let (a, b) = (Int64(bitPattern: left.word(run)), Int64(bitPattern: right.word(run)))
        return run.pointee.trouble == .no ? Outcome(mask.holds(a, b)) : run.settle()
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class UIntOrderNode: BoolNode, @unchecked Sendable {
    private let left: WordNode
    private let right: WordNode
    private let mask: OrderMask

    init(_ left: WordNode, _ right: WordNode, _ mask: OrderMask) {
        self.left = left
        self.right = right
        self.mask = mask
    }

    override func outcome(_ run: Run) -> Outcome {
        let (a, b) = (left.word(run), right.word(run))
        return run.pointee.trouble == .no ? Outcome(mask.holds(a, b)) : run.settle()
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class DoubleOrderNode: BoolNode, @unchecked Sendable {
    private let left: WordNode
    private let right: WordNode
    private let mask: OrderMask

    init(_ left: WordNode, _ right: WordNode, _ mask: OrderMask) {
        self.left = left
        self.right = right
        self.mask = mask
    }

    override func outcome(_ run: Run) -> Outcome {
        let (a, b) = (Double(bitPattern: left.word(run)), Double(bitPattern: right.word(run)))
        return run.pointee.trouble == .no ? Outcome(mask.holds(a, b)) : run.settle()
    }
}

/// Comparison of two texts or two timestamps.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class CellOrderNode: BoolNode, @unchecked Sendable {
    private let left: CellNode
    private let right: CellNode
    private let mask: OrderMask
    private let isTime: Bool

    init(_ left: CellNode, _ right: CellNode, _ mask: OrderMask, isTime: Bool) {
        self.left = left
        self.right = right
        self.mask = mask
        self.isTime = isTime
    }

    override func outcome(_ run: Run) -> Outcome {
        let (a, b) = (left.cell(run), right.cell(run))
        guard run.pointee.trouble == .no else { return run.settle() }
        if !isTime { return Outcome(mask.holds(ByteText.order(a.text, b.text), 0)) }
        return Outcome(a.seconds == b.seconds ? mask.holds(a.nanoseconds, b.nanoseconds) : mask.holds(a.seconds, b.seconds))
    }
}

/// `==` or `!=` of two texts.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextEqualityNode: BoolNode, @unchecked Sendable {
    private let left: CellNode
    private let right: CellNode
    private let wanted: Bool

    init(_ left: CellNode, _ right: CellNode, wanted: Bool) {
        self.left = left
        self.right = right
        self.wanted = wanted
    }

    override func outcome(_ run: Run) -> Outcome {
        let (a, b) = (left.cell(run), right.cell(run))
        guard run.pointee.trouble == .no else { return run.settle() }
        return Outcome(ByteText.equal(a.text, b.text) == wanted)
    }
}

// What follows compares a cell with a constant in one node: the commonest leaves of conditions.

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class IntLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let constant: Int64
    private let mask: OrderMask
    private let tag: Cell.Tag
    private let id: Int32

    init(_ place: Place, _ constant: Int64, _ mask: OrderMask, tag: Cell.Tag, id: Int32) {
        self.place = place
        self.constant = constant
        self.mask = mask
        self.tag = tag
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == tag else { return run.outcome(cell.tag, at: id) }
        return Outcome(mask.holds(Int64(bitPattern: cell.payload), constant))
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class UIntLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let constant: UInt64
    private let mask: OrderMask
    private let id: Int32

    init(_ place: Place, _ constant: UInt64, _ mask: OrderMask, id: Int32) {
        self.place = place
        self.constant = constant
        self.mask = mask
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .uint else { return run.outcome(cell.tag, at: id) }
        return Outcome(mask.holds(cell.payload, constant))
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class DoubleLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let constant: Double
    private let mask: OrderMask
    private let id: Int32

    init(_ place: Place, _ constant: Double, _ mask: OrderMask, id: Int32) {
        self.place = place
        self.constant = constant
        self.mask = mask
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .double else { return run.outcome(cell.tag, at: id) }
        return Outcome(mask.holds(Double(bitPattern: cell.payload), constant))
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let constant: ConstantBytes
    private let wanted: Bool
    private let id: Int32

    init(_ place: Place, _ constant: [UInt8], wanted: Bool, id: Int32) {
        self.place = place
        self.constant = ConstantBytes(constant)
        self.wanted = wanted
        self.id = id
    }

    deinit { constant.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        return Outcome(ByteText.equal(cell.text, constant.bytes) == wanted)
    }
}
