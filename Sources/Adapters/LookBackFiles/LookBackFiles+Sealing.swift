// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

package import struct Foundation.Date

extension LookBackFiles {
    /// Makes segments of the log when it holds days that are over, and joins small segments of such days.
    package func maintain(at now: Date) throws(LookBackError) {
        try requireWriting()
        let today = Body.place(of: now).day
        if log.bodies.contains(where: { $0.day < today }) { try seal() }
        for day in Set(segments.map(\.day)).filter({ $0 < today }).sorted() {
            for run in runs(of: day) { try join(run) }
        }
    }

    /// Makes segments of the log, one for each day, and begins a new log.
    ///
    /// While the old log is there it is the truth, and its segments count for nothing; when the new one is there, the segments do.
    func seal() throws(LookBackError) {
        guard log.count > 0 else { return }
        let old = log
        let days = Dictionary(grouping: old.bodies, by: \.day).sorted { $0.key < $1.key }
        try orBreak { () throws(LookBackError) in
            var made: [Segment] = []
            for (day, bodies) in days {
                let writer = SegmentWriter(
                    bodies: bodies, day: day, generations: old.generation...old.generation, sequence: old.lastSequence,
                    folder: folder)
                made.append(try writer.write())
            }
            try folder.sync()
            log = try LogFile.make(old.generation + 1, after: old.lastSequence, in: folder)
            try folder.sync()
            segments = (segments + made).sorted { ($0.day, $0.generations.lowerBound) < ($1.day, $1.generations.lowerBound) }
            let name = LogFile.name(old.generation)
            if old.damage.isEmpty { try folder.remove(name) } else { try folder.rename(name, to: name + ".damaged") }
            try folder.sync()
        }
    }

    /// Neighbouring segments of a day that are worth joining: many, or none much larger than the others together.
    private func runs(of day: Int) -> [[Segment]] {
        // A damaged segment between two others would be passed over by a range that covers it.
        guard !missing.contains(where: { $0.day == day }) else { return [] }
        var runs: [[Segment]] = []
        var run: [Segment] = []
        for segment in segments where segment.day == day {
            if run.reduce(segment.body.count, { $0 + $1.body.count }) > options.joinUpTo {
                runs.append(run)
                run = []
            }
            run.append(segment)
        }
        runs.append(run)
        return runs.filter { run in
            let sum = run.reduce(0) { $0 + $1.body.count }
            let largest = run.lazy.map(\.body.count).max() ?? 0
            return run.count >= 8 || run.count > 1 && largest <= sum / 2
        }
    }

    private func join(_ run: [Segment]) throws(LookBackError) {
        guard let first = run.first, let last = run.last else { return }
        let writer = SegmentWriter(
            bodies: run.map(\.body), day: first.day, generations: first.generations.lowerBound...last.generations.upperBound,
            sequence: run.map(\.sequence).max() ?? 0, folder: folder)
        let joined: Segment
        do throws(LookBackError) {
            joined = try writer.write()
        } catch {
            // Nothing has changed but that the damage is known now.
            guard case .damaged = error else { throw error }
            missing.append(SweepGap(day: first.day, error))
            return
        }
        try orBreak { () throws(LookBackError) in
            try folder.sync()
            for part in run { try folder.remove(part.name) }
            try folder.sync()
        }
        let gone = Set(run.map(\.name))
        segments = (segments.filter { !gone.contains($0.name) } + [joined])
            .sorted { ($0.day, $0.generations.lowerBound) < ($1.day, $1.generations.lowerBound) }
    }
}
