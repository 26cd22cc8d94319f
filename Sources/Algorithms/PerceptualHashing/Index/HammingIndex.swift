// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Atomics
import Dispatch
import Glibc
import Synchronization

/// An exact index of 256-bit hashes that is searched while it changes, and survives any crash.
///
/// New entries go to a small delta and to a log on the disk; a background merge turns deltas into immutable segments. Readers
/// take the newest snapshot with one atomic load and never wait for the writer or a merge. One process at a time may have a
/// directory open.
public final class HammingIndex: Sendable {
    public struct Options: Sendable {
        /// With this many entries in the delta, a merge begins. Smaller is faster to search, larger costs fewer merges.
        public var deltaLimit: Int
        /// Copies mapped segments to memory in large pages, in the background: twice to three times as fast to search, for
        /// as much memory as the files have bytes.
        public var copiesToMemory: Bool

        public init(deltaLimit: Int = 2048, copiesToMemory: Bool = true) {
            self.deltaLimit = max(deltaLimit, 1)
            self.copiesToMemory = copiesToMemory
        }
    }

    /// A merge takes in a segment that is at most this many times as large as what is merged already.
    static let growth = 4

    let options: Options
    let files: IndexFiles?
    let writer: Mutex<IndexWriter>
    let queue = DispatchQueue(label: "hamming-index-merge", qos: .utility)
    private let published: ManagedAtomic<IndexSnapshot>
    private let pending = ManagedAtomic<Bool>(false)

    private init(options: Options, files: IndexFiles?, writer: IndexWriter, snapshot: IndexSnapshot) {
        self.options = options
        self.files = files
        self.writer = Mutex(writer)
        published = ManagedAtomic(snapshot)
    }

    deinit { writer.withLock { $0.release() } }

    /// An index without files.
    public static func inMemory(options: Options = Options()) -> HammingIndex {
        HammingIndex(
            options: options, files: nil, writer: IndexWriter(log: nil, lock: nil),
            snapshot: IndexSnapshot(segments: [], frozen: nil, active: Delta(capacity: options.deltaLimit), tag: 0))
    }

    /// Opens the index in that directory, or makes an empty one. Takes well under a second: segments are mapped and can be
    /// searched at once; what the log holds since the last merge is added again.
    public static func open(at directory: String, options: Options = Options()) throws(HammingIndexError) -> HammingIndex {
        let files = IndexFiles(directory: directory)
        let lock = try files.takeLock()
        do throws(HammingIndexError) {
            let (writer, snapshot) = try IndexWriter.recover(files, lock: lock, options: options)
            let index = HammingIndex(options: options, files: files, writer: writer, snapshot: snapshot)
            if options.copiesToMemory { index.queue.async { index.copyToMemory() } }
            if snapshot.active.count >= options.deltaLimit { index.mergeSoon() }
            return index
        } catch {
            flock(lock, LOCK_UN)
            Glibc.close(lock)
            throw error
        }
    }

    var snapshot: IndexSnapshot { published.load(ordering: .acquiring) }

    func publish(_ snapshot: IndexSnapshot) { published.store(snapshot, ordering: .releasing) }

    /// The tag of the newest batch, kept across restarts: the caller's revision.
    public var tag: UInt64 { snapshot.tag }

    /// How many entries there are, expired ones included.
    public var count: Int { snapshot.count }

    /// What one task or thread searches with.
    public func makeSearcher() -> HammingSearcher { HammingSearcher(self) }

    /// Makes all changes of a batch at once. When this returns they are on the disk, and every search that starts sees them;
    /// no search sees a part of them. Blocks for one write to the disk.
    public func apply(_ changes: [HammingChange], tag: UInt64) throws(HammingIndexError) {
        // A writer that is far ahead of the merge waits for it: scanning a delta of millions would make searches slow.
        if snapshot.active.count > max(options.deltaLimit * 16, 1 << 20) { queue.sync {} }
        let full = try writer.withLock { writer throws(HammingIndexError) in
            guard !writer.isClosed else { throw .closed }
            try writer.log?.append(changes, tag: tag, sequence: writer.sequence + 1)
            let next = writer.apply(changes, tag: tag, to: snapshot)
            publish(next)
            // While merges fail, one try for each full delta is enough.
            let count = next.active.count
            return count >= options.deltaLimit
                && (writer.mergeError == nil || count % options.deltaLimit < changes.count)
        }
        if full { mergeSoon() }
    }

    /// Merges everything into one segment without removed entries, and waits for it.
    public func compact() throws(HammingIndexError) {
        let failure: HammingIndexError? = queue.sync {
            do throws(HammingIndexError) {
                if writer.withLock({ $0.isClosed }) { return .closed }
                try merge(all: true)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Waits for the background work, and lets go of the directory. Searchers may go on; nothing can be changed any more.
    public func close() {
        writer.withLock { $0.isClosed = true }
        queue.sync {}
        writer.withLock { $0.release() }
    }

    private func mergeSoon() {
        guard pending.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else { return }
        queue.async { [self] in
            pending.store(false, ordering: .releasing)
            do throws(HammingIndexError) {
                try merge(all: false)
            } catch {
                writer.withLock { $0.mergeError = error }
            }
        }
    }
}
