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
                // Reading alone would not notice a full disk.
                try await store.setState("readiness.probe", to: "\(Int(Date().timeIntervalSince1970))")
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
