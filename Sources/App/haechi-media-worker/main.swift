// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CAV
import CTurboJPEG
import CVips
import Glibc

// Looks into hostile pictures and videos for its parent: reads a file from standard input, answers on standard output, and so on
// until the input ends. Between start and the first file it locks itself down. See WorkerChannel for the messages.

let arguments: WorkerArguments
do {
    arguments = try WorkerArguments(CommandLine.arguments.dropFirst())
} catch {
    complain("haechi-media-worker: \(error.message)\n\n\(WorkerArguments.help)")
    exit(64)
}

switch arguments.mode {
case .help:
    print(WorkerArguments.help)
case .checkSandbox:
    exit(checkSandbox(arguments.limits))
case .serve:
    guard cvips_start() == 0 else {
        complain("haechi-media-worker: libvips can't decode JPEG, PNG, WebP and GIF here")
        exit(69)
    }
    guard cturbojpeg_start() == 0 else {
        complain("haechi-media-worker: TurboJPEG can't decode JPEG here")
        exit(69)
    }
    guard cav_start() == 0 else {
        complain("haechi-media-worker: FFmpeg can't decode H.264, HEVC, VP8, VP9, AV1 and MPEG-4 here")
        exit(69)
    }
    var limits = arguments.limits
    var landlock: Int32 = 0
    guard cvips_lock_down(&limits, &landlock) == 0 else {
        complain("haechi-media-worker: the sandbox can't be set up (error \(errno)); decoding without one is refused")
        exit(71)
    }
    let channel = WorkerChannel(largestFile: max(arguments.largestFile, arguments.largestVideo))
    guard channel.send("ready seccomp=on landlock=\(landlock == 1 ? "on" : "unavailable")") else { exit(0) }
    let examiner = Examiner(
        largestPictureFile: arguments.largestFile, pixelLimit: arguments.pixelLimit,
        videoSeconds: Double(arguments.videoMilliseconds) / 1_000)
    while let message = channel.receive() {
        guard channel.send(examiner.examine(message).message) else { break }
    }
}

/// Prints to standard error, which is still open before the lock-down.
func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}

/// Tries in locked-down children what must not work; 0 when all of it was denied.
func checkSandbox(_ limits: cvips_limits) -> Int32 {
    var limits = limits
    var worst: Int32 = 0
    for number in 0..<CVIPS_TRY_COUNT.rawValue {
        let attempt = cvips_attempt(rawValue: number)
        let outcome = cvips_is_denied(attempt, &limits)
        let words = outcome == 1 ? "denied" : outcome == 0 ? "NOT DENIED" : "could not be tried"
        print("\(String(cString: cvips_attempt_name(attempt))): \(words)")
        if outcome != 1 { worst = 1 }
    }
    return worst
}
