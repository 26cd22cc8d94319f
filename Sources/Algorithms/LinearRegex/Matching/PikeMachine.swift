// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Runs a program with all its threads side by side, each with the places of its groups (Thompson's simulation as Pike extended it).
///
/// Time grows with the length of the text times that of the program, whatever the pattern.
final class PikeMachine {
    private let program: Program
    private let slotCount: Int
    private var current: SparseSet
    private var next: SparseSet
    // A row of slots by instruction; owned here and freed in deinit.
    private var currentSlots: UnsafeMutablePointer<Int>
    private var nextSlots: UnsafeMutablePointer<Int>
    private let slots: UnsafeMutablePointer<Int>
    /// Instructions to follow, or with a negative number a slot to set back to the value beside it.
    private var stack: [(Int32, Int)] = []
    /// Instructions followed and bytes taken, for tests of bounds.
    private(set) var steps = 0

    /// `slotCount` is 0 if only the question whether there is a match counts.
    init(program: Program, slotCount: Int) {
        self.program = program
        self.slotCount = slotCount
        let count = program.instructions.count
        current = SparseSet(capacity: count)
        next = SparseSet(capacity: count)
        let size = max(1, count * slotCount)
        currentSlots = .allocate(capacity: size)
        nextSlots = .allocate(capacity: size)
        slots = .allocate(capacity: max(1, slotCount))
        currentSlots.initialize(repeating: -1, count: size)
        nextSlots.initialize(repeating: -1, count: size)
        slots.initialize(repeating: -1, count: max(1, slotCount))
        stack.reserveCapacity(64)
    }

    deinit {
        currentSlots.deallocate()
        nextSlots.deallocate()
        slots.deallocate()
    }

    /// Finds the leftmost match that begins at `from` or, if not anchored, after it; writes its slots to `result`.
    func run(
        _ text: UnsafeBufferPointer<UInt8>, from: Int, isAnchored: Bool, result: inout [Int], stopsEarly: Bool
    ) -> Bool {
        current.removeAll()
        var found = false
        var position = from
        while true {
            let before = position > 0 ? text[position - 1] : nil
            let after = position < text.count ? text[position] : nil
            // A thread that begins here comes after all that began before.
            if !found, position == from || !isAnchored {
                for slot in 0..<slotCount { slots[slot] = -1 }
                if slotCount > 0 { slots[0] = position }
                let look = program.looks.isEmpty ? [] : Look.holding(before: before, after: after)
                follow(program.start, at: position, look: look, into: &current, currentSlots)
            }
            if current.count == 0, found || isAnchored { break }
            let look =
                program.looks.isEmpty || after == nil
                ? [] : Look.holding(before: after, after: position + 1 < text.count ? text[position + 1] : nil)
            next.removeAll()
            threads: for place in 0..<current.count {
                let index = current[place]
                let instruction = program.instructions[Int(index)]
                steps &+= 1
                if instruction.operation == .match {
                    found = true
                    for slot in 0..<slotCount { result[slot] = currentSlots[Int(index) * slotCount + slot] }
                    if slotCount > 1 { result[1] = position }
                    break threads
                }
                guard let after else { continue }
                let target = program.target(of: instruction, on: after)
                guard target >= 0 else { continue }
                for slot in 0..<slotCount { slots[slot] = currentSlots[Int(index) * slotCount + slot] }
                follow(target, at: position + 1, look: look, into: &next, nextSlots)
            }
            if after == nil || (found && stopsEarly) { break }
            swap(&current, &next)
            swap(&currentSlots, &nextSlots)
            position += 1
        }
        return found
    }

    /// Adds what can be reached from an instruction without a byte, in order of preference.
    private func follow(
        _ start: Int32, at position: Int, look: Look, into set: inout SparseSet, _ table: UnsafeMutablePointer<Int>
    ) {
        stack.append((start, 0))
        while let (index, value) = stack.popLast() {
            steps &+= 1
            if index < 0 {
                slots[Int(~index)] = value
                continue
            }
            guard set.insert(index) else { continue }
            let instruction = program.instructions[Int(index)]
            switch instruction.operation {
            case .split:
                stack.append((instruction.other, 0))
                stack.append((instruction.next, 0))
            case .capture:
                let slot = Int(instruction.other)
                if slot < slotCount {
                    stack.append((~instruction.other, slots[slot]))
                    slots[slot] = position
                }
                stack.append((instruction.next, 0))
            case .look:
                if look.contains(Look(rawValue: instruction.low)) { stack.append((instruction.next, 0)) }
            case .range, .letter, .arcs, .match:
                for slot in 0..<slotCount { table[Int(index) * slotCount + slot] = slots[slot] }
            case .fail: break
            }
        }
    }
}
