// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
import Synchronization

import struct Foundation.Date

/// One Hamming index with the searchers that are not in use.
///
/// A search holds no lock that another one could wait for: whoever searches has a searcher for itself. (Its mutex is there
/// because a searcher cannot go from task to task otherwise; nobody else knows it meanwhile.)
final class HashIndex: Sendable {
    private final class Searcher: Sendable {
        let mutex: Mutex<HammingSearcher>
        init(_ index: HammingIndex) { mutex = Mutex(index.makeSearcher()) }
    }

    /// Revisions.
    private static let mark: UInt64 = 1_000

    let index: HammingIndex
    private let idle = Mutex<[Searcher]>([])

    init(_ index: HammingIndex) { self.index = index }

    /// Applies changes up to a revision of the store, unless they are there already.
    ///
    /// Changes of the other index alone only move the mark on now and then, because each mark costs a write to the disk: some
    /// are then read again after a restart.
    func apply(_ changes: [HammingChange], revision: Int64) throws(HammingIndexError) {
        // Revisions are counted from 0.
        let tag = UInt64(clamping: revision)
        guard tag > index.tag, !changes.isEmpty || tag - index.tag >= Self.mark else { return }
        try index.apply(changes, tag: tag)
    }

    /// For each hash, what is within the radius, of entries that have not expired.
    func matches(for hashes: [PDQHash], within radius: Int, at time: Date) -> [[HammingMatch]] {
        let searcher = idle.withLock { $0.popLast() } ?? Searcher(index)
        defer { idle.withLock { $0.append(searcher) } }
        // 0 would skip none.
        let filter = HammingFilter(now: max(1, HammingLabels.seconds(time)))
        return searcher.mutex.withLock { $0.batch(hashes, within: radius, filter: filter) }
    }
}

extension HammingLabels {
    init(_ fingerprint: Fingerprint, bank: UInt16, source: UInt16) {
        self.init(
            bank: bank, source: source, trust: fingerprint.trust.code,
            radius: fingerprint.radius.map { UInt8(clamping: $0) } ?? Self.anyRadius,
            // 0 would be never.
            expires: fingerprint.expiresAt.map { max(1, Self.seconds($0)) } ?? 0)
    }

    /// Whole seconds since 1970: 0 before, the largest number after 2106.
    static func seconds(_ date: Date) -> UInt32 {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        return seconds <= 0 ? 0 : seconds >= Double(UInt32.max) ? .max : UInt32(seconds)
    }
}

extension Trust {
    /// Its number in an index, which stays as it is: index files hold it.
    var code: UInt8 {
        switch self {
        case .claimed: 0
        case .probation: 1
        case .verified: 2
        case .benign: 3
        case .retired: 4
        }
    }

    init?(code: UInt8) {
        guard let trust = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = trust
    }
}
