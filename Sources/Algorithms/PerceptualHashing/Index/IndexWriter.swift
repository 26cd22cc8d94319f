// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// What only the holder of the writer's lock may touch.
struct IndexWriter: Sendable {
    /// Nil for an index without files.
    var log: IndexLog?
    private var lock: Int32?
    /// The number of the newest batch.
    var sequence: UInt64 = 0
    var logNumber: UInt64 = 1
    /// What the segments will contain once the frozen delta is merged, and the first log after it.
    var sealed = IndexManifest()
    var nextNumber: UInt64 = 1
    /// Where the entries of the deltas are, to find them by name.
    var activeNames: [EntryName: Int] = [:]
    var frozenNames: [EntryName: Int] = [:]
    /// The segments being merged, and what was removed from them or from the frozen delta meanwhile.
    var merging: Set<ObjectIdentifier> = []
    var removedWhileMerging: [EntryName] = []
    var isClosed = false
    var mergeError: HammingIndexError?
    var damage: HammingIndexError?

    init(log: IndexLog?, lock: Int32?) {
        self.log = log
        self.lock = lock
    }

    /// Lets go of the files and the directory's lock.
    mutating func release() {
        log = nil
        if let lock {
            // A process being spawned may hold a copy of the descriptor for a moment: closing alone would not unlock.
            flock(lock, LOCK_UN)
            close(lock)
        }
        lock = nil
    }

    /// The snapshot after the batch.
    mutating func apply(_ changes: [HammingChange], tag: UInt64, to old: IndexSnapshot) -> IndexSnapshot {
        var segments = old.segments
        var frozen = old.frozen
        var active = old.active
        let ahead = 12
        for (number, change) in changes.enumerated() {
            if number + ahead < changes.count {
                for view in segments { view.segment.findSoon(changes[number + ahead].hash) }
            }
            switch change {
            case .add(let entry):
                let name = EntryName(hash: entry.hash, key: entry.key)
                remove(name, from: &segments, &frozen, &active)
                activeNames[name] = active.count
                active.append(entry)
            case .remove(let hash, let key):
                remove(EntryName(hash: hash, key: key), from: &segments, &frozen, &active)
            }
        }
        sequence += 1
        return IndexSnapshot(segments: segments, frozen: frozen, active: active, tag: tag)
    }

    private mutating func remove(
        _ name: EntryName, from segments: inout [SegmentView], _ frozen: inout Delta?, _ active: inout Delta
    ) {
        if let place = activeNames.removeValue(forKey: name) {
            active.dead.insert(place)
            return
        }
        if let place = frozenNames.removeValue(forKey: name) {
            frozen?.dead.insert(place)
            removedWhileMerging.append(name)
            return
        }
        for number in segments.indices {
            guard let place = segments[number].segment.find(name) else { continue }
            guard segments[number].dead.insert(place) else { continue }
            if merging.contains(ObjectIdentifier(segments[number].segment)) { removedWhileMerging.append(name) }
            return
        }
    }
}

extension HammingChange {
    fileprivate var hash: PDQHash {
        switch self {
        case .add(let entry): entry.hash
        case .remove(let hash, _): hash
        }
    }
}

// MARK: - Recovery

extension IndexWriter {
    /// Reads the manifest, maps the segments, removes left-overs and applies the logs again.
    static func recover(
        _ files: IndexFiles, lock: Int32, options: HammingIndex.Options
    ) throws(HammingIndexError) -> (IndexWriter, IndexSnapshot) {
        let manifest = try manifest(of: files)
        try removeLeftOvers(files, manifest)
        var segments: [SegmentView] = []
        for part in manifest.parts {
            let segment = try files.mapSegment(part.number)
            guard segment.count == part.count else {
                throw .damaged(path: files.segment(part.number), offset: nil, reason: "it is not the one the manifest names")
            }
            segments.append(SegmentView(segment: segment, dead: DeadMap(words: part.dead)))
        }
        var writer = IndexWriter(log: nil, lock: lock)
        writer.sequence = manifest.sequence
        writer.nextNumber = manifest.nextNumber
        let empty = IndexSnapshot(
            segments: segments, frozen: nil, active: Delta(capacity: options.deltaLimit), tag: manifest.tag)
        let snapshot = try writer.replayLogs(files, from: manifest, onto: empty)
        return (writer, snapshot)
    }

    private static func manifest(of files: IndexFiles) throws(HammingIndexError) -> IndexManifest {
        if let bytes = try files.read(files.manifest) { return try IndexManifest(bytes: bytes, path: files.manifest) }
        guard try files.numbers(of: "segment").isEmpty, try files.numbers(of: "log").isEmpty else {
            throw .damaged(path: files.manifest, offset: nil, reason: "it is missing, but segments or logs are there")
        }
        let manifest = IndexManifest()
        try files.replace(files.manifest, with: manifest.bytes)
        return manifest
    }

    private static func removeLeftOvers(_ files: IndexFiles, _ manifest: IndexManifest) throws(HammingIndexError) {
        let named = Set(manifest.parts.map(\.number))
        for name in try files.names() where name.hasSuffix(".new") { unlink(files.directory + "/" + name) }
        for number in try files.numbers(of: "segment") where !named.contains(number) { unlink(files.segment(number)) }
        for number in try files.numbers(of: "log") where number < manifest.firstLog { unlink(files.log(number)) }
    }

    private mutating func replayLogs(
        _ files: IndexFiles, from manifest: IndexManifest, onto empty: IndexSnapshot
    ) throws(HammingIndexError) -> IndexSnapshot {
        let numbers = try files.numbers(of: "log")
        logNumber = manifest.firstLog
        guard !numbers.isEmpty else {
            // A crash between the very first manifest and log; later a log is always there before a manifest names it.
            guard manifest == IndexManifest() else {
                throw .damaged(path: files.log(manifest.firstLog), offset: nil, reason: "it is missing")
            }
            log = try IndexLog(creating: logNumber, in: files)
            return empty
        }
        var snapshot = empty
        var end = 0
        for (offset, number) in numbers.enumerated() {
            let path = files.log(manifest.firstLog + UInt64(offset))
            guard number == manifest.firstLog + UInt64(offset), let bytes = try files.read(path) else {
                throw .damaged(path: path, offset: nil, reason: "it is missing")
            }
            end = try IndexLog.replay(
                bytes, number: number, path: path, mayBeTorn: offset == numbers.count - 1, from: sequence + 1
            ) { _, tag, changes in
                snapshot = apply(changes, tag: tag, to: snapshot)
            }
            logNumber = number
        }
        log = try IndexLog(path: files.log(logNumber), end: end)
        return snapshot
    }
}
