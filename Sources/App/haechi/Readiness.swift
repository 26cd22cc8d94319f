// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import Pipeline
import Storage

/// What keeps Haechi from doing its work.
struct Readiness: Sendable {
    let store: Store
    let decoder: MediaWorkerPool

    var problems: @Sendable () async -> [String] {
        {
            var problems: [String] = []
            do {
                _ = try await store.backlog()
            } catch {
                problems.append("database: \(error)")
            }
            if decoder.workers.isEmpty {
                problems.append("media decoder: no worker process runs; pictures cannot be compared")
            }
            return problems
        }
    }
}
