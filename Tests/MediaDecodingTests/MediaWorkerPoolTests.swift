// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc
import MediaDecoding
import Signals
import Testing

@Suite("The media workers")
struct MediaWorkerPoolTests {
    private let good = Pictures.png(width: 64, height: 64)

    @Test("decode all four formats")
    func formats() async throws {
        try await withPool { pool in
            for (format, bytes) in [
                ("png", Pictures.png(width: 70, height: 50)), ("jpeg", Pictures.jpeg(width: 70, height: 50)),
                ("gif", Pictures.gif(width: 70, height: 50)), ("webp", Pictures.webp(width: 70, height: 50)),
            ] {
                let facts = try await pool.inspect(bytes)
                #expect(facts.format == format && facts.width == 70 && facts.height == 50 && facts.pdq.count == 64)
            }
        }
    }

    @Test("serve many pictures at once")
    func concurrent() async throws {
        try await withPool({ $0.workers = 2 }) { pool in
            let expected = try await pool.inspect(good)
            try await withThrowingTaskGroup(of: MediaFacts.self) { group in
                for _ in 0..<50 { group.addTask { try await pool.inspect(good) } }
                for try await facts in group { #expect(facts == expected) }
            }
            try await eventually("both run") { pool.workers.count == 2 }
        }
    }

    @Test("are replaced when killed in the middle of a picture, which then succeeds")
    func killed() async throws {
        try await withPool { pool in
            let expected = try await pool.inspect(good)
            let worker = try #require(pool.workers.first).processID
            kill(worker, SIGSTOP)
            async let facts = pool.inspect(good)
            try await eventually("the picture is in work") { pool.workers.first?.isBusy == true }
            kill(worker, SIGKILL)
            #expect(try await facts == expected)
            #expect(pool.workers.first?.processID != worker)
        }
    }

    @Test("are replaced when a picture takes too long, which then succeeds")
    func hanging() async throws {
        try await withPool({ $0.deadline = .seconds(5) }) { pool in
            let expected = try await pool.inspect(good)
            let worker = try #require(pool.workers.first).processID
            kill(worker, SIGSTOP)
            #expect(try await pool.inspect(good) == expected)
            #expect(pool.workers.first?.processID != worker)
        }
    }

    @Test("are replaced after their share of pictures")
    func recycled() async throws {
        try await withPool({ $0.picturesPerWorker = 2 }) { pool in
            var seen: Set<Int32> = []
            for _ in 0..<6 {
                _ = try await pool.inspect(good)
                seen.insert(try #require(pool.workers.first).processID)
            }
            #expect(seen.count == 3)
        }
    }

    @Test("that keep dying, hanging or talking nonsense make the picture undecodable")
    func broken() async throws {
        let ready = #"printf '\006\000\000\000ready '"#
        for (script, reason) in [
            ("\(ready); head -c 4 >/dev/null; exit 1", "it ends the decoder"),
            ("\(ready); exec sleep 100", "decoding takes longer than 0.5 seconds"),
            (#"\#(ready); head -c 4 >/dev/null; printf '\005\000\000\000video'; exec sleep 100"#, "it confuses the decoder"),
            (#"\#(ready); head -c 4 >/dev/null; printf '\377\377\377\377'; exec sleep 100"#, "it confuses the decoder"),
        ] {
            try await withScript(script) { path in
                let slow = reason.contains("longer")
                try await withPool(executable: path, { if slow { $0.deadline = .milliseconds(500) } }) { pool in
                    await #expect(throws: MediaError.undecodable(reason)) { try await pool.inspect(good) }
                }
            }
        }
    }

    @Test("that can't run are unavailable, which says nothing about the picture")
    func unavailable() async throws {
        func outcome(_ path: String) async throws -> MediaError? {
            try await withPool(executable: path) { pool in
                do throws(MediaError) {
                    _ = try await pool.inspect(good)
                    return nil
                } catch { return error }
            }
        }
        for path in ["/nonexistent/worker", "/bin/false"] {
            guard case .unavailable? = try await outcome(path) else {
                Issue.record("\(path) was taken for a worker")
                continue
            }
        }
    }

    @Test("answer what waits when shut down")
    func shutdown() async throws {
        try await withPool { pool in
            _ = try await pool.inspect(good)
            await pool.shutdown()
            #expect(pool.workers.isEmpty)
            await #expect(throws: MediaError.unavailable("shut down")) { try await pool.inspect(good) }
        }
    }

    @Test("are found by the environment first")
    func located() {
        #expect(MediaWorkerPool.locate(environment: ["HAECHI_MEDIA_WORKER": "/opt/worker"]) == "/opt/worker")
    }
}
