// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// Opens the files, and ends what a crash cut off: appends, sealings, joins and deletions.
struct Opening {
    let folder: Folder
    let access: LookBackFiles.Access
    let gate: PatchGate
    let lock: OpenFile?
    private(set) var segments: [Segment] = []
    private(set) var missing: [SweepGap] = []
    private(set) var notes: [String] = []
    private var opened: LogFile?

    private static let setAside = ".damaged"

    init(_ directory: String, access: LookBackFiles.Access, gate: PatchGate) throws(LookBackError) {
        self.access = access
        self.gate = gate
        guard access == .write else {
            folder = Folder(existing: directory)
            lock = nil
            return
        }
        folder = try Folder(making: directory)
        let lock = try OpenFile(folder.path(of: "lock"), .create)
        guard lock.lock() else { throw .file(directory, "another process writes this look-back") }
        self.lock = lock
    }

    /// Opens them all. A reader beside the writer begins again when files came or went meanwhile.
    static func open(_ directory: String, access: LookBackFiles.Access, gate: PatchGate) throws(LookBackError) -> Opening {
        for attempt in 1... {
            var opening = try Opening(directory, access: access, gate: gate)
            let before = try opening.folder.names()
            do throws(LookBackError) { try opening.run() } catch {
                let isChanged = try opening.folder.names() != before
                if access == .read, attempt < 10, isChanged { continue }
                throw error
            }
            if access == .write || attempt == 10 { return opening }
            if try opening.folder.names() == before { return opening }
        }
        throw .file(directory, "its files keep changing")
    }

    /// There is one as soon as `run` has returned.
    var log: LogFile {
        get throws(LookBackError) {
            guard let opened else { throw .file(folder.path, "it is not open") }
            return opened
        }
    }

    mutating func run() throws(LookBackError) {
        if access == .write { try endWhatWasBegun() }
        var names = try folder.names()
        try openLog(&names)
        try openSegments(names.filter { $0.hasSuffix(Segment.suffix) })
        for name in names where name.hasSuffix(Self.setAside) {
            missing.append(SweepGap(day: nil, file: folder.path(of: name), reason: "a damaged log that was set aside"))
        }
        if opened == nil { try beginLog(names) }
        if access == .write { try folder.sync() }
    }

    private mutating func endWhatWasBegun() throws(LookBackError) {
        for name in try folder.names() where name.hasSuffix(".tmp") { try folder.remove(name) }
        if let patches = try PatchList(in: folder) {
            try patches.apply(in: folder, gate: gate)
            try patches.end(in: folder)
            notes.append("a deletion that had been cut off was ended")
        }
    }

    /// Of two logs the older one has become segments.
    private mutating func openLog(_ names: inout [String]) throws(LookBackError) {
        let generations = names.compactMap(LogFile.generation).sorted()
        guard let current = generations.last else { return }
        if access == .write {
            for older in generations.dropLast() { try folder.remove(LogFile.name(older)) }
            // Segments of a log that still exists: their making was cut off.
            for name in names where (Segment.parse(name)?.generations.upperBound ?? 0) >= current { try folder.remove(name) }
        }
        names.removeAll { (Segment.parse($0)?.generations.upperBound ?? 0) >= current }
        do throws(LookBackError) {
            let log = try LogFile(current, in: folder, forWriting: access == .write)
            if log.cutOff > 0 { notes.append("\(log.cutOff) bytes of an append that was not finished were cut off") }
            missing += log.damage.map { SweepGap(day: nil, $0) }
            opened = log
        } catch {
            guard case .damaged = error else { throw error }
            missing.append(SweepGap(day: nil, error))
            guard access == .write else { return }
            let name = LogFile.name(current)
            try folder.rename(name, to: name + Self.setAside)
            notes.append("a damaged log was set aside as \(name)\(Self.setAside)")
        }
    }

    private mutating func openSegments(_ names: [String]) throws(LookBackError) {
        var found: [Segment] = []
        for name in names {
            do throws(LookBackError) {
                found.append(try Segment(name, in: folder, forWriting: access == .write))
            } catch {
                missing.append(SweepGap(day: Segment.parse(name)?.day, error))
            }
        }
        // Those that were joined into one that is whole.
        let superseded = found.filter { part in
            found.contains { $0.day == part.day && $0.name != part.name && $0.generations.contains(part.generations) }
        }
        if access == .write { for part in superseded { try folder.remove(part.name) } }
        let gone = Set(superseded.map(\.name))
        segments = found.filter { !gone.contains($0.name) }
            .sorted { ($0.day, $0.generations.lowerBound) < ($1.day, $1.generations.lowerBound) }
    }

    /// The first log of all, or one in place of one that is lost: what comes after the segments.
    private mutating func beginLog(_ names: [String]) throws(LookBackError) {
        let generations = names.compactMap { Segment.parse($0)?.generations.upperBound }
        let setAside = names.filter { $0.hasSuffix(Self.setAside) }
            .compactMap { LogFile.generation(of: String($0.dropLast(Self.setAside.count))) }
        let next = ((generations + setAside).max() ?? 0) + 1
        let sequence = segments.map(\.sequence).max() ?? 0
        guard access == .write else {
            throw .file(folder.path, "there is no look-back here")
        }
        if !segments.isEmpty { notes.append("there was no log; what follows sequence \(sequence) is taken again") }
        opened = try LogFile.make(next, after: sequence, in: folder)
    }
}

extension SweepGap {
    init(day: Int?, _ error: LookBackError) {
        switch error {
        case .file(let file, let reason), .damaged(let file, let reason): self.init(day: day, file: file, reason: reason)
        }
    }
}

extension ClosedRange {
    fileprivate func contains(_ other: ClosedRange) -> Bool {
        contains(other.lowerBound) && contains(other.upperBound)
    }
}
