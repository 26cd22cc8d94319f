// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How the workers of one role are, for health pages and metrics.
package struct MediaWorkerHealth: Sendable, Hashable, Codable {
    package enum Role: String, Sendable, Hashable, Codable, CaseIterable { case decoder, thinker }

    package var role: Role
    /// Worker processes that there should be, that run, and that have something in work.
    package var wanted: Int
    package var running = 0
    package var busy = 0
    /// Jobs in the queue.
    package var waiting = 0
    /// Of these, videos and GIFs, behind which no picture waits.
    package var waitingVideos = 0
    /// Jobs for which the queue had no room.
    package var refused = 0
    /// Jobs that were answered.
    package var jobs = 0
    /// Workers lost, by reason: `died`, `deadline`, `nonsense`, `start` (one that did not get ready).
    package var deaths: [String: Int] = [:]
    /// Second attempts.
    package var retries = 0
    /// Workers replaced in good health after their share of jobs.
    package var replaced = 0
    /// As greeted by the last worker that started: `seccomp`, `landlock`, `rlimits`, and `c2pa` (signed manifests), each
    /// `on`, `off` or `unavailable`.
    package var greeting: [String: String] = [:]
    /// Why the last worker could not be started; nil when it could.
    package var problem: String?

    package var waitingPictures: Int { waiting - waitingVideos }

    package init(role: Role, wanted: Int) {
        self.role = role
        self.wanted = wanted
    }
}

/// A running worker, as health pages and tests see it.
package struct MediaWorkerState: Sendable, Hashable {
    package var processID: Int32
    /// Whether it has a job in work.
    package var isBusy: Bool
}
