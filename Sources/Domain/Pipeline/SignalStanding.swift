// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// How the worker processes of one role are: `decoder` or `thinker`.
package struct WorkerStanding: Sendable, Hashable {
    package var role: String
    package var wanted: Int
    package var running: Int
    package var busy: Int
    package var waiting: Int
    /// Of these, videos and GIFs, behind which no picture waits.
    package var waitingVideos: Int
    /// What the queue had no room for since the start.
    package var refused: Int
    /// Processes lost since the start, by reason.
    package var deaths: [String: Int]

    package init(
        role: String, wanted: Int, running: Int, busy: Int, waiting: Int, waitingVideos: Int = 0, refused: Int = 0,
        deaths: [String: Int]
    ) {
        self.role = role
        self.wanted = wanted
        self.running = running
        self.busy = busy
        self.waiting = waiting
        self.waitingVideos = waitingVideos
        self.refused = refused
        self.deaths = deaths
    }
}

extension WorkerStanding {
    package var waitingPictures: Int { waiting - waitingVideos }
}

/// What the index of look-alikes holds, and what became of what it was told of since the start.
package struct LookAlikeNumbers: Sendable, Hashable {
    package var pictures: Int
    package var statistics: LookAlikeService.Statistics

    package init(pictures: Int, statistics: LookAlikeService.Statistics) {
        self.pictures = pictures
        self.statistics = statistics
    }
}

/// How an optional signal is just now, for health pages: whether it can be computed, and what waits for it.
package struct SignalStanding: Sendable, Hashable {
    /// `nudity`, `picture-text`, `signed-provenance`.
    package var name: String
    /// Version and precision where it is on.
    package var detail: String
    /// Why it is off; nil when it is on.
    package var problem: String?
    package var waiting: Int
    /// How long the oldest question waits, in seconds.
    package var oldest: Double
    /// Questions dropped since the start.
    package var shed: Int
    /// Whether questions wait for it by itself.
    package var isAsked: Bool

    package init(
        name: String, detail: String = "", problem: String? = nil, waiting: Int = 0, oldest: Double = 0, shed: Int = 0,
        isAsked: Bool = true
    ) {
        self.name = name
        self.detail = detail
        self.problem = problem
        self.waiting = waiting
        self.oldest = oldest
        self.shed = shed
        self.isAsked = isAsked
    }

    /// `on`, or `off: …`.
    package var text: String { problem.map { "off: \($0)" } ?? "on" }
}
