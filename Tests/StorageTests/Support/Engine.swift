// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import Storage

/// Every contract runs on each of these.
enum Engine: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgres

    var testDescription: String { rawValue }

    /// An address where nothing is yet; deleted afterwards.
    func withEmptyURL(_ body: (String) async throws -> Void) async throws {
        switch self {
        case .sqlite:
            try await withTemporaryFolder { (folder: URL) async throws in try await body("sqlite:\(folder.path)/haechi.db") }
        case .postgres:
            let name = "t_" + UUID().uuidString.lowercased().replacing("-", with: "")
            try await PostgresForTests.command("create database \(name) template template0 encoding 'UTF8'")
            do {
                try await body(try await PostgresForTests.url(ofDatabase: name))
            } catch {
                try await PostgresForTests.command("drop database \(name) with (force)")
                throw error
            }
            try await PostgresForTests.command("drop database \(name) with (force)")
        }
    }

    /// A new store whose clock stands at `Sample.now`; closed and deleted afterwards.
    func withStore(_ body: (Store) async throws -> Void) async throws {
        try await withEmptyURL { url in
            let store = try await Store.open(url: url, connections: 3, now: { Sample.now })
            do {
                try await body(store)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }
}

func withTemporaryFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "haechi-storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}

/// Runs blocking work on a thread of its own.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
