// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Synchronization

import struct Foundation.Date

/// The deliveries under way in this process: how much of each may still count at once.
///
/// A delivery that grows past its limit goes on as another import, its continuation, which waits for a person: `ID-2`, then
/// `ID-3` if that one was decided on and still more comes than was announced. What was written before keeps its state.
final class Deliveries: Sendable {
    struct Delivery: Sendable {
        /// The import that `begin` gave; the caller knows no other.
        let first: FingerprintImport
        /// Where records go now.
        var current: FingerprintImport
        var limit: ImportLimit
        /// How many were announced.
        let expected: Int?
        /// Records other than withdrawals, in all imports of it.
        var taken = 0
        var parts = 1
        /// Whether the store has the current import.
        var isKept = false

        mutating func goOn(because reason: String) {
            parts += 1
            current.id = ImportID("\(first.id)-\(parts)")
            current.state = .waiting
            current.count = 0
            current.reason = reason
            isKept = false
        }
    }

    /// More at once are unlikely; the oldest is forgotten, and what still comes of it counts from the start.
    private static let most = 10_000

    private let open = Mutex<(byID: [ImportID: Delivery], order: [ImportID])>(([:], []))

    /// - Parameter isKept: the store has it already.
    func begin(_ first: FingerprintImport, limit: ImportLimit, expected: Int?, isKept: Bool = false) {
        open.withLock { open in
            if open.order.count >= Self.most { open.byID[open.order.removeFirst()] = nil }
            open.byID[first.id] = Delivery(first: first, current: first, limit: limit, expected: expected, isKept: isKept)
            open.order.append(first.id)
        }
    }

    subscript(id: ImportID) -> Delivery? { open.withLock { $0.byID[id] } }

    /// A person approved what waited: what was announced may still come, the rest waits again.
    func approved(_ id: ImportID) {
        update(id) { delivery in
            let announced = max(delivery.expected ?? 0, delivery.taken)
            delivery.current.state = .applied
            delivery.limit = ImportLimit(records: announced, cause: .approved(announced))
        }
    }

    /// A person refused what waited: what still comes waits for another look.
    func refused(_ id: ImportID) {
        update(id) { $0.goOn(because: "import '\($0.current.id)' was refused, and more of it came") }
    }

    /// The store has the current import now.
    func kept(_ id: ImportID) {
        update(id) { $0.isKept = true }
    }

    /// Says how many of the next records go where, and counts them: `here` to the current import, the others, if any, to a
    /// continuation that waits.
    func reserve(_ count: Int, of id: ImportID) -> (current: FingerprintImport, here: Int, rest: FingerprintImport?)? {
        open.withLock { open in
            guard var delivery = open.byID[id] else { return nil }
            defer { open.byID[id] = delivery }
            let before = delivery.current
            let room = before.state == .applied ? max(0, delivery.limit.records - delivery.taken) : .max
            delivery.taken += count
            guard count > room else { return (before, count, nil) }
            delivery.goOn(because: delivery.limit.reason(records: delivery.taken))
            return (before, room, delivery.current)
        }
    }

    /// The records were not written after all.
    func release(_ count: Int, of id: ImportID) {
        update(id) { $0.taken -= count }
    }

    private func update(_ id: ImportID, _ change: (inout Delivery) -> Void) {
        open.withLock { open in
            guard var delivery = open.byID[id] else { return }
            change(&delivery)
            open.byID[id] = delivery
        }
    }
}
