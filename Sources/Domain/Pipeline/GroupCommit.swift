// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Lets callers that arrive while a transaction runs share the next one, so that a thousand small writes cost a few fsyncs.
///
/// Each caller is answered after its own commit. When a shared write fails, every caller's part is tried once more alone, so one bad
/// part does not fail its neighbours.
package actor GroupCommit<Element: Sendable, Result: Sendable> {
    private struct Waiting {
        let elements: [Element]
        let done: CheckedContinuation<[Result], any Error>
    }

    private let write: @Sendable ([Element]) async throws -> [Result]
    private let maximumBatch: Int
    private let maximumWaiting: Int
    private var waiting: [Waiting] = []
    private var waitingElements = 0
    private var isWriting = false

    /// - Parameters:
    ///   - maximumBatch: elements that one write takes at most (one caller's elements are never split).
    ///   - maximumWaiting: elements that may wait; past that `submit` throws `IntakeOverloaded`.
    ///   - write: writes all elements in one transaction and gives one result for each, in order.
    package init(
        maximumBatch: Int = 2_000, maximumWaiting: Int = 100_000, write: @escaping @Sendable ([Element]) async throws -> [Result]
    ) {
        self.maximumBatch = maximumBatch
        self.maximumWaiting = maximumWaiting
        self.write = write
    }

    /// Returns when the elements are durable.
    package func submit(_ elements: [Element]) async throws -> [Result] {
        if elements.isEmpty { return [] }
        guard waitingElements + elements.count <= maximumWaiting else { throw IntakeOverloaded(retryAfter: 1) }
        return try await withCheckedThrowingContinuation { done in
            waiting.append(Waiting(elements: elements, done: done))
            waitingElements += elements.count
            if !isWriting {
                isWriting = true
                Task { await self.drain() }
            }
        }
    }

    /// How many elements wait for a write that has not begun.
    package var waitingCount: Int { waitingElements }

    private func drain() async {
        while !waiting.isEmpty { await writeTogether(takeBatch()) }
        isWriting = false
    }

    private func takeBatch() -> [Waiting] {
        var batch: [Waiting] = []
        var count = 0
        while let next = waiting.first, batch.isEmpty || count + next.elements.count <= maximumBatch {
            batch.append(next)
            count += next.elements.count
            waiting.removeFirst()
        }
        waitingElements -= count
        return batch
    }

    private func writeTogether(_ batch: [Waiting]) async {
        do {
            let results = try await write(batch.flatMap(\.elements))
            var start = 0
            for part in batch {
                part.done.resume(returning: Array(results[start..<start + part.elements.count]))
                start += part.elements.count
            }
        } catch {
            guard batch.count > 1 else { return batch[0].done.resume(throwing: error) }
            for part in batch {
                do { part.done.resume(returning: try await write(part.elements)) } catch { part.done.resume(throwing: error) }
            }
        }
    }
}
