// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import ServiceLifecycle

extension Wake {
    /// Works in rounds until the service is to stop: at once again while a round found something to do, otherwise when woken or
    /// after `interval`. A round that fails ends like one that found nothing.
    func rounds(
        every interval: Duration, isolation: isolated (any Actor)? = #isolation, failed: (any Error) -> Void,
        round: () async throws -> Bool
    ) async {
        await withGracefulShutdownHandler {
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                do {
                    while try await round(), !Task.isCancelled, !Task.isShuttingDownGracefully {}
                } catch {
                    failed(error)
                }
                await wait(atMost: interval)
            }
        } onGracefulShutdown: {
            self.signal()
        }
    }
}

/// When each of several works that keep to a pace may go on: about a second's worth at a time.
struct Pace<ID: Hashable> {
    private var due: [ID: Date] = [:]

    func isDue(_ id: ID, at now: Date) -> Bool { due[id].map { now >= $0 } ?? true }

    /// How many items may be done now; the next ones wait as long as these should take.
    mutating func allowance(of id: ID, perMinute: Int, most: Int, at now: Date) -> Int {
        let some = max(1, min(perMinute / 60, most))
        due[id] = now.addingTimeInterval(Double(some) * 60 / Double(max(1, perMinute)))
        return some
    }

    /// Lets it go on at once.
    mutating func forget(_ id: ID) { due[id] = nil }
}
