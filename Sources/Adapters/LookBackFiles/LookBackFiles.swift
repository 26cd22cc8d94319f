// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// The look-back in files: a log for what comes in, and for each day segments in which a sighting takes about 70 bytes.
///
/// One process writes (`lock` in the folder says which); others may open it for reading beside it. A deletion overwrites bytes in place.
package actor LookBackFiles: LookBack {
    package enum Access: Sendable { case write, read }

    package struct Options: Sendable {
        /// The log becomes segments when it holds so many sightings; until then they are in memory too (about 100 bytes each).
        package var sealAt = 262_144
        /// Segments of a day are joined up to so many sightings.
        package var joinUpTo = 8_388_608
        /// Threads of a sweep.
        package var threads = 2

        package init() {}
    }

    /// What a reader of the look-back works on, while it goes on changing.
    struct Snapshot: Sendable {
        struct Day: Sendable {
            var day: Int
            var bodies: [Body]
            var count: Int { bodies.reduce(0) { $0 + $1.count } }
        }

        var days: [Day]
        var missing: [SweepGap]
    }

    private let thread = FileThread()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    let folder: Folder
    let options: Options
    let access: Access
    nonisolated let gate = PatchGate()
    private let lock: OpenFile?
    var segments: [Segment] = []
    var log: LogFile
    /// What cannot be read.
    var missing: [SweepGap] = []
    /// Set when a write failed half way: what is on disk is not known any more until the files are opened again.
    private var broken: LookBackError?

    /// What opening found and put right, for the log; without content.
    package nonisolated let notes: [String]

    /// - Throws: `LookBackError.file` when another process writes it, or the folder cannot be used.
    package init(directory: String, access: Access = .write, options: Options = Options()) throws(LookBackError) {
        let opening = try Opening.open(directory, access: access, gate: gate)
        folder = opening.folder
        lock = opening.lock
        self.access = access
        self.options = options
        segments = opening.segments
        missing = opening.missing
        log = try opening.log
        notes = opening.notes
    }

    /// Lets another writer in; nothing can be written here any more.
    package func close() {
        broken = .file(folder.path, "it has been closed")
        lock?.unlock()
    }

    package var lastSequence: Int64 { log.lastSequence }

    package func append(_ sightings: [(sequence: Int64, sighting: Sighting)]) throws(LookBackError) {
        try requireWriting()
        var days: [Int: [Sighting]] = [:]
        var last = log.lastSequence
        for (sequence, sighting) in sightings where sequence > last {
            days[Body.place(of: sighting.at).day, default: []].append(sighting)
            last = sequence
        }
        guard last > log.lastSequence else { return }
        let sorted = days.sorted { $0.key < $1.key }.map { (day: $0.key, sightings: $0.value) }
        try orBreak { () throws(LookBackError) in try log.append(sorted, through: last) }
        if log.count >= options.sealAt { try seal() }
    }

    package func statistics() throws(LookBackError) -> LookBackStatistics {
        var days: [Int: (sightings: Int, bytes: Int)] = [:]
        for segment in segments {
            days[segment.day, default: (0, 0)].sightings += segment.body.count
            days[segment.day, default: (0, 0)].bytes += segment.bytes
        }
        for body in log.bodies {
            days[body.day, default: (0, 0)].sightings += body.count
            days[body.day, default: (0, 0)].bytes += body.size
        }
        return LookBackStatistics(
            days: days.sorted { $0.key < $1.key }.map {
                .init(day: $0.key, sightings: $0.value.sightings, bytes: $0.value.bytes)
            },
            missing: missing)
    }

    /// Whole days, each with its bodies in the order in which their sightings came: a place in a day never changes.
    func snapshot() -> Snapshot {
        var days: [Int: [Body]] = [:]
        for segment in segments { days[segment.day, default: []].append(segment.body) }
        for body in log.bodies { days[body.day, default: []].append(body) }
        return Snapshot(days: days.sorted { $0.key < $1.key }.map { .init(day: $0.key, bodies: $0.value) }, missing: missing)
    }

    func requireWriting() throws(LookBackError) {
        guard access == .write else { throw .file(folder.path, "it was opened for reading only") }
        if let broken { throw broken }
    }

    /// After a failed write nothing more is written: the disk may hold anything.
    func orBreak<Result>(_ work: () throws(LookBackError) -> Result) throws(LookBackError) -> Result {
        do { return try work() } catch {
            broken = error
            throw error
        }
    }
}
