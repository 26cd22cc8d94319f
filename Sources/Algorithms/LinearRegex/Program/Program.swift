// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One step of a program.
struct Instruction {
    enum Operation: UInt8 {
        /// A byte of `low...high`, then `next`.
        case range
        /// A letter of ASCII, `low` in lower case, in either case, then `next`.
        case letter
        /// One of the `other` arcs from number `next` on; they are sorted and do not overlap.
        case arcs
        /// `next`, and should that fail `other`.
        case split
        /// Remembers the position in slot `other`, then `next`.
        case capture
        /// The look in `low` must hold, then `next`.
        case look
        case match
        case fail
    }

    var operation: Operation
    var low: UInt8 = 0
    var high: UInt8 = 0
    var next: Int32 = 0
    var other: Int32 = 0
}

/// A pattern as a nondeterministic automaton over bytes. Immutable.
struct Program: Sendable {
    struct Arc: Hashable {
        var low: UInt8
        var high: UInt8
        var next: Int32
    }

    var instructions: [Instruction] = []
    var arcs: [Arc] = []
    /// Where a match that begins here starts.
    var start: Int32 = 0
    /// Where a search for a match that may begin later starts.
    var searchStart: Int32 = 0
    /// All looks in the program.
    var looks: Look = []
    /// Bytes that no instruction tells apart share a class.
    var classes: [UInt8] = []
    var classCount = 0
    /// A byte of each class.
    var examples: [UInt8] = []
    /// What making it took, for tests of bounds.
    var steps = 0

    var isEmpty: Bool { instructions.isEmpty }

    /// The instruction after this one if it takes the byte, else -1.
    @inline(__always)
    func target(of instruction: Instruction, on byte: UInt8) -> Int32 {
        switch instruction.operation {
        case .range: return instruction.low <= byte && byte <= instruction.high ? instruction.next : -1
        case .letter: return byte | 0x20 == instruction.low ? instruction.next : -1
        case .arcs:
            var low = Int(instruction.next)
            var high = low + Int(instruction.other)
            while low < high {
                let middle = (low + high) / 2
                if arcs[middle].high < byte { low = middle + 1 } else { high = middle }
            }
            guard low < Int(instruction.next + instruction.other), arcs[low].low <= byte else { return -1 }
            return arcs[low].next
        case .split, .capture, .look, .match, .fail: return -1
        }
    }

    /// Sorts the bytes into classes.
    mutating func assignClasses() {
        var isBoundary = [Bool](repeating: false, count: 257)
        func mark(_ low: UInt8, _ high: UInt8, _ boundary: inout [Bool]) {
            boundary[Int(low)] = true
            boundary[Int(high) + 1] = true
        }
        for instruction in instructions {
            if instruction.operation == .range { mark(instruction.low, instruction.high, &isBoundary) }
            if instruction.operation == .letter {
                mark(instruction.low, instruction.low, &isBoundary)
                mark(instruction.low ^ 0x20, instruction.low ^ 0x20, &isBoundary)
            }
        }
        for arc in arcs { mark(arc.low, arc.high, &isBoundary) }
        if !looks.isDisjoint(with: [.lineStart, .lineEnd]) { mark(10, 10, &isBoundary) }
        if !looks.isDisjoint(with: [.wordBoundary, .insideOrOutsideWord]) {
            for (low, high) in [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)] as [(UInt8, UInt8)] {
                mark(low, high, &isBoundary)
            }
        }
        classes = [UInt8](repeating: 0, count: 256)
        examples = [0]
        for byte in 1..<256 {
            if isBoundary[byte] { examples.append(UInt8(byte)) }
            classes[byte] = UInt8(examples.count - 1)
        }
        classCount = examples.count
    }
}
