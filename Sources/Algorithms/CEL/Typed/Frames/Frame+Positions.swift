// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A value that a frame has made already, for slots of that frame: texts and reasons that come again and again are made once.
public struct FrameConstant: Sendable {
    fileprivate let index: Int
}

/// The quick way in: as `set(slot, value)`, by position and with the type said by the argument's name.
extension Frame {
    /// Makes a value that can be put into slots from now on. It stays when `keep()` is called later, else until the next `reset()`.
    public func constant(_ value: FrameValue) -> FrameConstant { constant(make(value)) }

    /// A constant that says why something cannot be told.
    public func constant(unknown why: [String]) -> FrameConstant { constant(unknown(why)) }

    private func constant(_ cell: Cell) -> FrameConstant {
        constants.append(cell)
        return FrameConstant(index: constants.count - 1)
    }

    /// Puts a constant of this frame into a slot.
    public func set(_ position: FrameLayout.Position, _ constant: FrameConstant) {
        guard constant.index < constants.count else { return }
        let made = constants[constant.index]
        if made.tag == .unknown { return setUnknown(position, made) }
        cell(position, made.tag)?.pointee = made
    }

    public func set(_ position: FrameLayout.Position, bool: Bool) {
        cell(position, .bool)?.pointee = Cell(.bool, bool ? 1 : 0)
    }

    public func set(_ position: FrameLayout.Position, int: Int64) {
        cell(position, .int)?.pointee = Cell(.int, UInt64(bitPattern: int))
    }

    public func set(_ position: FrameLayout.Position, double: Double) {
        cell(position, .double)?.pointee = Cell(.double, double.bitPattern)
    }

    public func set(_ position: FrameLayout.Position, durationInNanoseconds nanoseconds: Int64) {
        cell(position, .duration)?.pointee = Cell(.duration, UInt64(bitPattern: nanoseconds))
    }

    /// The text is copied.
    public func set(_ position: FrameLayout.Position, text: String) {
        cell(position, .string)?.pointee = make(.string(text))
    }

    public func setUnknown(_ position: FrameLayout.Position, _ why: [String]) { setUnknown(position, unknown(why)) }

    private func setUnknown(_ position: FrameLayout.Position, _ reason: Cell) {
        let index = Int(position.index)
        if index < layout.slots.count { cells[index] = reason }
    }

    /// Puts a list of texts into a slot of type `list(string)`.
    ///
    /// - Parameters:
    ///   - count: How often `text` is asked.
    ///   - text: The text for a place from 0; nil leaves it out.
    public func set(_ position: FrameLayout.Position, upTo count: Int, texts text: (Int) -> String?) {
        let index = Int(position.index)
        guard index < layout.slots.count, let record = layout.records[index], record.message == nil,
            record.types.first == .string, count <= Int(UInt32.max)
        else { return }
        let elements = arena.pointee.cells(count, zero: record.zero)
        var taken = 0
        for place in 0..<count {
            guard let text = text(place) else { continue }
            elements[taken] = make(.string(text))
            taken += 1
        }
        cells[index] = Cell(list: elements, count: taken)
    }
}
