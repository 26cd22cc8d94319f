// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import ServiceLifecycle
import Signals
import Storage

/// What has to be done now and then: look at how sources do, and let go of what is old.
struct Housekeeping: Service {
    /// An upload that is this old is deleted, whether events have spoken of it or not.
    private static let uploadLifetime: TimeInterval = 3600

    private static let interval = Duration.seconds(60)

    let store: Store
    let banks: BankService
    let logger: Logger
    let now: @Sendable () -> Date

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    for source in try await banks.reviewPrecision() {
                        logger.warning(
                            "a source of fingerprints was demoted: too many of its matches were overturned",
                            metadata: ["source": "\(source.name)", "why": "\(source.stateReason)"])
                    }
                    _ = try await store.deleteUploads(before: now().addingTimeInterval(-Self.uploadLifetime))
                    try await store.deleteSessions(endedBefore: now())
                } catch {
                    logger.warning("housekeeping failed, trying again", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
