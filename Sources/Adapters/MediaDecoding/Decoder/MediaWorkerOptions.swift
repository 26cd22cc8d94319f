// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals

/// The limits that pictures and videos are decoded under, and how many worker processes decode them.
package struct MediaWorkerOptions: Sendable, Hashable {
    /// Worker processes, each on one thread with one file at a time: one for each processor.
    package var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
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
    /// Pictures that may wait, and their bytes together; more are refused for the moment.
    package var waitingPictures = 512
    package var waitingPictureBytes = 256 << 20
    /// Videos and GIFs that may wait, and their bytes together.
    package var waitingVideos = 64
    package var waitingVideoBytes = 512 << 20
    /// A worker is replaced after this many files, so that what leaks in a decoder does not grow.
    package var picturesPerWorker = 1_000

    /// Folder with native parts, absolute: where the library for signed manifests lies; nil when there is none.
    package var native: String?
    /// Certificates in PEM whose signatures are trusted; an absolute path.
    package var trustAnchors: String?

    package init() {}

    private var videoMilliseconds: Int {
        let (seconds, attoseconds) = videoDeadline.components
        return max(1, Int(seconds) * 800 + Int(attoseconds / 1_250_000_000_000_000))
    }

    /// Room for what waits: videos take none from pictures, and of several workers never the last.
    func makeQueue() -> WorkerQueue {
        WorkerQueue(
            quick: WorkerQueue.Limit(jobs: waitingPictures, bytes: waitingPictureBytes),
            slow: WorkerQueue.Limit(jobs: waitingVideos, bytes: waitingVideoBytes), workers: max(1, workers))
    }

    func deadline(for request: MediaRequest) -> Duration { request.video == nil ? deadline : max(deadline, videoDeadline) }

    func largestFile(for request: MediaRequest) -> Int { request.video == nil ? largestFile : max(largestFile, largestVideo) }

    var arguments: [String] {
        [
            "--file-bytes", "\(largestFile)", "--video-bytes", "\(largestVideo)", "--pixels", "\(largestPicture)",
            "--video-milliseconds", "\(videoMilliseconds)", "--memory-bytes", "\(memory)", "--cpu-seconds", "\(processorSeconds)",
        ] + (native.map { ["--native", $0] } ?? []) + (trustAnchors.map { ["--trust-anchors", $0] } ?? [])
    }
}
