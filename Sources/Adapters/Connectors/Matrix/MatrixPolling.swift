// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging

/// Asks a homeserver again and again, whatever the answers were, until the task is cancelled.
///
/// - Parameter failed: what the log says of a round that failed, besides why.
func pollMatrix(
    every interval: Duration, timing: Timing, logger: Logger, failed: String, isolation: isolated (any Actor)? = #isolation,
    poll: () async throws -> Void
) async {
    while !Task.isCancelled {
        do {
            try await poll()
        } catch {
            if Task.isCancelled { return }
            let reason = (error as? MatrixError)?.summary ?? "\(type(of: error))"
            logger.warning("\(failed), trying again", metadata: ["reason": "\(reason)"])
        }
        try? await timing.sleep(interval)
    }
}
