// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import ModelInputs
import Synchronization

/// What came of trying, in a worker's box with everything loaded, what must not work there.
package struct SandboxReport: Sendable, Hashable, Codable {
    package struct Attempt: Sendable, Hashable, Codable {
        /// `open a socket`.
        package var name: String
        /// `denied`, `NOT DENIED`, `could not be tried`.
        package var outcome: String

        package var isDenied: Bool { outcome.hasPrefix("denied") }
    }

    package var role: MediaWorkerHealth.Role
    package var attempts: [Attempt]
    /// Why nothing could be tried; nil when it could.
    package var problem: String?

    package var isTight: Bool { problem == nil && !attempts.isEmpty && attempts.allSatisfy(\.isDenied) }

    /// Blocks while a worker tries; some seconds for a thinker, twice the time for a start at most.
    package static func decoder(executable: String, options: MediaWorkerOptions) -> SandboxReport {
        run(.decoder, executable, options.arguments, within: options.startDeadline * 2)
    }

    package static func thinker(
        executable: String, native: String, models: [ModelLoad], options: ThinkerOptions
    ) -> SandboxReport {
        run(.thinker, executable, options.arguments(native: native, models: models), within: options.startDeadline * 2)
    }

    private enum Life { case runs, ended, killed }

    private static func run(
        _ role: MediaWorkerHealth.Role, _ executable: String, _ arguments: [String], within time: Duration
    ) -> SandboxReport {
        var report = SandboxReport(role: role, attempts: [])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments + ["--check-sandbox"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            report.problem = "\(executable) can't be run"
            return report
        }
        // Even before the first file a worker may hang, over a broken library or model.
        let number = process.processIdentifier
        let life = Mutex(Life.runs)
        DispatchQueue.global().asyncAfter(deadline: .now() + time / .seconds(1)) {
            life.withLock { life in
                // Nobody has waited for it yet, so the number is still its own.
                if life == .runs, kill(number, SIGKILL) == 0 { life = .killed }
            }
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let isKilled = life.withLock { life in
            if life == .runs { life = .ended }
            return life == .killed
        }
        process.waitUntilExit()
        report.attempts = text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return parts.count == 2 ? Attempt(name: parts[0], outcome: parts[1]) : nil
        }
        if isKilled {
            report.problem = "the worker did not end within \(time)"
        } else if report.attempts.isEmpty {
            report.problem = "the worker ended before it could try anything"
        }
        return report
    }
}
