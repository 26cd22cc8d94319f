// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// `text in ["a", "b"]` for a few constants: the length decides nearly always.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class FewTextsLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let texts: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private let owned: [ConstantBytes]
    private let count: Int
    private let id: Int32

    init(_ place: Place, _ constants: [[UInt8]], id: Int32) {
        self.place = place
        self.id = id
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
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        let text = cell.text
        for index in 0..<count where ByteText.equal(text, texts[index]) { return .yes }
        return .no
    }
}

/// The same for many constants.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ManyTextsLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let table: TextTable
    private let id: Int32

    init(_ place: Place, _ constants: [[UInt8]], id: Int32) {
        self.place = place
        self.id = id
        table = TextTable(constants)
    }

    deinit { table.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        return Outcome(table.contains(cell.text))
    }
}

/// A computed text among constants.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextAmongNode: BoolNode, @unchecked Sendable {
    private let text: CellNode
    private let table: TextTable

    init(_ text: CellNode, _ constants: [[UInt8]]) {
        self.text = text
        table = TextTable(constants)
    }

    deinit { table.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = text.cell(run)
        return run.pointee.trouble == .no ? Outcome(table.contains(cell.text)) : run.settle()
    }
}

/// A number among sorted constants.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class NumberAmongNode: BoolNode, @unchecked Sendable {
    private let number: WordNode
    private let constants: UnsafeMutablePointer<UInt64>
    private let count: Int
    private let isDouble: Bool

    init(_ number: WordNode, _ constants: [UInt64], isDouble: Bool) {
        self.number = number
        self.isDouble = isDouble
        count = constants.count
        self.constants = .allocate(capacity: max(count, 1))
        for (index, constant) in constants.sorted().enumerated() { (self.constants + index).initialize(to: constant) }
    }

    deinit { constants.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let bits = number.word(run)
        guard run.pointee.trouble == .no else { return run.settle() }
        return Outcome(isDouble ? containsDouble(Double(bitPattern: bits)) : contains(bits))
    }

    private func contains(_ bits: UInt64) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if constants[middle] == bits { return true }
            if constants[middle] < bits { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// By value: both zeros are one, and not a number is in no list.
    private func containsDouble(_ number: Double) -> Bool {
        for index in 0..<count where Double(bitPattern: constants[index]) == number { return true }
        return false
    }
}

/// `text in list` for a list of texts in a cell.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextInListNode: BoolNode, @unchecked Sendable {
    private let text: CellNode
    private let place: Place
    private let id: Int32

    init(_ text: CellNode, _ place: Place, id: Int32) {
        self.text = text
        self.place = place
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = text.cell(run)
        let list = run[place]
        if list.tag != .list { run.raise(list.tag, at: id) }
        guard run.pointee.trouble == .no else { return run.settle() }
        guard let elements = list.elements else { return .no }
        for index in 0..<list.count where ByteText.equal(elements[index].text, cell.text) { return .yes }
        return .no
    }
}

/// `number in list` for a list of numbers or durations in a cell.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class WordInListNode: BoolNode, @unchecked Sendable {
    private let number: WordNode
    private let place: Place
    private let isDouble: Bool
    private let id: Int32

    init(_ number: WordNode, _ place: Place, isDouble: Bool, id: Int32) {
        self.number = number
        self.place = place
        self.isDouble = isDouble
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let bits = number.word(run)
        let list = run[place]
        if list.tag != .list { run.raise(list.tag, at: id) }
        guard run.pointee.trouble == .no else { return run.settle() }
        guard let elements = list.elements else { return .no }
        for index in 0..<list.count {
            let element = elements[index].payload
            if isDouble ? Double(bitPattern: element) == Double(bitPattern: bits) : element == bits { return .yes }
        }
        return .no
    }
}
