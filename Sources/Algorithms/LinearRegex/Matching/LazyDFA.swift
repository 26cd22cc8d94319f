// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A program as a deterministic automaton whose states are made when a text first needs them.
///
/// A state is a list of instructions in order of preference, with what is known of the byte before. A match shows one byte late, at the state
/// after, because only the next byte (or the end) tells whether a look held. States lie in a memory of bounded size; when it is full they are all
/// forgotten, and when that happens for too little text, the search gives up and the caller simulates instead.
final class LazyDFA {
    enum Outcome: Equatable {
        case noMatch
        /// The end of the match, or with a backward program its start.
        case match(Int)
        case gaveUp
    }

    /// What a search is to know of the byte before its start.
    private enum Before: Int {
        case nothing, newline, word, other
    }

    // A transition is the row of the next state in the table, with the sign bit where the loop has to stop and look.
    private static let special: UInt32 = 0x8000_0000
    private static let rowMask: UInt32 = 0x3FFF_FFFF
    /// The state that led here had a match that ended before this byte.
    private static let matched: UInt32 = 0xC000_0000
    private static let unknown: UInt32 = 0x8000_0000
    /// Nothing can follow.
    private static let dead: UInt32 = 0xBFFF_FFFF
    private static let matchedDead: UInt32 = 0xFFFF_FFFF

    /// Where the search may go from place to place, and whether that gains anything.
    private struct Skip {
        var prefilter: Prefilter?
        /// The rows of a search in which nothing has begun.
        var home = UInt32.max
        var wordHome = UInt32.max
        private var places = 0
        private var skipped = 0

        init(_ prefilter: Prefilter?) { self.prefilter = prefilter }

        mutating func count(_ bytes: Int) {
            places += 1
            skipped += bytes
            if places >= 8, skipped < places * 16 { self = Skip(nil) }
        }
    }

    private let program: Program
    private let prefersLongest: Bool
    /// The length of a row: the classes and one for the end of the text.
    private let stride: Int
    private let endClass: Int
    private let rowCapacity: Int
    private let idCapacity: Int
    // Buffers of a fixed size, owned here and freed in deinit, so that a warm search allocates nothing and checks no bounds.
    private let table: UnsafeMutablePointer<UInt32>
    private let classes: UnsafeMutablePointer<UInt8>
    private let ids: UnsafeMutablePointer<Int32>
    private let states: UnsafeMutablePointer<State>
    private let buckets: UnsafeMutablePointer<Int32>
    private let bucketMask: Int
    private var stateCount = 0
    private var idCount = 0
    /// The first rows by what is before the text, those of searches that float after those of anchored ones.
    private let starts: UnsafeMutablePointer<UInt32>
    private var closure: SparseSet
    private var following: SparseSet
    private var stack: [Int32] = []
    /// Bytes searched since the states were last forgotten, and times that happened.
    private var searchedSinceReset = 0
    /// Bytes of the search under way, which counts itself when it ends.
    private var searchedHere = 0
    private(set) var resets = 0
    /// Instructions followed, for tests of bounds.
    private(set) var steps = 0

    private struct State {
        var start: Int32
        var count: Int32
        /// The looks that held, of those that depend on the byte before.
        var behind: Look
        var isAfterWord: Bool
        var hash: UInt32
    }

    init(program: Program, prefersLongest: Bool, cacheBytes: Int) {
        self.program = program
        self.prefersLongest = prefersLongest
        let stride = program.classCount + 1
        self.stride = stride
        endClass = program.classCount
        let instructions = program.instructions.count
        // A row, its entry and an average list of instructions; at least a handful of states whatever the limit.
        let bytesPerState = stride * 4 + MemoryLayout<State>.stride + min(instructions, 64) * 4 + 8
        rowCapacity = min(max(cacheBytes / bytesPerState, 12), Int(Self.rowMask) / stride - 2)
        idCapacity = max(rowCapacity * min(instructions, 64), instructions * 4)
        table = .allocate(capacity: rowCapacity * stride)
        classes = .allocate(capacity: 256)
        ids = .allocate(capacity: idCapacity)
        states = .allocate(capacity: rowCapacity)
        var size = 16
        while size < rowCapacity * 2 { size *= 2 }
        buckets = .allocate(capacity: size)
        starts = .allocate(capacity: 8)
        bucketMask = size - 1
        for byte in 0..<256 { classes[byte] = program.classes[byte] }
        closure = SparseSet(capacity: instructions)
        following = SparseSet(capacity: instructions)
        stack.reserveCapacity(64)
        forget()
    }

    deinit {
        table.deallocate()
        classes.deallocate()
        ids.deallocate()
        states.deallocate()
        buckets.deallocate()
        starts.deallocate()
    }

    private func forget() {
        stateCount = 0
        idCount = 0
        buckets.update(repeating: -1, count: bucketMask + 1)
        starts.update(repeating: Self.unknown, count: 8)
    }
}

// MARK: - Searching

extension LazyDFA {
    /// Goes forward over `text[range]`; where it ends the whole text may go on, which matters to looks.
    func searchForward(
        _ text: UnsafeBufferPointer<UInt8>, from: Int, isAnchored: Bool, stopsEarly: Bool, prefilter: Prefilter?
    ) -> Outcome {
        guard var row = start(after: from > 0 ? text[from - 1] : nil, isAnchored: isAnchored) else { return .gaveUp }
        guard let bytes = text.baseAddress else { return finish(row, before: nil, last: -1, at: 0) }
        let (table, classes, end) = (table, classes, text.count)
        var skip = Skip(isAnchored ? nil : prefilter)
        if skip.prefilter != nil {
            let known = resets
            skip.home = start(after: UInt8(ascii: " "), isAnchored: false) ?? .max
            skip.wordHome = start(after: UInt8(ascii: "a"), isAnchored: false) ?? .max
            if resets != known {
                // The rows read first are others by now.
                skip = Skip(nil)
                guard let again = start(after: from > 0 ? text[from - 1] : nil, isAnchored: isAnchored) else { return .gaveUp }
                row = again
            }
        }
        var last = -1
        var position = from
        defer { searchedSinceReset += position - from }
        while position < end {
            if row == skip.home || row == skip.wordHome, last < 0, let prefilter = skip.prefilter {
                // Nothing has begun: go to where something can.
                guard let candidate = prefilter.candidate(bytes, from: position, to: end) else { return .noMatch }
                skip.count(candidate - position)
                if candidate > position {
                    position = candidate
                    guard let again = start(after: bytes[position - 1], isAnchored: false) else { return .gaveUp }
                    row = again
                }
            }
            var next: UInt32
            repeat {
                next = table[Int(row) + Int(classes[Int(bytes[position])])]
                if next >= Self.special { break }
                row = next
                position += 1
            } while position < end && row != skip.home && row != skip.wordHome
            if next < Self.special { continue }
            if next == Self.unknown {
                let known = resets
                guard let made = makeTransition(row, byte: bytes[position], searched: position - from) else { return .gaveUp }
                // The rows that the skipping knows are others now.
                if resets != known { skip = Skip(nil) }
                next = made
            }
            if next == Self.dead { break }
            if next >= Self.matched {
                last = position
                if stopsEarly || next == Self.matchedDead { break }
            }
            row = next & Self.rowMask
            position += 1
        }
        if position < end { return last >= 0 ? .match(last) : .noMatch }
        return finish(row, before: nil, last: last, at: end)
    }

    /// Goes backward from `end` to `lowest` with a backward program, anchored at `end`: the longest match ends at its start.
    func searchBackward(_ text: UnsafeBufferPointer<UInt8>, from end: Int, downTo lowest: Int) -> Outcome {
        guard var row = start(after: end < text.count ? text[end] : nil, isAnchored: true) else { return .gaveUp }
        var last = -1
        var position = end
        defer { searchedSinceReset += end - position }
        while position > lowest {
            let byte = text[position - 1]
            var next = table[Int(row) + Int(classes[Int(byte)])]
            if next == Self.unknown {
                guard let made = makeTransition(row, byte: byte, searched: end - position) else { return .gaveUp }
                next = made
            }
            if next == Self.dead { return last >= 0 ? .match(last) : .noMatch }
            if next >= Self.matched {
                last = position
                if next == Self.matchedDead { return .match(last) }
            }
            row = next & Self.rowMask
            position -= 1
        }
        return finish(row, before: lowest > 0 ? text[lowest - 1] : nil, last: last, at: lowest)
    }

    /// The last step, over the end of the text or the byte that lies beyond the part searched.
    private func finish(_ row: UInt32, before byte: UInt8?, last: Int, at end: Int) -> Outcome {
        var next = table[Int(row) + (byte.map { Int(classes[Int($0)]) } ?? endClass)]
        if next == Self.unknown {
            guard let made = makeTransition(row, byte: byte, searched: 0) else { return .gaveUp }
            next = made
        }
        if next >= Self.matched { return .match(end) }
        return last >= 0 ? .match(last) : .noMatch
    }
}

// MARK: - Making states

extension LazyDFA {
    private func start(after byte: UInt8?, isAnchored: Bool) -> UInt32? {
        var kind = Before.nothing
        if let byte { kind = byte == 10 ? .newline : Look.isWordByte(byte) ? .word : .other }
        if program.looks.isEmpty { kind = .other }
        let place = kind.rawValue + (isAnchored ? 0 : 4)
        let known = starts[place]
        if known != Self.unknown { return known }
        var behind: Look = []
        if kind == .nothing { behind = [.textStart, .lineStart] }
        if kind == .newline { behind = .lineStart }
        following.removeAll()
        follow(isAnchored ? program.start : program.searchStart, look: behind, into: &following)
        guard let row = intern(behind: behind, isAfterWord: kind == .word) else { return nil }
        starts[place] = row
        return row
    }

    /// Makes and remembers the transition of a state, after `searched` bytes of this search.
    private func makeTransition(_ row: UInt32, byte: UInt8?, searched: Int) -> UInt32? {
        let state = states[Int(row) / stride]
        let wasWord = state.isAfterWord
        let isWord = byte.map(Look.isWordByte) ?? false
        closure.removeAll()
        var ahead: Look = wasWord != isWord ? .wordBoundary : .insideOrOutsideWord
        if byte == nil { ahead.formUnion([.textEnd, .lineEnd]) }
        if byte == 10 { ahead.insert(.lineEnd) }
        for place in 0..<Int(state.count) {
            follow(ids[Int(state.start) + place], look: state.behind.union(ahead), into: &closure)
        }
        let behind: Look = byte == 10 ? .lineStart : []
        following.removeAll()
        var isMatch = false
        for place in 0..<closure.count {
            let instruction = program.instructions[Int(closure[place])]
            steps &+= 1
            if instruction.operation == .match {
                isMatch = true
                // What comes after is worth less than this match.
                if !prefersLongest { break }
            } else if let byte {
                let target = program.target(of: instruction, on: byte)
                if target >= 0 { follow(target, look: behind, into: &following) }
            }
        }
        var next = Self.dead
        if following.count > 0 {
            let before = resets
            searchedHere = searched
            guard let made = intern(behind: behind, isAfterWord: isWord) else { return nil }
            next = made
            if resets != before {
                // The state at hand was forgotten too: nowhere to write the transition.
                return isMatch ? next | Self.matched : next
            }
        }
        if isMatch { next |= Self.matched }
        table[Int(row) + (byte.map { Int(classes[Int($0)]) } ?? endClass)] = next
        return next
    }

    /// Adds what can be reached without a byte. Looks that do not hold yet stay, for the next byte may show that they do.
    private func follow(_ start: Int32, look: Look, into set: inout SparseSet) {
        stack.append(start)
        while let index = stack.popLast() {
            steps &+= 1
            guard set.insert(index) else { continue }
            let instruction = program.instructions[Int(index)]
            switch instruction.operation {
            case .split:
                stack.append(instruction.other)
                stack.append(instruction.next)
            case .capture: stack.append(instruction.next)
            case .look:
                if look.contains(Look(rawValue: instruction.low)) { stack.append(instruction.next) }
            case .range, .letter, .arcs, .match, .fail: break
            }
        }
    }

    /// The row of the state with the instructions in `following`; nil when remembering no longer pays.
    private func intern(behind: Look, isAfterWord: Bool) -> UInt32? {
        // Only instructions that wait for a byte or a look count, and what is before only if a look waits.
        if idCount + following.count > idCapacity { guard reset() else { return nil } }
        var count = 0
        var waits = false
        var hash: UInt32 = 2_166_136_261
        for place in 0..<following.count {
            let id = following[place]
            let operation = program.instructions[Int(id)].operation
            if operation == .split || operation == .capture || operation == .fail { continue }
            if operation == .look {
                // What depends on the byte before is settled by now.
                let look = Look(rawValue: program.instructions[Int(id)].low)
                if look == .textStart || look == .lineStart { continue }
                waits = true
            }
            ids[idCount + count] = id
            hash = (hash ^ UInt32(bitPattern: id)) &* 16_777_619
            count += 1
        }
        let behind = waits ? behind.intersection(program.looks) : []
        let isAfterWord = waits && isAfterWord
        hash = (hash ^ UInt32(behind.rawValue) ^ (isAfterWord ? 0x100 : 0)) &* 16_777_619
        hash ^= hash >> 15
        var bucket = Int(hash) & bucketMask
        while buckets[bucket] >= 0 {
            let state = states[Int(buckets[bucket])]
            if state.hash == hash, Int(state.count) == count, state.behind == behind, state.isAfterWord == isAfterWord,
                (0..<count).allSatisfy({ ids[Int(state.start) + $0] == ids[idCount + $0] })
            {
                return UInt32(truncatingIfNeeded: Int(buckets[bucket]) * stride)
            }
            bucket = (bucket + 1) & bucketMask
        }
        if stateCount == rowCapacity {
            guard reset() else { return nil }
            return intern(behind: behind, isAfterWord: isAfterWord)
        }
        buckets[bucket] = Int32(truncatingIfNeeded: stateCount)
        states[stateCount] = State(
            start: Int32(truncatingIfNeeded: idCount), count: Int32(truncatingIfNeeded: count), behind: behind,
            isAfterWord: isAfterWord, hash: hash)
        let row = stateCount * stride
        (table + row).update(repeating: Self.unknown, count: stride)
        idCount += count
        stateCount += 1
        return UInt32(truncatingIfNeeded: row)
    }

    /// Forgets all states; false if they served too few bytes to be worth making anew.
    private func reset() -> Bool {
        let paid = searchedSinceReset + searchedHere >= 10 * stateCount
        forget()
        resets += 1
        searchedSinceReset = -searchedHere
        return paid
    }
}
