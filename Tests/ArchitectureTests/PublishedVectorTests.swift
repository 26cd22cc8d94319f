// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PublishedVectors
import Synchronization
import Testing

@Suite("Published test data")
struct PublishedVectorTests {
    private let shared = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    @Test("that is promised and not there fails the test")
    func promised() {
        let vectors = PublishedVectors(shared: shared.path) { _ in }
        #expect(throws: PublishedVectors.Missing.self) { try vectors.folder("pdq") }
    }

    @Test("that is absent is told, once")
    func absent() throws {
        let told = Mutex<[String]>([])
        for shared in [nil, ""] {
            let vectors = PublishedVectors(shared: shared, beside: self.shared) { line in told.withLock { $0.append(line) } }
            #expect(try vectors.folder("pdq") == nil)
        }
        #expect(
            told.withLock { $0 } == ["not compared: vectors/pdq is not beside the repository (HAECHI_SHARED names its folder)"])
    }

    @Test("is found where it is promised, and beside the repository")
    func found() throws {
        let folder = shared.appending(path: "vectors/pdq")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: shared) }
        let here = PublishedVectors(shared: shared.path) { _ in Issue.record("it is there") }
        let beside = PublishedVectors(shared: nil, beside: shared) { _ in Issue.record("it is there") }
        #expect(try here.folder("pdq")?.path == folder.path && beside.folder("pdq")?.path == folder.path)
    }
}
