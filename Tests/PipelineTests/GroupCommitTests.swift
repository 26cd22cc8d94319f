// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline
import Synchronization
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    @Test("callers that arrive during a write share the next one")
    func sharing() async throws {
        let sizes = Mutex<[Int]>([])
        let gate = Wake()
        let group = GroupCommit<Int, Int> { batch in
            if sizes.withLock({ $0.isEmpty }) {
                sizes.withLock { $0.append(batch.count) }
                await gate.wait(atMost: .seconds(30))
            } else {
                sizes.withLock { $0.append(batch.count) }
            }
            return batch.map { $0 * 2 }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                let answer = try await group.submit([0])
                #expect(answer == [0])
            }
            while sizes.withLock({ $0.isEmpty }) { await Task.yield() }
            for number in 1...50 {
                tasks.addTask {
                    let answer = try await group.submit([number])
                    #expect(answer == [number * 2])
                }
            }
            while await group.waitingCount < 50 { await Task.yield() }
            gate.signal()
            try await tasks.waitForAll()
        }
        #expect(sizes.withLock { $0 } == [1, 50])
    }

    @Test("one bad part does not fail its neighbours")
    func isolation() async throws {
        struct Bad: Error {}
        let gate = Wake()
        let first = Mutex(true)
        let group = GroupCommit<Int, Int> { batch in
            if first.withLock({
                let was = $0; $0 = false; return was
            }) {
                await gate.wait(atMost: .seconds(30))
            }
            if batch.contains(13) { throw Bad() }
            return batch
        }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { #expect(await (try? group.submit([0])) == [0]) }
            while first.withLock({ $0 }) { await Task.yield() }
            tasks.addTask { #expect(await (try? group.submit([1])) == [1]) }
            tasks.addTask { await #expect(throws: Bad.self) { try await group.submit([13]) } }
            while await group.waitingCount < 2 { await Task.yield() }
            gate.signal()
        }
    }

    @Test("past its bound it says so instead of growing")
    func bound() async throws {
        let gate = Wake()
        let started = Wake()
        let group = GroupCommit<Int, Int>(maximumWaiting: 3) { batch in
            started.signal()
            await gate.wait(atMost: .seconds(30))
            return batch
        }
        async let first = group.submit([1])
        await started.wait(atMost: .seconds(30))
        await #expect(throws: IntakeOverloaded.self) { try await group.submit([1, 2, 3, 4]) }
        gate.signal()
        #expect(try await first == [1])
    }
}
