// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Synchronization

// How deltas become segments. All of this runs on the merge queue, one piece at a time; the writer's lock is held only to
// freeze the delta and to publish the result, never while tables are built or written.

extension HammingIndex {
    private struct Job {
        var inputs: [SegmentView]
        var frozen: Delta
        var number: UInt64
        /// The frozen delta is left from a merge that failed, so there may be newer entries.
        var isRetry: Bool
    }

    /// Merges until the delta is below its limit; with `all`, until there is one segment without removed entries.
    func merge(all: Bool) throws(HammingIndexError) {
        var whole = all
        while let job = try freeze(all: whole) {
            try commit(job, try build(job))
            if !job.isRetry { whole = false }
            writer.withLock { $0.mergeError = nil }
        }
    }

    /// Freezes the delta and chooses what to merge with it; nil if there is nothing to do.
    private func freeze(all: Bool) throws(HammingIndexError) -> Job? {
        try writer.withLock { writer throws(HammingIndexError) in
            let now = snapshot
            guard !writer.isClosed else { return nil }
            let idle = now.segments.count <= 1 && now.segments.allSatisfy { $0.dead.count == 0 } && now.active.count == 0
            // A frozen delta is there only if its merge failed before.
            guard now.frozen != nil || now.active.count >= options.deltaLimit || (all && !idle) else { return nil }
            let isRetry = now.frozen != nil
            if !isRetry { try freezeDelta(&writer) }
            guard let frozen = snapshot.frozen else { return nil }
            let inputs = inputs(for: frozen, all: all)
            writer.merging = Set(inputs.map { ObjectIdentifier($0.segment) })
            writer.removedWhileMerging = []
            writer.nextNumber += 1
            return Job(inputs: inputs, frozen: frozen, number: writer.nextNumber - 1, isRetry: isRetry)
        }
    }

    private func freezeDelta(_ writer: inout IndexWriter) throws(HammingIndexError) {
        let now = snapshot
        if let files {
            writer.log = try IndexLog(creating: writer.logNumber + 1, in: files)
            writer.logNumber += 1
        }
        writer.sealed.firstLog = writer.logNumber
        writer.sealed.tag = now.tag
        writer.sealed.sequence = writer.sequence
        writer.frozenNames = writer.activeNames
        writer.activeNames = [:]
        publish(
            IndexSnapshot(
                segments: now.segments, frozen: now.active, active: Delta(capacity: options.deltaLimit), tag: now.tag))
    }

    /// Small segments first, as long as the next is not many times larger than what is merged already; and those that are
    /// mostly removed.
    private func inputs(for frozen: Delta, all: Bool) -> [SegmentView] {
        var inputs: [SegmentView] = []
        var total = frozen.count - frozen.dead.count
        for view in snapshot.segments.sorted(by: { $0.liveCount < $1.liveCount }) {
            guard all || view.liveCount <= total * Self.growth || view.dead.count * 2 > view.segment.count else { continue }
            inputs.append(view)
            total += view.liveCount
        }
        return inputs
    }

    /// The new segment, on the disk; nil if nothing is left alive.
    private func build(_ job: Job) throws(HammingIndexError) -> Segment? {
        let total = job.inputs.reduce(job.frozen.count - job.frozen.dead.count) { $0 + $1.liveCount }
        guard total > 0 else { return nil }
        let hashes = try MemoryRegion.zeroed(total * PackedEntry.hashBytes)
        let meta = try MemoryRegion.zeroed(total * PackedEntry.metaBytes)
        var filled = 0
        func copy(_ count: Int, hashesAt: UnsafeRawPointer, metaAt: UnsafeRawPointer, dead: DeadMap) {
            var start = 0
            while start < count {
                var end = start
                if dead.count == 0 { end = count } else { while end < count, !dead.contains(end) { end += 1 } }
                (hashes.base + filled * PackedEntry.hashBytes).copyMemory(
                    from: hashesAt + start * PackedEntry.hashBytes, byteCount: (end - start) * PackedEntry.hashBytes)
                (meta.base + filled * PackedEntry.metaBytes).copyMemory(
                    from: metaAt + start * PackedEntry.metaBytes, byteCount: (end - start) * PackedEntry.metaBytes)
                filled += end - start
                start = end + 1
            }
        }
        for view in job.inputs {
            copy(
                view.segment.count, hashesAt: view.segment.hashes, metaAt: view.segment.meta(at: 0), dead: view.dead)
        }
        copy(
            job.frozen.count, hashesAt: UnsafeRawPointer(job.frozen.storage.hashes), metaAt: job.frozen.meta(at: 0),
            dead: job.frozen.dead)
        let segment = try Segment.build(number: job.number, count: total, hashes: hashes.base, meta: meta.base)
        if let files {
            try files.replace(files.segment(job.number), with: segment.bytes)
        }
        return segment
    }

    /// Puts the new segment in the place of what it was made from: on the disk, then for the readers.
    private func commit(_ job: Job, _ segment: Segment?) throws(HammingIndexError) {
        let firstLog = try writer.withLock { writer throws(HammingIndexError) in
            let now = snapshot
            var segments = now.segments.filter { !writer.merging.contains(ObjectIdentifier($0.segment)) }
            if let segment {
                var view = SegmentView(segment: segment)
                for name in writer.removedWhileMerging {
                    if let place = segment.find(name) { view.dead.insert(place) }
                }
                segments.append(view)
            }
            segments.sort { $0.segment.count > $1.segment.count }
            do throws(HammingIndexError) {
                try writeManifest(segments, &writer)
            } catch {
                // The segment's file stays: the manifest may be on disk although it was not made durable. What none names goes
                // at the next opening.
                throw error
            }
            publish(IndexSnapshot(segments: segments, frozen: nil, active: now.active, tag: now.tag))
            writer.frozenNames = [:]
            writer.merging = []
            writer.removedWhileMerging = []
            return writer.sealed.firstLog
        }
        guard let files else { return }
        for view in job.inputs { unlink(files.segment(view.segment.number)) }
        var old = firstLog - 1
        while old > 0, unlink(files.log(old)) == 0 { old -= 1 }
    }

    private func writeManifest(_ segments: [SegmentView], _ writer: inout IndexWriter) throws(HammingIndexError) {
        guard let files else { return }
        var manifest = writer.sealed
        manifest.nextNumber = writer.nextNumber
        manifest.parts = segments.map { view in
            IndexManifest.Part(
                number: view.segment.number, count: view.segment.count,
                dead: view.dead.count == 0 ? [] : view.dead.words(for: view.segment.count), deadCount: view.dead.count)
        }
        try files.replace(files.manifest, with: manifest.bytes)
    }

    /// Puts copies in large pages in the place of mapped segments, and checks them on the way.
    func copyToMemory() {
        for view in snapshot.segments where view.segment.region.isFile {
            guard !writer.withLock({ $0.isClosed }) else { return }
            do throws(HammingIndexError) {
                let copy = try view.segment.copied()
                try copy.verify(tables: false, path: files?.segment(copy.number) ?? "memory")
                writer.withLock { _ in
                    let now = snapshot
                    let segments = now.segments.map { other in
                        other.segment === view.segment ? SegmentView(segment: copy, dead: other.dead) : other
                    }
                    publish(IndexSnapshot(segments: segments, frozen: now.frozen, active: now.active, tag: now.tag))
                }
                files?.forget(copy.number)
            } catch {
                writer.withLock { $0.damage = error }
            }
        }
    }
}
