// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The inputs of one event, decoded once and read by any number of typed programs.
///
/// A worker owns a frame and uses it again for every event: `reset()`, set what the event has, evaluate. Once it has seen a few
/// events it asks for no more memory. Not for two threads at a time.
///
/// A value of another type than the layout declares is not taken: the slot stays without a value, and programs that need it
/// give an error, as for any missing input.
public final class Frame {
    public let layout: FrameLayout
    let identity: FrameLayout.Identity
    let cells: UnsafeMutablePointer<Cell>
    /// Shared with running programs, which put joined texts there.
    let arena: UnsafeMutablePointer<Arena>
    let state: UnsafeMutablePointer<EvaluationState>
    private(set) var reasons: [[String]] = []
    private(set) var boxes: [Value] = []
    /// What `reset()` goes back to.
    private let start: UnsafeMutablePointer<Cell>
    private var startReasons = 0
    private var startBoxes = 0
    private var startConstants = 0
    var constants: [Cell] = []
    /// By slot: what a cell with a value is tagged with, `.absent` where no scalar fits.
    private let tags: UnsafeMutablePointer<Cell.Tag>
    private let count: Int

    public init(_ layout: FrameLayout) {
        self.layout = layout
        identity = layout.identity
        let capacity = max(layout.slots.count, 1)
        cells = .allocate(capacity: capacity)
        cells.initialize(repeating: Cell(), count: capacity)
        start = .allocate(capacity: capacity)
        start.initialize(repeating: Cell(), count: capacity)
        count = layout.slots.count
        tags = .allocate(capacity: capacity)
        tags.initialize(repeating: .absent, count: capacity)
        for (index, type) in layout.cellTypes.enumerated() { tags[index] = type?.tag ?? .absent }
        arena = .allocate(capacity: 1)
        arena.initialize(to: Arena())
        state = .allocate(capacity: 1)
        state.initialize(to: EvaluationState(cells: cells, arena: arena))
    }

    deinit {
        state.pointee.deallocate()
        state.deinitialize(count: 1).deallocate()
        arena.deinitialize(count: 1).deallocate()
        cells.deallocate()
        start.deallocate()
        tags.deallocate()
    }

    /// Forgets the event: every slot is without a value again, or as it was when `keep()` was called.
    public func reset() {
        cells.update(from: start, count: count)
        arena.pointee.reset()
        if reasons.count > startReasons { reasons.removeLast(reasons.count - startReasons) }
        if boxes.count > startBoxes { boxes.removeLast(boxes.count - startBoxes) }
        if constants.count > startConstants { constants.removeLast(constants.count - startConstants) }
    }

    /// Makes what the frame holds now its start: what most events have in common is put in once, and `reset()` goes back to it.
    public func keep() {
        start.update(from: cells, count: count)
        arena.pointee.keep()
        startReasons = reasons.count
        startBoxes = boxes.count
        startConstants = constants.count
    }

    /// Puts a value into a slot; texts are copied.
    public func set(_ slot: FrameLayout.Slot, _ value: FrameValue) {
        guard let place = place(slot) else { return }
        write(value, to: place.cell, as: place.type)
    }

    /// Puts a text into a slot; the bytes are valid UTF-8 and are copied.
    public func set(_ slot: FrameLayout.Slot, utf8 bytes: UnsafeRawBufferPointer) {
        guard let place = place(slot), place.type == .string, bytes.count <= UInt32.max else { return }
        place.cell.pointee = arena.pointee.text(bytes)
    }

    /// Puts a text into a slot without copying it; the bytes are valid UTF-8, and stay there until the next `reset()`.
    public func borrow(_ slot: FrameLayout.Slot, utf8 bytes: UnsafeRawBufferPointer) {
        guard let place = place(slot), place.type == .string, bytes.count <= UInt32.max else { return }
        place.cell.pointee = Cell(text: bytes, isASCII: ByteText.isASCII(bytes))
    }

    /// Says why the slot's value cannot be told: conditions that need it are unknown rather than false.
    public func setUnknown(_ slot: FrameLayout.Slot, _ why: [String]) {
        guard layout.slots.indices.contains(slot.index) else { return }
        cells[slot.index] = unknown(why)
    }

    /// Says that a message is there, for `has`; its fields are slots of their own.
    public func setPresent(_ slot: FrameLayout.Slot) { set(slot, any: .map(MapValue())) }

    /// Puts any value into a slot: what cells cannot hold (maps, bytes, lists of lists) is kept for the generic tier.
    public func set(_ slot: FrameLayout.Slot, any value: Value) {
        guard layout.slots.indices.contains(slot.index) else { return }
        if case .unknown(let why) = value { return setUnknown(slot, why) }
        if let scalar = FrameValue(value) { return set(slot, scalar) }
        if case .list(let elements) = value, let list = scalars(elements, slot) {
            cells[slot.index] = list
            return
        }
        cells[slot.index] = Cell(.boxed, 0, length: UInt32(truncatingIfNeeded: boxes.count))
        boxes.append(value)
    }

    /// A list of `count` elements in the slot, to be filled; nil when the slot is no list of scalars or records.
    ///
    /// Fields that are not set have no value; scalars that are not set are the zero of their type. The list is good until the
    /// next `reset()`.
    public func makeList(_ slot: FrameLayout.Slot, count: Int) -> FrameList? {
        guard layout.slots.indices.contains(slot.index), let record = layout.records[slot.index], count >= 0,
            count <= Int(UInt32.max) / record.stride
        else { return nil }
        let elements = arena.pointee.cells(count * record.stride, zero: record.zero)
        cells[slot.index] = Cell(list: elements, count: count)
        return FrameList(frame: self, elements: elements, count: count, record: record)
    }

    /// Puts a list of texts into a slot of type `list(string)`.
    public func set(_ slot: FrameLayout.Slot, texts: [String]) {
        guard let list = makeList(slot, count: texts.count), list.record.message == nil, list.record.types.first == .string
        else { return }
        for index in texts.indices { write(.string(texts[index]), to: list.elements + index, as: .string) }
    }

    private func place(_ slot: FrameLayout.Slot) -> (cell: UnsafeMutablePointer<Cell>, type: CellType)? {
        guard layout.slots.indices.contains(slot.index), let type = layout.cellTypes[slot.index] else { return nil }
        return (cells + slot.index, type)
    }

    func write(_ value: FrameValue, to cell: UnsafeMutablePointer<Cell>, as type: CellType) {
        let made = make(value)
        cell.pointee = made.tag == type.tag || made.tag == .unknown ? made : Cell()
    }

    /// The cell of a slot for a value of that type; nil where the slot holds another.
    @inline(__always)
    func cell(_ position: FrameLayout.Position, _ tag: Cell.Tag) -> UnsafeMutablePointer<Cell>? {
        let index = Int(position.index)
        return index < count && tags[index] == tag ? cells + index : nil
    }

    func make(_ value: FrameValue) -> Cell {
        switch value {
        case .absent: return Cell()
        case .bool(let bool): return Cell(.bool, bool ? 1 : 0)
        case .int(let number): return Cell(.int, UInt64(bitPattern: number))
        case .uint(let number): return Cell(.uint, number)
        case .double(let number): return Cell(.double, number.bitPattern)
        case .duration(let nanoseconds): return Cell(.duration, UInt64(bitPattern: nanoseconds))
        case .timestamp(let time): return Cell(time)
        case .unknown(let why): return unknown([why])
        case .string(var text):
            return text.withUTF8 { bytes in
                bytes.count <= UInt32.max ? arena.pointee.text(UnsafeRawBufferPointer(bytes)) : Cell()
            }
        }
    }

    func unknown(_ why: [String]) -> Cell {
        reasons.append(why)
        return Cell(.unknown, 0, length: UInt32(truncatingIfNeeded: reasons.count - 1))
    }

    /// The list as cells, or nil when it does not fit the layout as it is.
    private func scalars(_ elements: [Value], _ slot: FrameLayout.Slot) -> Cell? {
        guard let record = layout.records[slot.index], record.message == nil, let type = record.types.first else {
            return nil
        }
        let values = elements.map { FrameValue($0) }
        let row = arena.pointee.cells(values.count, zero: record.zero)
        for (index, value) in values.enumerated() {
            // Empty lists fit any type; an element that does not fit makes the whole a case for the generic tier.
            guard let value, value.type == type else { return nil }
            write(value, to: row + index, as: type)
        }
        return Cell(list: row, count: values.count)
    }
}

/// A scalar to put into a frame.
public enum FrameValue: Sendable {
    case absent
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case duration(nanoseconds: Int64)
    case timestamp(Timestamp)
    /// What cannot be told, with the reason.
    case unknown(String)

    /// Nil for no value and for unknown ones.
    var type: CellType? {
        switch self {
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .duration: .duration
        case .timestamp: .timestamp
        case .absent, .unknown: nil
        }
    }

    /// Nil for what is no scalar.
    init?(_ value: Value) {
        switch value {
        case .bool(let bool): self = .bool(bool)
        case .int(let number): self = .int(number)
        case .uint(let number): self = .uint(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .duration(let nanoseconds): self = .duration(nanoseconds: nanoseconds)
        case .timestamp(let time): self = .timestamp(time)
        default: return nil
        }
    }
}

/// A list of a frame that is being filled.
public struct FrameList {
    let frame: Frame
    let elements: UnsafeMutablePointer<Cell>
    public let count: Int
    let record: FrameLayout.Record

    /// Puts a value into a field of an element; elements and fields that are not there are left alone. Texts are copied.
    public func set(_ index: Int, _ field: FrameLayout.Field, _ value: FrameValue) {
        guard index >= 0, index < count, field.offset < record.types.count else { return }
        let type = record.types[field.offset]
        // The elements of a list of scalars are values, whatever happens.
        if record.message == nil, value.type != type { return }
        frame.write(value, to: elements + (index * record.stride + field.offset), as: type)
    }
}
