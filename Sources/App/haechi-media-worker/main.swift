// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CBox
import Glibc

// Two roles, by argument. The decoder looks into hostile pictures and videos; the thinker (--think) runs models over the clean
// rasters and texts that come out of it. Both read messages from standard input and answer on standard output until the input
// ends, and both lock themselves down before the first. See WorkerChannel for the messages.

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
    let role: any WorkerRole = start(arguments)
    // With everything loaded, as it is when the first file comes.
    exit(withExtendedLifetime(role) { SandboxCheck.run(arguments.limits) })
case .serve:
    let channel = WorkerChannel(largestMessage: arguments.largestMessage)
    let role = start(arguments)
    var limits = arguments.limits
    var landlock: Int32 = 0
    guard cbox_lock_down(&limits, &landlock) == 0 else {
        complain("haechi-media-worker: the sandbox can't be set up (error \(errno)); working without one is refused")
        exit(71)
    }
    let defences = "seccomp=on landlock=\(landlock == 1 ? "on" : "unavailable") rlimits=on"
    guard channel.send(role.greeting(defences: defences)) else { exit(0) }
    while let message = channel.receive(), let answer = role.answer(message) {
        guard channel.send(answer.lines, parts: answer.parts) else { break }
    }
}

/// Loads what the role needs; ends the process when that is not to be had.
func start(_ arguments: WorkerArguments) -> any WorkerRole {
    WorkerEnvironment.set()
    do throws(WorkerStartProblem) {
        return arguments.thinks ? ThinkerRole(arguments) : try DecoderRole(arguments)
    } catch {
        complain("haechi-media-worker: \(error.message)")
        exit(69)
    }
}

/// Prints to standard error, which is still open before the lock-down.
func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
