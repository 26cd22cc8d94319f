// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import ModelInputs

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

    /// Blocks while a worker tries; some seconds for a thinker.
    package static func decoder(executable: String, options: MediaWorkerOptions) -> SandboxReport {
        run(.decoder, executable, options.arguments)
    }

    package static func thinker(
        executable: String, native: String, models: [ModelLoad], options: ThinkerOptions
    ) -> SandboxReport {
        run(.thinker, executable, options.arguments(native: native, models: models))
    }

    private static func run(_ role: MediaWorkerHealth.Role, _ executable: String, _ arguments: [String]) -> SandboxReport {
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
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        report.attempts = text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return parts.count == 2 ? Attempt(name: parts[0], outcome: parts[1]) : nil
        }
        if report.attempts.isEmpty { report.problem = "the worker ended before it could try anything" }
        return report
    }
}
