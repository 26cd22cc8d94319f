// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import MediaDecoding
import ModelInputs
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
let workerExecutable: String? = ProcessInfo.processInfo.environment["HAECHI_MEDIA_WORKER"] ?? executable("haechi-media-worker")

/// A program in the build folder that this test belongs to.
func executable(_ name: String) -> String? {
    var folders = CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    folders += [
        Bundle.main.bundleURL, URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    folders.append(repository.appendingPathComponent(".build/debug"))
    return folders.map { $0.appendingPathComponent(name).path }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Where the native parts lie when they were fetched; tests say what holds without them too.
let nativeFolder = ProcessInfo.processInfo.environment["HAECHI_NATIVE"] ?? repository.appendingPathComponent("native").path

/// Runs the body with a pool of thinkers.
func withThinkerPool(
    executable: String? = nil, _ models: [ModelLoad], _ configure: (inout ThinkerOptions) -> Void = { _ in },
    _ body: (ThinkerPool) async throws -> Void
) async throws {
    var options = ThinkerOptions()
    options.patience = .seconds(60)
    configure(&options)
    let path = try executable ?? #require(workerExecutable, "haechi-media-worker is not built")
    let pool = ThinkerPool(
        executable: path, native: nativeFolder, models: models, options: options,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        try await body(pool)
    } catch {
        await pool.shutdown()
        throw error
    }
    await pool.shutdown()
}

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
    let draft = file.appendingPathExtension("draft")
    defer { for file in [file, draft] { try? FileManager.default.removeItem(at: file) } }
    try Data("#!/bin/sh\n\(lines)\n".utf8).write(to: draft)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft.path)
    // Copied by another process: what this one has open for writing, a child that another test starts at that moment
    // inherits, and then the file cannot be run ("text file busy").
    let copy = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["-p", draft.path, file.path])
    copy.waitUntilExit()
    try #require(copy.terminationStatus == 0)
    return try await body(file.path)
}
