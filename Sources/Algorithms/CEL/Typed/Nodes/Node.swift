// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A part of a typed program that gives a truth value.
///
/// Nodes are classes with constant properties: calls go through one table look-up, and no reference is counted on the way.
/// Texts and lists are read in place.
// All properties of all nodes are constant, and what they point to is not changed after `init`; only the run changes.
class BoolNode: @unchecked Sendable {
    /// Every node gives its own; a node that forgot would make its program fail, never hold.
    func outcome(_ run: Run) -> Outcome { .error }
}

/// A part that gives 64 bits: an int, a uint, a double bit by bit, or a duration in nanoseconds.
///
/// Trouble is noted in the run; the bits are then without meaning.
// As `BoolNode`.
class WordNode: @unchecked Sendable {
    func word(_ run: Run) -> UInt64 { 0 }
}

/// A part that gives a text or a timestamp. Trouble is noted in the run; the cell is then empty.
// As `BoolNode`.
class CellNode: @unchecked Sendable {
    func cell(_ run: Run) -> Cell { Cell() }
}

/// Objects of one owner, reached without bounds checks and reference counts.
struct ObjectRow<Object: AnyObject> {
    private let first: UnsafeMutablePointer<Unmanaged<Object>>
    let count: Int

    init(_ objects: [Object]) {
        first = .allocate(capacity: max(objects.count, 1))
        count = objects.count
        // Retained here, released in `deallocate`.
        for (index, object) in objects.enumerated() { (first + index).initialize(to: .passRetained(object)) }
    }

    func deallocate() {
        for index in 0..<count { first[index].release() }
        first.deallocate()
    }

    @inline(__always)
    func with<Result>(_ index: Int, _ body: (Object) -> Result) -> Result {
        // The row holds the object as long as it lives itself.
        first[index]._withUnsafeGuaranteedRef { body($0) }
    }
}

/// Bytes of a constant, at an address that stays.
struct ConstantBytes {
    let bytes: UnsafeRawBufferPointer

    init(_ text: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(text.count, 1), alignment: 16)
        copy.copyBytes(from: text)
        bytes = UnsafeRawBufferPointer(rebasing: copy[..<text.count])
    }

    var cell: Cell { Cell(text: bytes, isASCII: ByteText.isASCII(bytes)) }

    func deallocate() { bytes.deallocate() }
}

/// Which orders make a comparison true.
struct OrderMask: Hashable, Sendable {
    let bits: UInt8

    static let less = OrderMask(bits: 1), same = OrderMask(bits: 2), greater = OrderMask(bits: 4)
    static let lessOrSame = OrderMask(bits: 3), greaterOrSame = OrderMask(bits: 6), different = OrderMask(bits: 5)

    /// `a < b` as seen from b.
    var mirrored: OrderMask { OrderMask(bits: (bits & 2) | (bits & 1) << 2 | bits >> 2) }

    @inline(__always)
    func holds<T: FixedWidthInteger>(_ a: T, _ b: T) -> Bool {
        let order: UInt8 = (a < b ? 1 : 0) | (a == b ? 2 : 0) | (a > b ? 4 : 0)
        return bits & order != 0
    }

    /// Not a number is different from everything, and has no order.
    @inline(__always)
    func holds(_ a: Double, _ b: Double) -> Bool {
        let order: UInt8 = (a < b ? 1 : 0) | (a == b ? 2 : 0) | (a > b ? 4 : 0)
        // "different" must hold for what has no order; the orders proper must not.
        return bits & order != 0 || (order == 0 && bits == OrderMask.different.bits)
    }
}
