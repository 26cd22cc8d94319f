// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import Testing

/// The box of each role, with everything loaded that its processes load.
@Suite("The sandbox", .serialized)
struct SandboxTests {
    @Test("of the decoder denies files, sockets, processes, code, other processes and memory without end")
    func decoder() throws {
        var options = MediaWorkerOptions()
        options.native = nativeFolder
        try check(.decoder(executable: try #require(workerExecutable), options: options), attempts: 18)
    }

    @Test("of the thinker denies the same")
    func thinker() throws {
        try check(
            .thinker(
                executable: try #require(workerExecutable), native: nativeFolder, models: [ThinkerTests.nudity],
                options: ThinkerOptions()), attempts: 19, more: ["start a thread"])
    }

    private func check(_ report: SandboxReport, attempts: Int, more: [String] = []) throws {
        #expect(report.problem == nil)
        for attempt in report.attempts { #expect(attempt.isDenied, "\(attempt.name): \(attempt.outcome)") }
        #expect(report.isTight && report.attempts.count == attempts)
        // Without the box they work: a test of the test. What a machine never allows (some forbid namespaces, tracing, rings) is
        // told apart.
        let provable = [
            "read a file", "write a file", "open a socket", "execute a program", "start a process", "kill its parent",
            "write into executable memory",
        ]
        for name in provable + more { #expect(report.attempts.contains { $0.name == name && $0.outcome == "denied" }, "\(name)") }
    }

    @Test("that is not tried in time is not called tight, and nobody waits for it")
    func hangs() async throws {
        var options = MediaWorkerOptions()
        options.startDeadline = .milliseconds(100)
        try await withScript("echo 'read a file: denied'; exec sleep 100") { path in
            let begin = ContinuousClock.now
            let report = SandboxReport.decoder(executable: path, options: options)
            #expect(!report.isTight && report.problem == "the worker did not end within 0.2 seconds")
            #expect(begin.duration(to: .now) < .seconds(60))
        }
    }

    @Test("that cannot be tried is not called tight")
    func untried() {
        let report = SandboxReport.decoder(executable: "/bin/false", options: MediaWorkerOptions())
        #expect(!report.isTight && report.problem != nil)
    }
}
