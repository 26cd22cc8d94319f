// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import LookAlikeFiles
import Moderation
import ServiceLifecycle
import Signals

/// The index of pictures that look alike: for people who investigate, off unless the operator wants it.
struct LookAlikeParts: Service {
    let service: LookAlikeService

    /// Nil when it is off, or when its model or its folder cannot be used.
    static func open(_ settings: Settings, models: ModelParts, logger: Logger) async -> LookAlikeParts? {
        guard let scope = LookAlikeService.Scope(rawValue: settings.text("lookalike.scope")), scope != .off else { return nil }
        guard let manifest = models.manifest(LookAlikeService.model) else {
            logger.error("look-alikes are off: there is no model '\(LookAlikeService.model)' in models.path")
            return nil
        }
        do throws(LookAlikeError) {
            let files = try LookAlikeFiles(
                directory: settings.text("lookalike.path"), model: LookAlikeService.modelKey(manifest))
            for note in files.notes { logger.warning("look-alikes", metadata: ["note": "\(note)"]) }
            let service = LookAlikeService(store: files, runner: models.queue, scope: scope)
            if let problem = service.problem { logger.notice("look-alikes: \(problem)") }
            return LookAlikeParts(service: service)
        } catch {
            logger.error("look-alikes are off", metadata: ["reason": "\(error.message)"])
            return nil
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await service.run() }
    }
}
