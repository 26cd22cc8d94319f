// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Runs a set of conditions on frames: one for each worker, with the memory that a run needs.
public final class Judge {
    /// Constants that the caller has found in the texts of an event.
    public struct Hits {
        fileprivate let judge: Judge

        /// Says how far to trust the marks for a text slot from now on; `none` at the start of each event.
        public func trust(_ slot: FrameLayout.Slot, _ trust: LiteralTrust) {
            guard let index = judge.textIndex(slot) else { return }
            judge.trust[index] = trust
        }

        /// Marks a constant, by its place in `ProgramSet.literals(of:)`, as found.
        public func mark(_ number: Int, in slot: FrameLayout.Slot) {
            guard let index = judge.textIndex(slot) else { return }
            let text = judge.set.literals.texts[index]
            guard text.constants.indices.contains(number) else { return }
            judge.hits.insert(text.firstBit + number)
        }
    }

    public let set: ProgramSet
    private let memo: UnsafeMutablePointer<UInt8>
    private let memoSteps: UnsafeMutablePointer<Int32>
    private let candidates: Bits
    private let spare: Bits
    private let hits: Bits
    private let trust: UnsafeMutablePointer<LiteralTrust>
    private let outcomes: UnsafeMutablePointer<Outcome>
    private let reports: UnsafeMutablePointer<Int32>
    /// How many programs did not come to `no` for the last event.
    public private(set) var reportedCount = 0
    /// How many programs the last event did not rule out.
    public private(set) var candidateCount = 0

    public init(_ set: ProgramSet) {
        self.set = set
        memo = .allocate(capacity: max(set.sharedCount, 1))
        memo.initialize(repeating: MemoNode.none, count: max(set.sharedCount, 1))
        memoSteps = .allocate(capacity: max(set.sharedCount, 1))
        memoSteps.initialize(repeating: 0, count: max(set.sharedCount, 1))
        candidates = Bits(count: set.count)
        spare = Bits(count: set.count)
        hits = Bits(count: set.literals.bitCount)
        trust = .allocate(capacity: max(set.literals.texts.count, 1))
        trust.initialize(repeating: .none, count: max(set.literals.texts.count, 1))
        outcomes = .allocate(capacity: max(set.count, 1))
        outcomes.initialize(repeating: .no, count: max(set.count, 1))
        reports = .allocate(capacity: max(set.count, 1))
        reports.initialize(repeating: 0, count: max(set.count, 1))
    }

    deinit {
        memo.deallocate()
        memoSteps.deallocate()
        candidates.deallocate()
        spare.deallocate()
        hits.deallocate()
        trust.deallocate()
        outcomes.deallocate()
        reports.deallocate()
    }

    /// Runs the set on a frame of its layout; the outcomes are there until the next run. A frame of another layout is an error of
    /// every program. No memory is asked for, except by
    /// programs of the generic tier.
    ///
    /// - Parameter found: Marks the constants that are in the texts, where the caller has looked for them already. Texts of which
    ///   it says nothing are looked through here.
    public func evaluate(_ frame: Frame, found: ((Hits) -> Void)? = nil) {
        for index in 0..<reportedCount { outcomes[Int(reports[index])] = .no }
        reportedCount = 0
        candidateCount = 0
        guard frame.identity === set.layout.identity else { return refuse() }
        memo.update(repeating: MemoNode.none, count: set.sharedCount)
        scan(frame, found)
        set.index.candidates(frame.cells, hits.words, candidates, spare)
        let run = frame.state
        run.pointee.memo = memo
        run.pointee.memoSteps = memoSteps
        run.pointee.literalHits = hits.words
        run.pointee.literalTrust = trust
        defer {
            // The frame may be used without this judge, and longer than it.
            run.pointee.memo = nil
            run.pointee.memoSteps = nil
            run.pointee.literalHits = nil
            run.pointee.literalTrust = nil
        }
        let set = set
        var reported = 0
        var asked = 0
        candidates.forEach { number in
            asked += 1
            run.pointee.steps = 0
            run.pointee.stepLimit = set.stepLimits[number]
            var outcome = run.finish(set.roots.with(number) { $0.outcome(run) })
            if outcome == .yes, set.generic.contains(number) { outcome = generic(number, frame) }
            guard outcome != .no else { return }
            outcomes[number] = outcome
            reports[reported] = Int32(truncatingIfNeeded: number)
            reported += 1
        }
        reportedCount = reported
        candidateCount = asked
    }

    /// A frame of another layout cannot be read: an error of every program, rather than rules that silently do not fire.
    private func refuse() {
        for number in 0..<set.count {
            outcomes[number] = .error
            reports[number] = Int32(truncatingIfNeeded: number)
        }
        reportedCount = set.count
    }

    /// What a program came to for the last event.
    public func outcome(of program: Int) -> Outcome {
        precondition(program >= 0 && program < set.count, "there is no such program in the set")
        return outcomes[program]
    }

    /// The programs that did not come to `no`, ascending, with what they came to.
    public var reported: some Sequence<(program: Int, outcome: Outcome)> {
        (0..<reportedCount).lazy.map { [self] index in
            let program = Int(reports[index])
            return (program, outcomes[program])
        }
    }

    private func scan(_ frame: Frame, _ found: ((Hits) -> Void)?) {
        guard !set.literals.texts.isEmpty else { return }
        hits.clear()
        for index in 0..<set.literals.texts.count { trust[index] = .none }
        found?(Hits(judge: self))
        for index in 0..<set.literals.texts.count where trust[index] == .none {
            let cell = frame.cells[set.literals.texts[index].slot]
            if cell.tag == .string { set.scanners[index].scan(cell.text, into: hits.words) }
            trust[index] = .all
        }
    }

    @inline(never)
    private func generic(_ number: Int, _ frame: Frame) -> Outcome {
        guard let program = set.genericPrograms[number] else { return .error }
        switch program.evaluate(FrameBindings(frame)) {
        case .bool(let bool): return Outcome(bool)
        case .unknown: return .unknown
        default: return .error
        }
    }

    private func textIndex(_ slot: FrameLayout.Slot) -> Int? { set.literals.texts.firstIndex { $0.slot == slot.index } }
}
