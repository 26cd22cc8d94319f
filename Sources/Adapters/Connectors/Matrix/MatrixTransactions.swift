// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Pipeline

/// Remembers the last transaction that was taken. There is only one in flight, so the last is enough.
actor MatrixTransactions {
    struct Delivery: Sendable {
        let id: String
        /// Id and a hash of the event ids: a homeserver whose database was made anew counts from 1 again, and what it then sends
        /// under an old number must not be taken for a repetition. (`age` differs from one delivery to the next.)
        let mark: String

        init(id: String, events: [JSONValue]) {
            self.id = id
            var hash = SHA256()
            for event in events { hash.update(data: Array((event["event_id"]?.string ?? "-").utf8) + [0]) }
            mark = "\(id.prefix(255)) \(hexadecimal(hash.finalize()))"
        }
    }

    private let state: any StateStore
    private let key: String
    private var last: String?
    private var failing: (id: String, count: Int) = ("", 0)

    init(state: any StateStore, key: String) {
        self.state = state
        self.key = key
    }

    func wasTaken(_ delivery: Delivery) async throws -> Bool {
        if last == nil { last = try await state.state(key) ?? "" }
        return last == delivery.mark
    }

    func taken(_ delivery: Delivery) async throws {
        try await state.setState(key, to: delivery.mark)
        last = delivery.mark
        failing = ("", 0)
    }

    func failed(_ id: String) { failing = failing.id == id ? (id, failing.count + 1) : (id, 1) }

    func failures(of id: String) -> Int { failing.id == id ? failing.count : 0 }
}
