// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import PerceptualHashing
import ServiceLifecycle
import Signals
import Storage

/// Opens the search index in its folder, or in memory when another process has the folder.
enum BankIndexFolder {
    static func open(
        _ settings: Settings, store: Store, logger: Logger, now: @escaping @Sendable () -> Date
    ) async throws -> Banks {
        let path = settings.text("banks.path")
        let report: @Sendable (Banks.Notice) -> Void = { note($0, logger) }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            return try await Banks.open(store, directory: path, now: now, report: report)
        } catch let error as HammingIndexError {
            // Another server beside this one: each needs a folder of its own, or goes without.
            logger.warning(
                "the folder of the search index cannot be used, so the index is in memory and is made at each start",
                metadata: ["banks.path": "\(path)", "error": "\(error)"])
            return try await Banks.open(store, now: now, report: report)
        }
    }

    private static func note(_ notice: Banks.Notice, _ logger: Logger) {
        switch notice {
        case .rebuilding(let why): logger.warning("the search index is made anew", metadata: ["why": "\(why)"])
        case .rebuilt(let count): logger.notice("the search index is made", metadata: ["fingerprints": "\(count)"])
        case .behind(let why): logger.error("the search index cannot follow the banks", metadata: ["why": "\(why)"])
        case .caughtUp(let revision):
            logger.notice("the search index follows the banks again", metadata: ["revision": "\(revision)"])
        case .held(let id):
            logger.warning(
                "a fingerprint that nobody has confirmed matches very many accounts: no rule acts on it alone until somebody does",
                metadata: ["fingerprint": "\(id)"])
        }
    }
}

/// Takes over what other processes change in the banks.
struct BankFollower: Service {
    let banks: Banks

    func run() async throws {
        await cancelWhenGracefulShutdown { await banks.run() }
    }
}
