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
        try check(.decoder(executable: try #require(workerExecutable), options: options))
    }

    @Test("of the thinker denies the same")
    func thinker() throws {
        try check(
            .thinker(
                executable: try #require(workerExecutable), native: nativeFolder, models: [ThinkerTests.nudity],
                options: ThinkerOptions()))
    }

    private func check(_ report: SandboxReport) throws {
        #expect(report.problem == nil)
        for attempt in report.attempts { #expect(attempt.isDenied, "\(attempt.name): \(attempt.outcome)") }
        #expect(report.isTight && report.attempts.count == 17)
        // Without the box they work: a test of the test. What a machine never allows (some forbid namespaces, tracing, rings) is
        // told apart.
        let provable = [
            "read a file", "write a file", "open a socket", "execute a program", "start a process", "kill its parent",
        ]
        for name in provable { #expect(report.attempts.contains { $0.name == name && $0.outcome == "denied" }, "\(name)") }
    }

    @Test("that cannot be tried is not called tight")
    func untried() {
        let report = SandboxReport.decoder(executable: "/bin/false", options: MediaWorkerOptions())
        #expect(!report.isTight && report.problem != nil)
    }
}
