// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import LookAlikeFiles
import Moderation
import Pipeline
import ServiceLifecycle
import Signals
import Storage

/// The index of pictures that look alike: for people who investigate, off unless the operator wants it.
struct LookAlikeParts: Sendable {
    /// Nil when it is off, or when its model or its folder cannot be used.
    private(set) var service: LookAlikeService?
    private(set) var keeper: LookAlikeKeeper?
    /// Why it does not run although it is wanted.
    private let problem: String?
    private let isWanted: Bool

    /// Whom the index is to forget is written down in the store from its first opening on, whether it is open or not. What fails switches
    /// look-alikes off, and nothing else.
    static func open(
        _ settings: Settings, models: ModelParts, store: Store, logger: Logger, now: @escaping @Sendable () -> Date
    ) async -> LookAlikeParts {
        let path = settings.text("lookalike.path")
        guard let scope = LookAlikeService.Scope(rawValue: settings.text("lookalike.scope")), scope != .off else {
            await empty(path, store: store, logger: logger, now: now())
            return LookAlikeParts(problem: nil, isWanted: false)
        }
        guard let manifest = models.manifest(LookAlikeService.model) else {
            logger.error("look-alikes are off: there is no model '\(LookAlikeService.model)' in models.path")
            return LookAlikeParts(problem: "there is no model '\(LookAlikeService.model)'", isWanted: true)
        }
        var options = LookAlikeKeeper.Options()
        options.days = settings.number("lookalike.days")
        let files: LookAlikeFiles
        do {
            try await store.giveUpIndexes(at: now())
            files = try LookAlikeFiles(
                directory: path, model: LookAlikeService.modelKey(manifest), known: try await store.indexes())
            // Before anything is kept.
            _ = try await store.keepIndex(files.name, at: now(), until: now().addingTimeInterval(options.patience))
        } catch {
            logger.error("look-alikes are off", metadata: ["reason": "\(reason(error))"])
            return LookAlikeParts(problem: "the index cannot be opened", isWanted: true)
        }
        for note in files.notes { logger.warning("look-alikes", metadata: ["note": "\(note)"]) }
        let service = LookAlikeService(
            store: files, runner: models.queue, scope: scope,
            isPublic: { platform, space in try await store.isKnownPublic(space, on: platform) }, now: now)
        if let problem = service.problem { logger.notice("look-alikes: \(problem)") }
        var parts = LookAlikeParts(problem: nil, isWanted: true)
        parts.service = service
        parts.keeper = LookAlikeKeeper(
            index: files.name, service: service, list: store, options: options, logger: logger, now: now)
        return parts
    }

    private init(problem: String?, isWanted: Bool) {
        self.problem = problem
        self.isWanted = isWanted
    }

    /// What is off keeps nothing. An index that cannot be emptied now is to forget on, once it can be.
    private static func empty(_ path: String, store: Store, logger: Logger, now: Date) async {
        do {
            try await store.giveUpIndexes(at: now)
            guard let emptied = try LookAlikeFiles.empty(directory: path) else { return }
            if let name = emptied.name { try await store.dropIndex(name) }
            logger.notice("lookalike.scope is off: the index of look-alikes was deleted", metadata: ["at": "\(path)"])
        } catch {
            logger.error("the index of look-alikes cannot be deleted", metadata: ["reason": "\(reason(error))"])
        }
    }

    private static func reason(_ error: any Error) -> String { (error as? LookAlikeError)?.message ?? "\(error)" }

    var services: [any Service] {
        guard let service, let keeper else { return [] }
        return [LookAlikeWork(service: service), keeper]
    }

    /// Among the optional signals, where it is wanted.
    func standing() async -> [SignalStanding] {
        guard isWanted else { return [] }
        guard let service, let keeper else {
            return [SignalStanding(name: "look-alikes", problem: problem ?? "it is not open", isAsked: false)]
        }
        let statistics = service.statistics
        let reason = await keeper.problem
        return [
            SignalStanding(
                name: "look-alikes", problem: reason ?? service.problem, waiting: statistics.waiting, shed: statistics.dropped,
                isAsked: false)
        ]
    }

    /// For the metrics; nil where there is none.
    func numbers() async -> LookAlikeNumbers? {
        guard let service else { return nil }
        return LookAlikeNumbers(pictures: await service.count, statistics: service.statistics)
    }
}

/// Works on what is noted.
private struct LookAlikeWork: Service {
    let service: LookAlikeService

    func run() async throws {
        await cancelWhenGracefulShutdown { await service.run() }
    }
}
