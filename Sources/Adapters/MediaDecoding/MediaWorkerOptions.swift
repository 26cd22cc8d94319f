// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The limits that pictures are decoded under, and how many worker processes decode them.
package struct MediaWorkerOptions: Sendable, Hashable {
    /// Worker processes, each with one picture at a time.
    package var workers = 2
    /// Largest picture file, in bytes.
    package var largestFile = 20 << 20
    /// Largest picture, width times height.
    package var largestPicture = 50_000_000
    /// Memory a worker may take for decoding, in bytes.
    package var memory = 1 << 30
    /// Wall-clock time for one picture, after which its worker is killed.
    package var deadline = Duration.seconds(10)
    /// Wall-clock time for a worker to start.
    package var startDeadline = Duration.seconds(30)
    /// Processor time of one worker in its whole life, in seconds.
    package var processorSeconds = 600
    /// A worker is replaced after this many pictures, so that what leaks in a decoder does not grow.
    package var picturesPerWorker = 1_000

    package init() {}

    var arguments: [String] {
        [
            "--file-bytes", "\(largestFile)", "--pixels", "\(largestPicture)", "--memory-bytes", "\(memory)", "--cpu-seconds",
            "\(processorSeconds)",
        ]
    }
}
