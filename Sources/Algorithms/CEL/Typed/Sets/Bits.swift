// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A set of small numbers in memory of its owner.
struct Bits {
    let words: UnsafeMutablePointer<UInt64>
    let wordCount: Int
    private let count: Int

    /// All zero, for numbers below `count`.
    init(count: Int) {
        self.count = count
        wordCount = max((count + 63) / 64, 1)
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    func deallocate() { words.deallocate() }

    @inline(__always)
    func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }

    func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 != 0 }

    @inline(__always)
    func copy(_ other: UnsafePointer<UInt64>) { words.update(from: other, count: wordCount) }

    @inline(__always)
    func intersect(_ other: UnsafePointer<UInt64>) {
        for index in 0..<wordCount { words[index] &= other[index] }
    }

    @inline(__always)
    func unite(_ other: UnsafePointer<UInt64>) {
        for index in 0..<wordCount { words[index] |= other[index] }
    }

    /// All numbers below the count: none beyond it, so that `forEach` gives none.
    func fill() {
        for index in 0..<wordCount { words[index] = .max }
        if count & 63 != 0 { words[wordCount - 1] = (1 << UInt64(count & 63)) - 1 }
        if count == 0 { words[0] = 0 }
    }

    func clear() { words.update(repeating: 0, count: wordCount) }

    /// Calls `body` with each number, ascending.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        for index in 0..<wordCount {
            var word = words[index]
            while word != 0 {
                body(index << 6 | word.trailingZeroBitCount)
                word &= word - 1
            }
        }
    }
}

/// Lists of program numbers; long ones as masks.
struct ProgramLists {
    private let starts: UnsafeMutablePointer<Int32>
    private let programs: UnsafeMutablePointer<Int32>
    /// By list: the place of its mask, or negative.
    private let maskOf: UnsafeMutablePointer<Int32>
    /// The first mask has the programs of all lists.
    private let masks: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    let count: Int

    /// - Parameter universe: Above all program numbers.
    init(_ lists: [[Int]], universe: Int) {
        count = lists.count
        wordCount = max((universe + 63) / 64, 1)
        starts = .allocate(capacity: lists.count + 1)
        programs = .allocate(capacity: max(lists.reduce(0) { $0 + $1.count }, 1))
        maskOf = .allocate(capacity: max(lists.count, 1))
        // Marking a program one by one costs about as much as a word of a mask.
        let long = lists.map { [wordCount] in $0.count > max(wordCount, 8) }
        let maskCount = 1 + long.count { $0 }
        masks = .allocate(capacity: maskCount * wordCount)
        masks.initialize(repeating: 0, count: maskCount * wordCount)
        var next = 0
        var mask = 0
        for (index, list) in lists.enumerated() {
            (starts + index).initialize(to: Int32(next))
            if long[index] { mask += 1 }
            (maskOf + index).initialize(to: long[index] ? Int32(mask) : -1)
            for program in list {
                (programs + next).initialize(to: Int32(program))
                next += 1
                masks[program >> 6] |= 1 << UInt64(program & 63)
                if long[index] { masks[mask * wordCount + (program >> 6)] |= 1 << UInt64(program & 63) }
            }
        }
        (starts + lists.count).initialize(to: Int32(next))
    }

    func deallocate() {
        starts.deallocate()
        programs.deallocate()
        maskOf.deallocate()
        masks.deallocate()
    }

    /// Puts the programs of a list into a set.
    @inline(__always)
    func mark(_ list: Int, _ bits: Bits) {
        let mask = Int(maskOf[list])
        if mask >= 0 { return bits.unite(masks + mask * wordCount) }
        for index in Int(starts[list])..<Int(starts[list + 1]) { bits.insert(Int(programs[index])) }
    }

    func markAll(_ bits: Bits) { bits.unite(masks) }
}
