// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// The limits that pictures and videos are decoded under, and how many worker processes decode them.
package struct MediaWorkerOptions: Sendable, Hashable {
    /// Worker processes, each with one file at a time.
    package var workers = 2
    /// Largest picture file, in bytes.
    package var largestFile = 20 << 20
    /// Largest video file, in bytes.
    package var largestVideo = 100 << 20
    /// Largest picture or frame, width times height.
    package var largestPicture = 50_000_000
    /// Memory a worker may take for decoding, in bytes.
    package var memory = 1 << 30
    /// Wall-clock time for one picture, after which its worker is killed.
    package var deadline = Duration.seconds(10)
    /// Wall-clock time for one video, after which its worker is killed. The worker itself stops at four fifths of it and answers
    /// with the frames it has.
    package var videoDeadline = Duration.seconds(60)
    /// Wall-clock time for a worker to start.
    package var startDeadline = Duration.seconds(30)
    /// Processor time of one worker in its whole life, in seconds.
    package var processorSeconds = 600
    /// A worker is replaced after this many files, so that what leaks in a decoder does not grow.
    package var picturesPerWorker = 1_000

    package init() {}

    private var videoMilliseconds: Int {
        let (seconds, attoseconds) = videoDeadline.components
        return max(1, Int(seconds) * 800 + Int(attoseconds / 1_250_000_000_000_000))
    }

    func deadline(for request: MediaRequest) -> Duration { request.video == nil ? deadline : max(deadline, videoDeadline) }

    func largestFile(for request: MediaRequest) -> Int { request.video == nil ? largestFile : max(largestFile, largestVideo) }

    var arguments: [String] {
        [
            "--file-bytes", "\(largestFile)", "--video-bytes", "\(largestVideo)", "--pixels", "\(largestPicture)",
            "--video-milliseconds", "\(videoMilliseconds)", "--memory-bytes", "\(memory)", "--cpu-seconds", "\(processorSeconds)",
        ]
    }
}
