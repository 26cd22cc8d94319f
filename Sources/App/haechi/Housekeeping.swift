// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import ServiceLifecycle
import Signals
import Storage

/// What has to be done now and then: take over bank changes made by other processes, and let go of what is old.
struct Housekeeping: Service {
    /// An upload that is this old is deleted, whether events have spoken of it or not.
    private static let uploadLifetime: TimeInterval = 3600

    let store: Store
    let banks: Banks
    let logger: Logger
    let now: @Sendable () -> Date

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                do {
                    if try await banks.reload(from: store) {
                        logger.info("banks read", metadata: ["fingerprints": "\(banks.index.count)"])
                    }
                    if round % 30 == 0 {
                        _ = try await store.deleteUploads(before: now().addingTimeInterval(-Self.uploadLifetime))
                        try await store.deleteSessions(endedBefore: now())
                    }
                } catch {
                    logger.warning("housekeeping failed, trying again", metadata: ["error": "\(error)"])
                }
                round += 1
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }
}
