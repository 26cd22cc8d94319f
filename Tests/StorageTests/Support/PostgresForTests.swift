// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc

@testable import Storage

/// One throw-away PostgreSQL for the whole test process, or the server that `HAECHI_TEST_POSTGRES` names.
enum PostgresForTests {
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    private static let server = Task { try await onThread { try start() } }

    static func url(ofDatabase name: String) async throws -> String {
        let url = try await server.value
        guard var parts = URLComponents(string: url) else { throw Missing(description: "'\(url)' is no URL") }
        parts.path = "/" + name
        return parts.string ?? url
    }

    /// Runs a command on the server, outside of any transaction.
    static func command(_ text: String) async throws {
        let url = try await server.value
        try await onThread {
            try PostgresConnection(url: url, location: "the PostgreSQL for tests").simple(text)
        }
    }

    /// Starts the helper program and reads its one line. It stops its server when our end of the pipe closes, which the
    /// kernel does for us however this process ends.
    private static func start() throws -> String {
        if let given = ProcessInfo.processInfo.environment["HAECHI_TEST_POSTGRES"], !given.isEmpty { return given }
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let input = Pipe()
        let output = Pipe()
        let process = Process()
        process.executableURL = tests.appending(path: "EndToEnd/harness/postgres_for_tests")
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Held open until the process ends: a `Pipe` would close with its last reference.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 0)
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 10 { line += byte }
        let url = String(decoding: line, as: UTF8.self)
        guard url.hasPrefix("postgres") else {
            throw Missing(
                description: "these tests need PostgreSQL: install it (apt-get install postgresql) or set HAECHI_TEST_POSTGRES")
        }
        return url
    }
}
