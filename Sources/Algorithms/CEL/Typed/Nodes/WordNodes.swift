// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConstantWord: WordNode, @unchecked Sendable {
    private let bits: UInt64

    init(_ bits: UInt64) { self.bits = bits }

    override func word(_ run: Run) -> UInt64 { bits }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class PlaceWord: WordNode, @unchecked Sendable {
    private let place: Place
    private let tag: Cell.Tag
    private let id: Int32

    init(_ place: Place, tag: Cell.Tag, id: Int32) {
        self.place = place
        self.tag = tag
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let cell = run[place]
        if cell.tag != tag { run.raise(cell.tag, at: id) }
        return cell.payload
    }
}

/// Arithmetic of ints and durations.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class IntArithmetic: WordNode, @unchecked Sendable {
    private let operation: Term.Arithmetic
    private let left: WordNode
    private let right: WordNode
    private let id: Int32

    init(_ operation: Term.Arithmetic, _ left: WordNode, _ right: WordNode, id: Int32) {
        self.operation = operation
        self.left = left
        self.right = right
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let (a, b) = (Int64(bitPattern: left.word(run)), Int64(bitPattern: right.word(run)))
        // After trouble the numbers mean nothing, and must not add an error of their own.
        guard run.pointee.trouble == .no else { return 0 }
        let (result, overflow) =
            switch operation {
            case .add: a.addingReportingOverflow(b)
            case .subtract: a.subtractingReportingOverflow(b)
            case .multiply: a.multipliedReportingOverflow(by: b)
            case .divide: a.dividedReportingOverflow(by: b)
            case .remainder: a.remainderReportingOverflow(dividingBy: b)
            }
        if overflow {
            let divides = operation == .divide || operation == .remainder
            run.raise(divides && b == 0 ? Failure.Code.divideByZero : .overflow, at: id)
        }
        return UInt64(bitPattern: result)
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class UIntArithmetic: WordNode, @unchecked Sendable {
    private let operation: Term.Arithmetic
    private let left: WordNode
    private let right: WordNode
    private let id: Int32

    init(_ operation: Term.Arithmetic, _ left: WordNode, _ right: WordNode, id: Int32) {
        self.operation = operation
        self.left = left
        self.right = right
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let (a, b) = (left.word(run), right.word(run))
        guard run.pointee.trouble == .no else { return 0 }
        let (result, overflow) =
            switch operation {
            case .add: a.addingReportingOverflow(b)
            case .subtract: a.subtractingReportingOverflow(b)
            case .multiply: a.multipliedReportingOverflow(by: b)
            case .divide: a.dividedReportingOverflow(by: b)
            case .remainder: a.remainderReportingOverflow(dividingBy: b)
            }
        if overflow {
            let divides = operation == .divide || operation == .remainder
            run.raise(divides ? Failure.Code.divideByZero : .overflow, at: id)
        }
        return result
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class DoubleArithmetic: WordNode, @unchecked Sendable {
    private let operation: Term.Arithmetic
    private let left: WordNode
    private let right: WordNode

    init(_ operation: Term.Arithmetic, _ left: WordNode, _ right: WordNode) {
        self.operation = operation
        self.left = left
        self.right = right
    }

    override func word(_ run: Run) -> UInt64 {
        let (a, b) = (Double(bitPattern: left.word(run)), Double(bitPattern: right.word(run)))
        let result: Double =
            switch operation {
            case .add: a + b
            case .subtract: a - b
            case .multiply: a * b
            case .divide: a / b
            // There is none for doubles: the checker refuses it.
            case .remainder: .nan
            }
        return result.bitPattern
    }
}

/// What takes one number and gives one.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class UnaryWord: WordNode, @unchecked Sendable {
    private let operation: Term.Conversion
    private let operand: WordNode
    private let id: Int32

    init(_ operation: Term.Conversion, _ operand: WordNode, id: Int32) {
        self.operation = operation
        self.operand = operand
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let bits = operand.word(run)
        guard run.pointee.trouble == .no else { return 0 }
        switch operation {
        case .negateInt:
            let (result, overflow) = Int64(0).subtractingReportingOverflow(Int64(bitPattern: bits))
            if overflow { run.raise(Failure.Code.overflow, at: id) }
            return UInt64(bitPattern: result)
        case .negateDouble: return (-Double(bitPattern: bits)).bitPattern
        case .intToDouble: return Double(Int64(bitPattern: bits)).bitPattern
        case .uintToDouble: return Double(bits).bitPattern
        case .intToUInt, .uintToInt:
            // The same bits, as long as neither side would read them as a negative number.
            if Int64(bitPattern: bits) < 0 { run.raise(Failure.Code.overflow, at: id) }
            return bits
        case .doubleToInt:
            let number = Double(bitPattern: bits)
            // Both ends are out: neither is exact as a double.
            guard number > -0x1p63, number < 0x1p63 else { return overflow(run) }
            return UInt64(bitPattern: Int64(number))
        case .doubleToUInt:
            let number = Double(bitPattern: bits)
            guard number >= 0, number < 0x1p64 else { return overflow(run) }
            return UInt64(number)
        }
    }

    private func overflow(_ run: Run) -> UInt64 {
        run.raise(Failure.Code.overflow, at: id)
        return 0
    }
}

/// The code points of a text.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextSize: WordNode, @unchecked Sendable {
    private let operand: CellNode

    init(_ operand: CellNode) { self.operand = operand }

    override func word(_ run: Run) -> UInt64 {
        let cell = operand.cell(run)
        return run.pointee.trouble == .no ? UInt64(bitPattern: ByteText.scalarCount(cell)) : 0
    }
}

/// The elements of a list.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ListSize: WordNode, @unchecked Sendable {
    private let place: Place
    private let id: Int32

    init(_ place: Place, id: Int32) {
        self.place = place
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let cell = run[place]
        if cell.tag != .list { run.raise(cell.tag, at: id) }
        return UInt64(cell.length)
    }
}

/// A timestamp minus a timestamp.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TimeBetween: WordNode, @unchecked Sendable {
    private let left: CellNode
    private let right: CellNode
    private let id: Int32

    init(_ left: CellNode, _ right: CellNode, id: Int32) {
        self.left = left
        self.right = right
        self.id = id
    }

    override func word(_ run: Run) -> UInt64 {
        let (a, b) = (left.cell(run), right.cell(run))
        guard run.pointee.trouble == .no else { return 0 }
        // Seconds of the years 1 to 9999 cannot overflow when subtracted, but may not fit as nanoseconds.
        let (scaled, overflow) = (a.seconds &- b.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(Int64(a.nanoseconds) - Int64(b.nanoseconds))
        if overflow || carried { run.raise(Failure.Code.overflow, at: id) }
        return UInt64(bitPattern: sum)
    }
}

/// The whole seconds since 1970 of a timestamp.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TimeSeconds: WordNode, @unchecked Sendable {
    private let operand: CellNode

    init(_ operand: CellNode) { self.operand = operand }

    override func word(_ run: Run) -> UInt64 { operand.cell(run).payload }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConditionalWord: WordNode, @unchecked Sendable {
    private let test: BoolNode
    private let yes: WordNode
    private let no: WordNode

    init(_ test: BoolNode, _ yes: WordNode, _ no: WordNode) {
        self.test = test
        self.yes = yes
        self.no = no
    }

    override func word(_ run: Run) -> UInt64 {
        switch run.nested(test) {
        case .yes: yes.word(run)
        case .no: no.word(run)
        case .error, .unknown: 0
        }
    }
}
