// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Synchronization

/// What an index holds and costs.
public struct HammingIndexStatistics: Sendable, Hashable {
    /// Entries that can be found, and removed ones that still take room.
    public var entries: Int
    public var removed: Int
    /// Entries that are not in a segment yet.
    public var inDelta: Int
    /// The entries of each segment, largest first.
    public var segments: [Int]
    /// Bytes of memory, and bytes that are still read from mapped files.
    public var memoryBytes: Int
    public var mappedBytes: Int
    /// Why the last background merge failed; it is tried again with the next change.
    public var mergeError: String?
    /// What the check in the background after opening found wrong.
    public var damage: String?
}

/// What ``HammingIndex/verify()`` has read and found sound.
public struct HammingIndexReport: Sendable, Hashable {
    public var segments: Int
    public var entries: Int
    public var bytes: Int
}

extension HammingIndex {
    public var statistics: HammingIndexStatistics {
        let now = snapshot
        let errors = writer.withLock { ($0.mergeError, $0.damage) }
        let deltas = [now.frozen, now.active].compactMap { $0 }
        var statistics = HammingIndexStatistics(
            entries: now.count, removed: now.segments.reduce(0) { $0 + $1.dead.count },
            inDelta: deltas.reduce(0) { $0 + $1.count - $1.dead.count }, segments: now.segments.map(\.segment.count),
            memoryBytes: deltas.reduce(0) { $0 + $1.storage.capacity * (PackedEntry.hashBytes + PackedEntry.metaBytes) },
            mappedBytes: 0, mergeError: errors.0.map { "\($0)" }, damage: errors.1.map { "\($0)" })
        for view in now.segments {
            if view.segment.region.isFile {
                statistics.mappedBytes += view.segment.region.count
            } else {
                statistics.memoryBytes += view.segment.region.count
            }
        }
        return statistics
    }

    /// Reads everything: the checksums of memory and files, and every slot table against the hashes. Takes some seconds for
    /// ten million entries; searches and changes go on meanwhile.
    public func verify() throws(HammingIndexError) -> HammingIndexReport {
        let result: Result<HammingIndexReport, HammingIndexError> = queue.sync {
            do throws(HammingIndexError) {
                return .success(try verifySegments())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func verifySegments() throws(HammingIndexError) -> HammingIndexReport {
        let now = snapshot
        var report = HammingIndexReport(segments: now.segments.count, entries: now.count, bytes: 0)
        for view in now.segments {
            let path = files?.segment(view.segment.number) ?? "memory"
            try view.segment.verify(tables: true, path: path)
            if let files, !view.segment.region.isFile {
                try files.mapSegment(view.segment.number).verify(tables: false, path: path)
                files.forget(view.segment.number)
            }
            report.bytes += view.segment.region.count
        }
        return report
    }
}

extension HammingIndex {
    /// What was found to be wrong with the files after they were opened; nil while nothing is known.
    public var damage: HammingIndexError? { writer.withLock { $0.damage } }
}
