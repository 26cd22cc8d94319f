// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Works on a stream of inputs side by side and hands the results out in the order of the inputs, each as soon as it may be.
///
/// - Parameters:
///   - limit: inputs at once, those included whose result waits for an earlier one; so memory does not grow with the stream.
///   - next: the next input, nil at the end.
func inOrder<Input: Sendable, Output: Sendable>(
    atMost limit: Int, next: @escaping @Sendable () async -> Input?, work: @escaping @Sendable (Input) async -> Output,
    result: (Output) throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: OrderedEvent<Input, Output>.self) { group in
        var (given, handedOut) = (0, 0)
        var waiting: [Int: Output] = [:]
        // Reading is a task too: a slow list must not hold up results.
        var (isReading, hasEnded) = (false, false)
        while true {
            if !isReading, !hasEnded, given - handedOut < limit {
                isReading = true
                group.addTask { .input(await next()) }
            }
            guard let event = try await group.next() else { return }
            switch event {
            case .input(nil): (isReading, hasEnded) = (false, true)
            case .input(let input?):
                isReading = false
                let number = given
                given += 1
                group.addTask { .output(number, await work(input)) }
            case .output(let number, let output):
                waiting[number] = output
                while let ready = waiting.removeValue(forKey: handedOut) {
                    handedOut += 1
                    try result(ready)
                }
            }
        }
    }
}

private enum OrderedEvent<Input: Sendable, Output: Sendable>: Sendable {
    case input(Input?)
    case output(Int, Output)
}
