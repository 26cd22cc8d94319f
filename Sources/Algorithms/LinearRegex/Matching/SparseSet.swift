// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A set of small numbers in the order in which they came, emptied in one step.
struct SparseSet: ~Copyable {
    // Owned here and freed in deinit; neither is handed out.
    private let dense: UnsafeMutablePointer<Int32>
    private let sparse: UnsafeMutablePointer<Int32>
    private(set) var count = 0

    init(capacity: Int) {
        dense = .allocate(capacity: max(capacity, 1))
        sparse = .allocate(capacity: max(capacity, 1))
        dense.initialize(repeating: 0, count: max(capacity, 1))
        sparse.initialize(repeating: 0, count: max(capacity, 1))
    }

    deinit {
        dense.deallocate()
        sparse.deallocate()
    }

    @inline(__always)
    subscript(index: Int) -> Int32 { dense[index] }

    /// False if it was there.
    @inline(__always)
    mutating func insert(_ value: Int32) -> Bool {
        let place = Int(sparse[Int(value)])
        if place < count, dense[place] == value { return false }
        dense[count] = value
        sparse[Int(value)] = Int32(truncatingIfNeeded: count)
        count += 1
        return true
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }

    var elements: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(start: dense, count: count) }
}
