// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Synchronization

import class Foundation.ProcessInfo

/// All rules that look at one kind of event, compiled together: one scan of the text for all of them, parts that several share
/// evaluated once, and rules skipped where a necessary condition does not hold.
///
/// Immutable but for the frames into which events are decoded; these are lent to one thread at a time.
final class KindEngine: Sendable {
    let rules: [Rule]
    private let set: ProgramSet
    private let filler: FrameFiller
    private let desks: [Desk]

    /// One frame with what is needed to judge it.
    private final class Desk: Sendable {
        struct Tools {
            let frame: Frame
            let constants: FrameFiller.Constants
            let judge: Judge
        }
        let tools: Mutex<Tools>

        init(_ set: ProgramSet, _ filler: FrameFiller) {
            let frame = Frame(set.layout)
            tools = Mutex(Tools(frame: frame, constants: filler.prepare(frame), judge: Judge(set)))
        }
    }

    init(_ rules: [Rule], kind: EventKind) {
        self.rules = rules
        let layout = FrameLayout(rules.map(\.condition.program.checked), declarations: ConditionNames.basics)
        let set = ProgramSet(rules.map { ProgramSet.Entry($0.condition.program) }, layout: layout)
        self.set = set
        let filler = FrameFiller(layout, rules, kind: kind)
        self.filler = filler
        // As many as can be at work at once; a thread that finds none free waits for the first.
        desks = (0..<max(1, min(ProcessInfo.processInfo.activeProcessorCount, 32))).map { _ in Desk(set, filler) }
    }

    /// The rules that run in the generic tier, by their place.
    var untyped: [Int: String] { self.set.untyped.mapValues(\.reason) }

    /// The rules that did not come to `no`, by their place in `rules`, ascending.
    func reported(_ inputs: borrowing RuleInputs) -> [(rule: Int, outcome: Outcome)] {
        for desk in desks {
            if let found = desk.tools.withLockIfAvailable({ judge($0, inputs) }) { return found }
        }
        return desks[0].tools.withLock { judge($0, inputs) }
    }

    private func judge(_ tools: Desk.Tools, _ inputs: RuleInputs) -> [(rule: Int, outcome: Outcome)] {
        filler.fill(tools.frame, tools.constants, inputs)
        tools.judge.evaluate(tools.frame)
        guard tools.judge.reportedCount > 0 else { return [] }
        return tools.judge.reported.map { ($0.program, $0.outcome) }
    }
}

/// The engines by kind of event: found by place, which is quicker than by the hash of a word.
struct KindEngines: Sendable {
    private let row: [KindEngine?]

    init(_ rules: [EventKind: [Rule]]) {
        var row = [KindEngine?](repeating: nil, count: EventKind.allCases.count)
        for (kind, own) in rules { row[kind.place] = KindEngine(own, kind: kind) }
        self.row = row
    }

    subscript(kind: EventKind) -> KindEngine? { row[kind.place] }

    func mapValues<Other>(_ transform: (KindEngine) -> Other) -> [EventKind: Other] {
        Dictionary(uniqueKeysWithValues: EventKind.allCases.compactMap { kind in self[kind].map { (kind, transform($0)) } })
    }
}

extension EventKind {
    fileprivate var place: Int {
        switch self {
        case .messagePosted: 0
        case .messageEdited: 1
        case .spacePictureChanged: 2
        case .actorPictureChanged: 3
        case .spaceChanged: 4
        }
    }
}
