// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals
import Synchronization
import Testing

@testable import MediaDecoding

@Suite("Files that wait for a decoder", .timeLimit(.minutes(5)))
struct WorkerQueueTests {
    /// What became of the jobs that failed, by their numbers.
    private final class Failures: Sendable {
        private let state = Mutex<[UInt8: String]>([:])

        var all: [UInt8: String] { state.withLock { $0 } }

        func job(_ number: UInt8, isSlow: Bool = false, bytes: Int = 0) -> WorkerJob {
            WorkerJob(
                message: { _ in [[number]] }, bytes: bytes, isSlow: isSlow, largestAnswer: 1, patience: .seconds(1),
                accept: { _, _ in true }, fail: { failure in self.state.withLock { $0[number] = "\(failure)" } })
        }
    }

    private let failures = Failures()

    private func number(_ job: WorkerJob?) -> UInt8? { job?.message(1).first?.first }

    @Test("pictures go before videos, each in order")
    func order() {
        let queue = WorkerQueue()
        for (number, isSlow) in [(1, true), (2, false), (3, false), (4, true)] as [(UInt8, Bool)] {
            queue.put(failures.job(number, isSlow: isSlow))
        }
        #expect(queue.depth == WorkerQueue.Depth(quick: 2, slow: 2))
        var order: [UInt8?] = []
        while let job = queue.takeNow() {
            order.append(number(job))
            queue.finished(job)
        }
        #expect(order == [2, 3, 1, 4] && queue.depth == WorkerQueue.Depth() && failures.all.isEmpty)
    }

    @Test("of several workers one is never taken by a video; one alone decodes both", arguments: [1, 2, 3])
    func kept(workers: Int) throws {
        let queue = WorkerQueue(workers: workers)
        for number in 1...5 as ClosedRange<UInt8> { queue.put(failures.job(number, isSlow: true)) }
        let first = try #require(queue.takeNow())
        if workers == 3 { #expect(number(queue.takeNow()) == 2) }
        #expect(queue.takeNow() == nil)
        queue.put(failures.job(9))
        #expect(number(queue.takeNow()) == 9)
        queue.finished(first)
        #expect(number(queue.takeNow()) == (workers == 3 ? 3 : 2))
        #expect(queue.takeNow() == nil)
    }

    @Test("a worker that waits is woken when a video may go, and when the queue is closed")
    func woken() async throws {
        let queue = WorkerQueue(workers: 2)
        for number in [1, 2] as [UInt8] { queue.put(failures.job(number, isSlow: true)) }
        let first = try #require(queue.take())
        let taken = Mutex<[UInt8?]>([])
        await withCheckedContinuation { (ended: CheckedContinuation<Void, Never>) in
            Thread {
                let job = queue.take()
                let next = queue.take()
                taken.withLock { $0 = [self.number(job), self.number(next)] }
                ended.resume()
            }.start()
            queue.finished(first)
            Thread {
                while queue.depth.slow > 0 { sched_yield() }
                queue.close(threads: 1)
            }.start()
        }
        #expect(taken.withLock { $0 } == [2, nil])
    }

    @Test("more than fits is refused, videos take no room from pictures, and one large file fits where nothing waits")
    func full() {
        let limit = WorkerQueue.Limit(jobs: 3, bytes: 100)
        let queue = WorkerQueue(quick: limit, slow: limit)
        queue.put(failures.job(1, isSlow: true, bytes: 1_000))
        queue.put(failures.job(2, isSlow: true, bytes: 1))
        #expect(failures.all == [2: "queueIsFull"])
        for (number, bytes) in [(3, 60), (4, 41), (5, 40), (6, 0), (7, 0)] as [(UInt8, Int)] {
            queue.put(failures.job(number, bytes: bytes))
        }
        #expect(failures.all == [2: "queueIsFull", 4: "queueIsFull", 7: "queueIsFull"])
        #expect(number(queue.takeNow()) == 3)
        queue.put(failures.job(8, bytes: 60))
        #expect(failures.all.count == 3 && queue.depth == WorkerQueue.Depth(quick: 3, slow: 1))
    }

    @Test("who does not wait any more leaves the queue and makes room; what is in work goes on")
    func withdrawn() {
        let queue = WorkerQueue(quick: WorkerQueue.Limit(jobs: 2))
        let tickets = (1...3).map { _ in queue.ticket() }
        #expect(Set(tickets).count == 3)
        for (index, ticket) in tickets.prefix(2).enumerated() { queue.put(failures.job(UInt8(index + 1)), ticket: ticket) }
        for _ in 1...2 { queue.withdraw(tickets[0]) }
        #expect(failures.all == [1: "unwanted"])
        queue.put(failures.job(3), ticket: tickets[2])
        #expect(number(queue.takeNow()) == 2)
        queue.withdraw(tickets[1])
        #expect(failures.all == [1: "unwanted"] && queue.depth.quick == 1)
        queue.close(threads: 1)
        queue.put(failures.job(4))
        #expect(failures.all == [1: "unwanted", 3: "shutDown", 4: "shutDown"])
    }

    @Test("a video that hangs holds up no picture; a video too many is put off, and one that nobody waits for is dropped")
    func pool() async throws {
        let program = try #require(executable("MisbehavingWorker"), "MisbehavingWorker is not built")
        let hanging: [UInt8] = [0x1a, 0x45, 0xdf, 0xa3] + Array("misbehave:sleep".utf8)
        var request = MediaRequest()
        request.video = .keyFrames
        try await withPool(
            executable: program,
            { ($0.workers, $0.waitingVideos, $0.videoDeadline) = (2, 1, .seconds(240)) }
        ) { [request] pool in
            let inWork = Task { try await pool.inspect(hanging, request) }
            try await eventually("it is in work") { pool.health.busy == 1 && pool.health.waiting == 0 }
            let waiting = Task { try await pool.inspect(hanging, request) }
            try await eventually("the next waits") { pool.health.waitingVideos == 1 }
            #expect(try await pool.inspect(Array("good".utf8)).format == "png")
            #expect(pool.health.waitingVideos == 1 && pool.health.waitingPictures == 0)
            await #expect(throws: MediaError.unavailable("the decoder's queue is full")) {
                try await pool.inspect(hanging, request)
            }
            #expect(pool.health.refused == 1)
            waiting.cancel()
            await #expect(throws: MediaError.unavailable("nobody waits for it any more")) { try await waiting.value }
            #expect(pool.health.waiting == 0)
            // Both attempts at the first end.
            for attempt in 0...1 {
                try await eventually("attempt \(attempt)") { pool.health.retries == attempt && pool.health.busy == 1 }
                let busy = pool.workers.first { $0.isBusy }
                kill(try #require(busy).processID, SIGKILL)
            }
            await #expect(throws: MediaError.undecodable("it ends the decoder")) { try await inWork.value }
        }
    }
}
