// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Answers all witnesses of one kind at one site, and marks the programs that have a hit.
///
/// Where the site has no value, each of these programs has one: it may come to an error or be unknown.
// All properties are constant, and what they point to is not changed after `init`.
class Marker: @unchecked Sendable {
    func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {}
}

/// `cell == constant`, `cell in constants`.
// As its base class: constant after `init`.
final class TextMarker: Marker, @unchecked Sendable {
    private let slot: Int
    private let table: TextTable
    private let lists: ProgramLists

    init(slot: Int, _ witnesses: [(text: [UInt8], programs: [Int])], universe: Int) {
        self.slot = slot
        table = TextTable(witnesses.map(\.text))
        lists = ProgramLists(witnesses.map(\.programs), universe: universe)
    }

    deinit {
        table.deallocate()
        lists.deallocate()
    }

    override func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        let cell = cells[slot]
        guard cell.tag == .string else { return lists.markAll(bits) }
        if let found = table.index(of: cell.text) { lists.mark(found, bits) }
    }
}

/// The same for a field of any element of a list.
// As its base class: constant after `init`.
final class ElementTextMarker: Marker, @unchecked Sendable {
    private let slot: Int
    private let stride: Int
    private let offset: Int
    private let table: TextTable
    private let lists: ProgramLists

    init(slot: Int, stride: Int, offset: Int, _ witnesses: [(text: [UInt8], programs: [Int])], universe: Int) {
        self.slot = slot
        self.stride = stride
        self.offset = offset
        table = TextTable(witnesses.map(\.text))
        lists = ProgramLists(witnesses.map(\.programs), universe: universe)
    }

    deinit {
        table.deallocate()
        lists.deallocate()
    }

    override func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        let list = cells[slot]
        guard list.tag == .list else { return lists.markAll(bits) }
        guard let elements = list.elements else { return }
        for index in 0..<list.count {
            let cell = elements[index * stride + offset]
            guard cell.tag == .string else { return lists.markAll(bits) }
            if let found = table.index(of: cell.text) { lists.mark(found, bits) }
        }
    }
}

/// A bool, of the frame or of any element of a list (then `stride` is not 0).
// As its base class: constant after `init`.
final class BoolMarker: Marker, @unchecked Sendable {
    private let slot: Int
    private let stride: Int
    private let offset: Int
    /// For false and for true.
    private let lists: ProgramLists

    init(slot: Int, stride: Int, offset: Int, whenFalse: [Int], whenTrue: [Int], universe: Int) {
        self.slot = slot
        self.stride = stride
        self.offset = offset
        lists = ProgramLists([whenFalse, whenTrue], universe: universe)
    }

    deinit { lists.deallocate() }

    override func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        let cell = cells[slot]
        if stride == 0 { return mark(cell, bits) }
        guard cell.tag == .list else { return lists.markAll(bits) }
        guard let elements = cell.elements else { return }
        for index in 0..<cell.count { mark(elements[index * stride + offset], bits) }
    }

    private func mark(_ cell: Cell, _ bits: Bits) {
        if cell.tag == .bool { lists.mark(cell.payload == 0 ? 0 : 1, bits) } else { lists.markAll(bits) }
    }
}

/// Numbers against sorted bounds, of the frame or of any element of a list (then `stride` is not 0).
// As its base class: constant after `init`.
final class BoundMarker: Marker, @unchecked Sendable {
    private let slot: Int
    private let stride: Int
    private let offset: Int
    private let tag: Cell.Tag
    private let mask: OrderMask
    /// In the order in which they are hit: all before the first that is not hit are.
    private let bounds: UnsafeMutablePointer<UInt64>
    private let count: Int
    /// The programs of one bound each.
    private let lists: ProgramLists
    /// The programs of all bounds up to and including a block of `block` of them.
    private let prefixes: ProgramLists

    private static let block = 32

    init(
        slot: Int, stride: Int, offset: Int, _ type: CellType, _ mask: OrderMask, _ witnesses: [(bits: UInt64, programs: [Int])],
        universe: Int
    ) {
        self.slot = slot
        self.stride = stride
        self.offset = offset
        tag = type.tag
        self.mask = mask
        let rises = mask.bits & OrderMask.greater.bits != 0
        let sorted = witnesses.sorted { Self.isBefore($0.bits, $1.bits, type.tag, rises: rises) }
        count = sorted.count
        bounds = .allocate(capacity: max(count, 1))
        for (index, witness) in sorted.enumerated() { (bounds + index).initialize(to: witness.bits) }
        lists = ProgramLists(sorted.map(\.programs), universe: universe)
        var joined: [[Int]] = []
        var all: [Int] = []
        for (index, witness) in sorted.enumerated() {
            all += witness.programs
            if index % Self.block == Self.block - 1 { joined.append(all) }
        }
        prefixes = ProgramLists(joined, universe: universe)
    }

    deinit {
        bounds.deallocate()
        lists.deallocate()
        prefixes.deallocate()
    }

    override func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        let cell = cells[slot]
        if stride == 0 { return mark(cell, bits) }
        guard cell.tag == .list else { return lists.markAll(bits) }
        guard let elements = cell.elements else { return }
        for index in 0..<cell.count { mark(elements[index * stride + offset], bits) }
    }

    private func mark(_ cell: Cell, _ bits: Bits) {
        guard cell.tag == tag else { return lists.markAll(bits) }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isHit(cell.payload, bounds[middle]) { low = middle + 1 } else { high = middle }
        }
        let blocks = low / Self.block
        if blocks > 0 { prefixes.mark(blocks - 1, bits) }
        for index in blocks * Self.block..<low { lists.mark(index, bits) }
    }

    @inline(__always)
    private func isHit(_ value: UInt64, _ bound: UInt64) -> Bool {
        switch tag {
        case .double: mask.holds(Double(bitPattern: value), Double(bitPattern: bound))
        case .uint: mask.holds(value, bound)
        default: mask.holds(Int64(bitPattern: value), Int64(bitPattern: bound))
        }
    }

    /// Bounds that are not numbers are never hit: they go last.
    private static func isBefore(_ a: UInt64, _ b: UInt64, _ tag: Cell.Tag, rises: Bool) -> Bool {
        switch tag {
        case .double:
            let (a, b) = (Double(bitPattern: a), Double(bitPattern: b))
            if a.isNaN || b.isNaN { return !a.isNaN && b.isNaN }
            return rises ? a < b : b < a
        case .uint: return rises ? a < b : b < a
        default: return rises ? Int64(bitPattern: a) < Int64(bitPattern: b) : Int64(bitPattern: b) < Int64(bitPattern: a)
        }
    }
}

/// Constants in a text, by the bits that a scan of the text has set.
// As its base class: constant after `init`.
final class LiteralMarker: Marker, @unchecked Sendable {
    private let slot: Int
    /// The first bit of the text; a text's bits begin with a word of their own.
    private let firstBit: Int
    private let lists: ProgramLists

    /// - Parameter programs: By the constant's place among those of the text.
    init(slot: Int, firstBit: Int, _ programs: [[Int]], universe: Int) {
        self.slot = slot
        self.firstBit = firstBit
        lists = ProgramLists(programs, universe: universe)
    }

    deinit { lists.deallocate() }

    override func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        guard cells[slot].tag == .string else { return lists.markAll(bits) }
        let words = hits + firstBit / 64
        for index in 0..<(lists.count + 63) / 64 {
            var word = words[index]
            while word != 0 {
                lists.mark(index << 6 | word.trailingZeroBitCount, bits)
                word &= word - 1
            }
        }
    }
}

/// A text of the frame on which many programs depend: for each of its values all programs that it does not rule out.
// All properties are constant, and what they point to is not changed after `init`.
final class Dimension: @unchecked Sendable {
    private let slot: Int
    private let table: TextTable
    private let masks: UnsafeMutablePointer<UInt64>
    private let wordCount: Int

    /// - Parameters:
    ///   - programs: Those that need the value, by value.
    ///   - others: Those that need no value here.
    init(slot: Int, _ values: [(text: [UInt8], programs: [Int])], others: [Int], count: Int) {
        self.slot = slot
        table = TextTable(values.map(\.text))
        wordCount = max((count + 63) / 64, 1)
        masks = .allocate(capacity: wordCount * (values.count + 1))
        masks.initialize(repeating: 0, count: wordCount * (values.count + 1))
        for index in 0...values.count {
            let programs = others + (index < values.count ? values[index].programs : [])
            for program in programs { masks[index * wordCount + (program >> 6)] |= 1 << UInt64(program & 63) }
        }
        self.count = values.count
    }

    private let count: Int

    deinit {
        table.deallocate()
        masks.deallocate()
    }

    /// Leaves the programs that the text does not rule out.
    @inline(__always)
    func restrict(_ cells: UnsafeMutablePointer<Cell>, _ bits: Bits) {
        let cell = cells[slot]
        guard cell.tag == .string else { return }
        bits.intersect(masks + (table.index(of: cell.text) ?? count) * wordCount)
    }
}
