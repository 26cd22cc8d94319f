// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import LookBackFiles
import Moderation
import Pipeline
import ServiceLifecycle
import Signals
import Storage

/// The look-back of this process: the files, who fills them, and what follows from newly verified fingerprints.
struct LookBackParts {
    let files: LookBackFiles
    let mover: SightingMover

    /// Without the files here, what is queued goes at once, and the process that has the files is left a note.
    static func forgetting(in store: Store) -> @Sendable (LookBackSubject) async throws -> Void {
        { subject in
            _ = try await store.deleteSightings(of: subject)
            try await SightingMover.note(subject, in: store)
        }
    }

    /// Nil when nothing is to be kept, or when another process has the folder and fills it.
    static func open(
        _ settings: Settings, store: Store, logger: Logger, now: @escaping @Sendable () -> Date
    ) async throws -> LookBackParts? {
        guard settings.number("lookback.days") > 0 else {
            logger.notice("the look-back is off: earlier copies of what becomes known later will not be found")
            return nil
        }
        let path = settings.text("lookback.path")
        let files: LookBackFiles
        do throws(LookBackError) {
            files = try LookBackFiles(directory: path)
        } catch {
            logger.error(
                "the look-back cannot be opened; sightings wait in the database until it can",
                metadata: ["lookback.path": "\(path)", "error": "\(error)"])
            return nil
        }
        for note in files.notes { logger.notice("look-back", metadata: ["note": "\(note)"]) }
        try await belongTogether(path, store)
        var options = SightingMover.Options()
        options.days = settings.number("lookback.days")
        return LookBackParts(
            files: files,
            mover: SightingMover(
                queue: store, lookBack: files, state: store, options: options, logger: logger, now: now))
    }

    func bulk(signals: SignalParts, rules: RuleParts, flow: FlowParts, on ground: Ground) -> BulkService {
        let store = ground.store
        return BulkService(
            lookBack: files, queue: store, store: store, decisions: store, events: store, media: flow.media,
            connectors: flow.connectors, standing: BulkStanding(signals.banks), enforcement: flow.enforcement,
            preservation: flow.preservation, commits: flow.commits, desk: flow.desk, outboxWake: flow.outboxWake,
            board: rules.board, logger: ground.logger, now: ground.now)
    }

    /// The files remember how far they have read the database's queue, so they are of use with that database only.
    private static func belongTogether(_ path: String, _ store: Store) async throws {
        let key = "lookback.folder"
        let file = URL(filePath: path).appending(path: "database")
        let inFolder = try? String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let inStore = try await store.state(key)
        switch (inFolder, inStore) {
        case (let folder?, let store?) where folder == store: return
        case (nil, _):
            let id = inStore ?? UUID().uuidString
            try await store.setState(key, to: id)
            try Data((id + "\n").utf8).write(to: file, options: .atomic)
        default: throw LookBackError.file(path, "it belongs to another database; set lookback.path to another folder")
        }
    }
}

/// Follows the banks and has the earlier copies of newly verified fingerprints looked for.
struct VerifiedFollower: Service {
    static let stateKey = "lookback.verified-through"

    private let store: Store
    private let watch: VerifiedWatch
    private let logger: Logger

    /// Nil when nothing is to follow by itself.
    init?(_ settings: Settings, bulk: BulkService, clauses: ClauseCatalogue, on ground: Ground) throws {
        (store, logger) = (ground.store, ground.logger)
        guard
            let watch = try VerifiedWatch(
                settings, bulk: bulk, store: store, clauses: clauses, logger: logger, now: ground.now)
        else { return nil }
        self.watch = watch
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await step(), !Task.isCancelled {}
                } catch {
                    logger.error("earlier copies cannot be looked for, trying again", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// One page of changes; false when there was none. A change is looked at again rather than not at all.
    private func step() async throws -> Bool {
        guard let text = try await store.state(Self.stateKey), let place = Int64(text) else {
            // What was verified before the look-back began has no earlier copies in it.
            try await store.setState(Self.stateKey, to: String(try await store.revision()))
            return false
        }
        let changes = try await store.changes(after: place, limit: 2_000)
        guard let last = changes.last else { return false }
        let banks = Dictionary(try await store.banks().map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
        let fingerprints = changes.map(\.fingerprint).compactMap { fingerprint -> Fingerprint? in
            // No further than a match would count, and not for a bank that is off.
            guard let bank = banks[fingerprint.bank], bank.share > 0 else { return nil }
            var fingerprint = fingerprint
            fingerprint.radius = min(fingerprint.radius ?? 63, bank.radius)
            return fingerprint
        }
        _ = try await watch.becameVerified(fingerprints)
        try await store.setState(Self.stateKey, to: String(last.revision))
        return true
    }
}

extension SightingMover {
    /// As a port.
    nonisolated var forgetting: @Sendable (LookBackSubject) async throws -> Void {
        { subject in try await self.forget(subject) }
    }
}

extension VerifiedWatch {
    /// Nil when nothing is to follow by itself.
    init?(
        _ settings: Settings, bulk: BulkService, store: any BulkStore, clauses: ClauseCatalogue, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) throws {
        var options = Options()
        switch settings.text("lookback.auto") {
        case "off": return nil
        case "start": options.automatic = .start
        default: options.automatic = .preview
        }
        let wanted = settings["lookback.clause"].map { ClauseID($0) }
        if let wanted, clauses[wanted] == nil {
            let known = clauses.entries.map(\.id.rawValue).joined(separator: ", ")
            throw SettingsError(problems: ["lookback.clause: there is no clause '\(wanted)'; the policies have \(known)"])
        }
        options.clause = wanted
        self.init(bulk: bulk, store: store, options: options, radius: { $0.radius ?? 31 }, logger: logger, now: now)
    }
}
