// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConstantText: CellNode, @unchecked Sendable {
    private let bytes: ConstantBytes
    private let made: Cell

    init(_ text: [UInt8]) {
        bytes = ConstantBytes(text)
        made = bytes.cell
    }

    deinit { bytes.deallocate() }

    override func cell(_ run: Run) -> Cell { made }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConstantTime: CellNode, @unchecked Sendable {
    private let made: Cell

    init(_ time: Timestamp) { made = Cell(time) }

    override func cell(_ run: Run) -> Cell { made }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class PlaceCell: CellNode, @unchecked Sendable {
    private let place: Place
    private let tag: Cell.Tag
    private let id: Int32

    init(_ place: Place, tag: Cell.Tag, id: Int32) {
        self.place = place
        self.tag = tag
        self.id = id
    }

    override func cell(_ run: Run) -> Cell {
        let cell = run[place]
        if cell.tag == tag { return cell }
        run.raise(cell.tag, at: id)
        return Cell()
    }
}

/// A text after another, in the arena of the event.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class JoinedText: CellNode, @unchecked Sendable {
    private let left: CellNode
    private let right: CellNode
    private let id: Int32

    init(_ left: CellNode, _ right: CellNode, id: Int32) {
        self.left = left
        self.right = right
        self.id = id
    }

    override func cell(_ run: Run) -> Cell {
        let (a, b) = (left.cell(run), right.cell(run))
        guard run.pointee.trouble == .no else { return Cell() }
        let count = a.count + b.count
        // Longer than a cell can say. Loops could make such texts otherwise.
        guard count <= Int(Int32.max) else {
            run.raise(Failure.Code.limitExceeded, at: id)
            return Cell()
        }
        // Copying counts as in the generic tier.
        run.pointee.steps += count / 64
        guard run.pointee.steps <= run.pointee.stepLimit else {
            run.raise(Failure.Code.limitExceeded, at: id)
            return Cell()
        }
        let memory = run.pointee.arena.pointee.allocate(count)
        memory.copyMemory(from: a.text)
        UnsafeMutableRawBufferPointer(rebasing: memory[a.count...]).copyMemory(from: b.text)
        return Cell(text: UnsafeRawBufferPointer(memory), isASCII: a.isASCII && b.isASCII)
    }
}

/// A timestamp some time later, or earlier.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ShiftedTime: CellNode, @unchecked Sendable {
    private let time: CellNode
    private let delta: WordNode
    private let isEarlier: Bool
    /// `duration + timestamp`: the operands run in the order in which they are written.
    private let startsWithDelta: Bool
    private let id: Int32

    init(_ time: CellNode, _ delta: WordNode, isEarlier: Bool, startsWithDelta: Bool, id: Int32) {
        self.time = time
        self.delta = delta
        self.isEarlier = isEarlier
        self.startsWithDelta = startsWithDelta
        self.id = id
    }

    override func cell(_ run: Run) -> Cell {
        var nanoseconds: Int64 = 0
        if startsWithDelta { nanoseconds = Int64(bitPattern: delta.word(run)) }
        let cell = time.cell(run)
        if !startsWithDelta { nanoseconds = Int64(bitPattern: delta.word(run)) }
        guard run.pointee.trouble == .no else { return Cell() }
        let (shift, overflow) = isEarlier ? Int64(0).subtractingReportingOverflow(nanoseconds) : (nanoseconds, false)
        guard !overflow, let time = Timestamp(seconds: cell.seconds, nanoseconds: cell.nanoseconds),
            let result = time.advanced(byNanoseconds: shift)
        else {
            run.raise(Failure.Code.overflow, at: id)
            return Cell()
        }
        return Cell(result)
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConditionalCell: CellNode, @unchecked Sendable {
    private let test: BoolNode
    private let yes: CellNode
    private let no: CellNode

    init(_ test: BoolNode, _ yes: CellNode, _ no: CellNode) {
        self.test = test
        self.yes = yes
        self.no = no
    }

    override func cell(_ run: Run) -> Cell {
        switch run.nested(test) {
        case .yes: yes.cell(run)
        case .no: no.cell(run)
        case .error, .unknown: Cell()
        }
    }
}
