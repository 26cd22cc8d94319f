// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import MediaDecoding
import Testing

/// Runs the body with a pool over the real worker, or over another executable.
@discardableResult
func withPool<Result>(
    executable: String? = nil, _ configure: (inout MediaWorkerOptions) -> Void = { _ in },
    _ body: (MediaWorkerPool) async throws -> Result
) async throws -> Result {
    var options = MediaWorkerOptions()
    // The machine may be busy; a deadline that is meant to pass is set by the test.
    options.deadline = .seconds(60)
    options.workers = 1
    configure(&options)
    let path = try executable ?? #require(workerExecutable, "haechi-media-worker is not built")
    let pool = MediaWorkerPool(
        executable: path, options: options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await body(pool)
        await pool.shutdown()
        return result
    } catch {
        await pool.shutdown()
        throw error
    }
}

/// The worker in the build folder that this test belongs to.
let workerExecutable: String? = {
    let name = "haechi-media-worker"
    if let named = ProcessInfo.processInfo.environment["HAECHI_MEDIA_WORKER"] { return named }
    var folders = CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    folders += [
        Bundle.main.bundleURL, URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    folders.append(repository.appendingPathComponent(".build/debug"))
    return folders.map { $0.appendingPathComponent(name).path }.first { FileManager.default.isExecutableFile(atPath: $0) }
}()

/// Waits until the condition holds; fails after a minute.
func eventually(_ what: Comment, _ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
        try #require(ContinuousClock.now < end, what)
        await Task.yield()
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Writes a shell script that plays a broken worker, and removes it afterwards.
@discardableResult
func withScript<Result>(_ lines: String, _ body: (String) async throws -> Result) async throws -> Result {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("worker-\(UUID().uuidString).sh")
    try Data("#!/bin/sh\n\(lines)\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await body(file.path)
}
