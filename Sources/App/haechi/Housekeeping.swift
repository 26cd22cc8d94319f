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
    /// How long what rules were given is kept; 0 keeps nothing.
    let historyDays: Int
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
                await letHistoryGo()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// What is older than it may be goes; everything when nothing is to be kept any more.
    private func letHistoryGo() async {
        let limit = historyDays > 0 ? now().addingTimeInterval(-Double(historyDays) * 86_400) : nil
        do {
            let deleted = try await store.deleteHistory(before: limit)
            guard deleted > 0 else { return }
            logger.info("history deleted", metadata: ["events": "\(deleted)", "history.days": "\(historyDays)"])
        } catch {
            logger.warning("history is older than it may be, trying again", metadata: ["error": "\(error)"])
        }
    }
}
