// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import PerceptualHashing
import Synchronization

package import struct Foundation.Date

/// All banks of a store, ready for look-up: it follows the store change by change and never makes a look-up wait.
package final class Banks: Sendable {
    /// What people should know of.
    package enum Notice: Hashable, Sendable {
        /// The index is built anew from the store, and why.
        case rebuilding(String)
        case rebuilt(fingerprints: Int)
        /// Changes are not taken over at the moment, and why.
        case behind(String)
        case caughtUp(revision: Int64)
        /// A fingerprint that nobody confirmed matched items of too many actors: no machine acts on it alone any more.
        case held(fingerprint: FingerprintID)
    }

    /// Changes read from the store at once.
    private static let page = 5_000
    /// Between two looks at the store for what other processes changed.
    private static let interval = Duration.milliseconds(50)
    /// Held fingerprints are asked for once in so many looks.
    private static let heldRounds = 20
    private static let questionsAtOnce = 64

    package let popularity: PopularityGuard
    private let store: any BankStore
    private let directory: String?
    private let now: @Sendable () -> Date
    private let report: @Sendable (Notice) -> Void
    private let current: Mutex<BankView>
    private let turns = Turns()
    private let isBehind = Mutex(false)

    private init(
        _ files: IndexFiles, store: any BankStore, directory: String?, popularity: PopularityGuard,
        now: @escaping @Sendable () -> Date, report: @escaping @Sendable (Notice) -> Void
    ) {
        self.store = store
        self.directory = directory
        self.popularity = popularity
        self.now = now
        self.report = report
        current = Mutex(
            BankView(
                files: files, banks: [], names: files.names, revision: -1, place: files.revision, now: now))
    }

    /// Opens the index and catches up with the store; builds it anew when its files are damaged or of another database.
    /// - Parameters:
    ///   - directory: of this process alone; nil to keep it in memory.
    ///   - report: is called with what people should know of; returns at once.
    package static func open(
        _ store: any BankStore, directory: String? = nil, popularity: PopularityGuard.Options = .init(),
        now: @escaping @Sendable () -> Date, report: @escaping @Sendable (Notice) -> Void = { _ in }
    ) async throws -> Banks {
        let files: IndexFiles
        var why: String?
        if let directory {
            do {
                let newest = try IndexFiles.newest(in: directory)
                why = if let newest { try await Self.difference(of: newest, from: store) } else { nil }
                files = try why == nil ? newest ?? .next(in: directory) : .next(in: directory)
            } catch let error as BankIndexError {
                why = "\(error)"
                files = try .next(in: directory)
            }
        } else {
            files = .inMemory()
        }
        if let why { report(.rebuilding(why)) }
        let banks = Banks(
            files, store: store, directory: directory, popularity: PopularityGuard(options: popularity, now: now), now: now,
            report: report)
        try await banks.follow()
        if why != nil { report(.rebuilt(fingerprints: banks.count)) }
        if let directory { banks.view.files.deleteOthers(in: directory) }
        return banks
    }

    var view: BankView { current.withLock { $0 } }

    /// Fingerprints that count, expired ones included.
    package var count: Int { view.files.count }
    /// The state of the store that look-ups answer from.
    package var revision: Int64 { view.revision }

    /// How far a hit is trusted here.
    func trust(of hit: BankHit) -> Trust {
        hit.trust == .verified && popularity.isHeld(hit.key) ? .probation : hit.trust
    }

    /// The same for a match of an item, which is counted.
    func trust(of hit: BankHit, matching event: Event) -> Trust {
        guard hit.trust == .verified else { return hit.trust }
        let (isHeld, isNew) = popularity.matched(hit.key, actor: event.actor.id, on: event.platform)
        if isNew { report(.held(fingerprint: FingerprintID("fp-\(hit.key)"))) }
        return isHeld ? .probation : .verified
    }
}

// MARK: - Following the store

extension Banks {
    /// Follows the store until the task is cancelled: what another process changes counts here within 100 ms.
    package func run() async {
        var round = 0
        while !Task.isCancelled {
            await followOrReport()
            await askForConfirmations(heldToo: round % Self.heldRounds == 0)
            round += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Takes over all changes that the store has when this is called.
    package func follow() async throws {
        try await turns.next { try await self.catchUp() }
    }

    /// `follow`, for callers to whom it is no failure when the index cannot follow now.
    func followOrReport() async {
        do {
            try await follow()
            if isBehind.withLock({
                let was = $0; $0 = false; return was
            }) {
                report(.caughtUp(revision: revision))
            }
        } catch {
            if !isBehind.withLock({
                let was = $0; $0 = true; return was
            }) {
                report(.behind("\(error)"))
            }
        }
    }

    /// Only one at a time.
    private func catchUp() async throws {
        let revision = try await store.revision()
        let view = self.view
        if let damage = view.files.damage { return try await rebuild(to: revision, because: "its files are damaged: \(damage)") }
        if revision == view.revision { return }
        if revision < view.files.latestRevision {
            let why = "the store is at revision \(revision), the index at \(view.files.latestRevision): another database"
            return try await rebuild(to: revision, because: why)
        }
        do {
            publish(try await filled(view, to: revision, publish: publish))
        } catch let error as HammingIndexError {
            // Files that failed once take nothing more; new ones do, or memory.
            guard case .failed = error else { throw error }
            try await rebuild(to: revision, because: "\(error)")
        }
    }

    private func rebuild(to revision: Int64, because why: String) async throws {
        report(.rebuilding(why))
        let old = self.view.files
        var view = BankView(
            files: try directory.map { try .next(in: $0) } ?? .inMemory(), banks: [], names: IndexNames(), revision: -1,
            place: 0, now: now)
        view = try await filled(view, to: revision) { _ in }
        publish(view)
        old.close()
        if let directory { view.files.deleteOthers(in: directory) }
        report(.rebuilt(fingerprints: view.files.count))
    }

    private func publish(_ view: BankView) { current.withLock { $0 = view } }

    /// The view with all changes up to a revision, or more.
    /// - Parameter publish: is called with each new state of the names before an entry uses them.
    private func filled(
        _ start: BankView, to revision: Int64, publish: (BankView) -> Void
    ) async throws -> BankView {
        let banks = try await store.banks()
        let files = start.files
        var view = start
        while true {
            let changes = try await store.changes(after: view.place, limit: Self.page)
            guard let last = changes.last?.revision else { break }
            var names = files.names
            let (pdq, exact) = try Self.indexChanges(changes.map(\.fingerprint), names: &names)
            try files.keep(names)
            view = view.with(names: names, banks: banks)
            publish(view)
            try files.pdq.apply(pdq, revision: last)
            try files.exact.apply(exact, revision: last)
            view = view.with(names: names, banks: banks, place: last)
        }
        // Not further than what was known when the banks were read: what came since may have changed one of them.
        return view.with(names: files.names, banks: banks, revision: revision)
    }

    private static func indexChanges(
        _ fingerprints: [Fingerprint], names: inout IndexNames
    ) throws -> (pdq: [HammingChange], exact: [HammingChange]) {
        var (pdq, exact): ([HammingChange], [HammingChange]) = ([], [])
        for fingerprint in fingerprints {
            // What is no hash matches nothing; the store should not have it.
            guard let hash = PDQHash(digest: fingerprint.value), fingerprint.value.utf8.count == fingerprint.kind.digits else {
                continue
            }
            let change: HammingChange
            if fingerprint.trust == .retired {
                change = .remove(hash: hash, key: UInt64(bitPattern: fingerprint.key))
            } else {
                let labels = HammingLabels(
                    fingerprint, bank: try names.bank(fingerprint.bank), source: try names.source(fingerprint.source))
                change = .add(HammingEntry(hash: hash, key: UInt64(bitPattern: fingerprint.key), labels: labels))
            }
            if names.witness == nil {
                names.witness = .init(key: fingerprint.key, kind: fingerprint.kind, value: fingerprint.value)
            }
            if fingerprint.kind == .pdq { pdq.append(change) } else { exact.append(change) }
        }
        return (pdq, exact)
    }

    /// Why files do not belong to the store; nil when they do.
    private static func difference(of files: IndexFiles, from store: any BankStore) async throws -> String? {
        let revision = try await store.revision()
        if revision < files.latestRevision {
            return "the store is at revision \(revision), the index at \(files.latestRevision): another database"
        }
        guard let witness = files.names.witness else { return files.count == 0 ? nil : "its names are missing" }
        let found = try await store.fingerprint(witness.key)
        return found?.kind == witness.kind && found?.value == witness.value
            ? nil : "fingerprint fp-\(witness.key) is another one in the store: another database"
    }

    private func askForConfirmations(heldToo: Bool) async {
        for key in popularity.questions(limit: Self.questionsAtOnce, heldToo: heldToo) {
            guard let outcomes = try? await store.outcomes(of: key) else { continue }
            if outcomes[.confirmed, default: 0] > 0 { popularity.confirm([key]) }
        }
    }
}

extension BankView {
    fileprivate func with(
        names: IndexNames, banks: [Bank], revision: Int64? = nil, place: Int64? = nil
    ) -> BankView {
        let byName = Dictionary(banks.map { ($0.name, $0) }) { first, _ in first }
        return BankView(
            files: files, banks: names.banks.map { byName[$0] }, names: names, revision: revision ?? self.revision,
            place: place ?? self.place, now: now)
    }
}

/// Lets one piece of work run at a time; who comes while one runs shares the next, which begins after all of them came.
private actor Turns {
    private var running: Task<Void, any Error>?
    private var waiting: Task<Void, any Error>?

    func next(_ work: @escaping @Sendable () async throws -> Void) async throws {
        if let waiting { return try await waiting.value }
        let before = running
        let task = Task {
            _ = await before?.result
            begin()
            try await work()
        }
        waiting = task
        try await task.value
    }

    private func begin() {
        running = waiting
        waiting = nil
    }
}
