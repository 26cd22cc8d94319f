// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// A compiled expression and the free scratches for it.
final class Engine: Sendable {
    let pattern: String
    let limits: LinearRegex.Limits
    let groupNames: [String?]
    let program: Program
    let requiredLiterals: LinearRegex.RequiredLiterals?
    let isAnchored: Bool
    /// Finds where a match may begin.
    let prefixes: Prefilter?
    /// Finds out that there is no match, where the prefixes do not help.
    let requirement: Prefilter?
    private let tree: SyntaxTree
    /// The program that finds where a match began, made when first asked for: most are only asked whether there is one.
    private let backward = Mutex<Program?>(nil)
    /// The scratch given back last, taken and given with one atomic exchange: with one caller at a time there is only this one.
    private let top = Atomic<UInt>(0)
    /// Further ones, for callers at the same time. Under a lock, held for a push or a pop only: a list of pointers without
    /// lock would have to tell a reused one from the one it saw.
    private let others = Mutex<[Scratch]>([])

    init(_ pattern: String, limits: LinearRegex.Limits) throws(RegexError) {
        self.pattern = pattern
        self.limits = limits
        var parser = try PatternParser(pattern, limits: limits)
        let tree = try parser.parse()
        do {
            program = try Compiler.compile(tree, direction: .forward, limit: limits.programSize)
        } catch {
            throw RegexError(error.kind, error.message, 0..<pattern.utf8.count, hint: error.hint)
        }
        groupNames = tree.groupNames
        // Groups are kept for each thread of a simulation, which may be as many as the program has steps.
        guard program.instructions.count * groupNames.count <= limits.programSize * 100 else {
            throw RegexError(
                .programTooLarge, "\(groupNames.count - 1) groups are too many for a pattern of this size",
                0..<pattern.utf8.count,
                hint: "(?:…) groups without capturing")
        }
        isAnchored = tree.isAnchored
        let facts = LiteralFacts(tree)
        prefixes = isAnchored ? nil : Prefilter(facts.prefixes, ignoresCase: tree.ignoresCase)
        requiredLiterals = facts.required.map { LinearRegex.RequiredLiterals(literals: $0, ignoresCase: tree.ignoresCase) }
        requirement =
            prefixes == nil && !isAnchored ? facts.required.flatMap { Prefilter($0, ignoresCase: tree.ignoresCase) } : nil
        self.tree = tree
    }

    /// Nil when a pattern whose forward program fits has none that does.
    func backwardProgram() -> Program? {
        backward.withLock { program in
            if let program { return program.isEmpty ? nil : program }
            let made = try? Compiler.compile(tree, direction: .backward, limit: limits.programSize * 4)
            program = made ?? Program()
            return made
        }
    }

    deinit { _ = takeTop() }

    @inline(__always)
    func withScratch<Result>(_ body: (Scratch) -> Result) -> Result {
        let scratch = take()
        defer { give(scratch) }
        return body(scratch)
    }

    /// The pointer was retained when it was put there, and whoever takes it out owns it.
    @inline(__always)
    private func takeTop() -> Scratch? {
        UnsafeRawPointer(bitPattern: top.exchange(0, ordering: .acquiring)).map {
            Unmanaged<Scratch>.fromOpaque($0).takeRetainedValue()
        }
    }

    @inline(__always)
    private func take() -> Scratch {
        takeTop() ?? others.withLock { $0.popLast() } ?? Scratch(self)
    }

    @inline(__always)
    private func give(_ scratch: Scratch) {
        let retained = Unmanaged.passRetained(scratch)
        let pointer = UInt(bitPattern: retained.toOpaque())
        if top.compareExchange(expected: 0, desired: pointer, ordering: .releasing).exchanged { return }
        retained.release()
        others.withLock { $0.append(scratch) }
    }

    func hasMatch(_ text: UnsafeBufferPointer<UInt8>, _ scratch: Scratch) -> Bool {
        if let requirement, !requirement.mayContain(text) { return false }
        switch scratch.forward.searchForward(text, from: 0, isAnchored: isAnchored, stopsEarly: true, prefilter: prefixes) {
        case .match: return true
        case .noMatch: return false
        case .gaveUp:
            return scratch.simulation.run(text, from: 0, isAnchored: isAnchored, result: &scratch.slots, stopsEarly: true)
        }
    }

    func range(_ text: UnsafeBufferPointer<UInt8>, from offset: Int, _ scratch: Scratch) -> Range<Int>? {
        guard offset >= 0, offset <= text.count, offset == 0 || !isAnchored else { return nil }
        if offset == 0, let requirement, !requirement.mayContain(text) { return nil }
        switch scratch.forward.searchForward(text, from: offset, isAnchored: isAnchored, stopsEarly: false, prefilter: prefixes) {
        case .noMatch: return nil
        case .match(let end):
            if isAnchored || end == offset { return offset..<end }
            if let backward = scratch.backward, case .match(let start) = backward.searchBackward(text, from: end, downTo: offset)
            {
                return start..<end
            }
        case .gaveUp: break
        }
        guard scratch.bounds.run(text, from: offset, isAnchored: isAnchored, result: &scratch.slots, stopsEarly: false) else {
            return nil
        }
        return scratch.slots[0]..<scratch.slots[1]
    }

    func match(_ text: UnsafeBufferPointer<UInt8>, from offset: Int, _ scratch: Scratch) -> LinearRegex.Match? {
        range(text, from: offset, scratch).flatMap { groups(text, of: $0, scratch) }
    }

    /// The groups of a match that was found.
    func groups(_ text: UnsafeBufferPointer<UInt8>, of range: Range<Int>, _ scratch: Scratch) -> LinearRegex.Match? {
        guard scratch.groups.run(text, from: range.lowerBound, isAnchored: true, result: &scratch.slots, stopsEarly: false)
        else { return nil }
        return LinearRegex.Match(slots: scratch.slots, names: groupNames)
    }

    /// Goes over the matches until `body` says false.
    func forEachRange(_ text: UnsafeBufferPointer<UInt8>, _ scratch: Scratch, _ body: (Range<Int>) -> Bool) {
        var position = 0
        var lastEnd = -1
        while position <= text.count, let range = range(text, from: position, scratch) {
            // An empty match at the end of the one before is a part of that one.
            if !range.isEmpty || range.lowerBound != lastEnd, !body(range) { return }
            lastEnd = range.upperBound
            position = range.isEmpty ? Self.nextCharacter(text, after: range.upperBound) : range.upperBound
        }
    }

    private static func nextCharacter(_ text: UnsafeBufferPointer<UInt8>, after position: Int) -> Int {
        var next = position + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}
