// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Slows down guessing of passwords: after some failures an account, or an address, has to wait, each time twice as long.
actor LoginThrottle {
    struct Limit: Sendable {
        var free: Int
        var firstWait: TimeInterval
        var longestWait: TimeInterval
    }

    /// An account's wait stays short: else anybody could lock a moderator out by guessing badly on purpose.
    static let account = Limit(free: 5, firstWait: 10, longestWait: 60)
    /// Colleagues may share an address.
    static let client = Limit(free: 20, firstWait: 10, longestWait: 900)
    private static let memory: TimeInterval = 3600
    private static let mostKeys = 20_000
    private static let mostAtOnce = 8

    private struct Failures {
        var count = 0
        var last: Date
        var blockedUntil: Date
    }

    private var failures: [String: Failures] = [:]
    private var running = 0

    enum Admission: Sendable, Equatable {
        case go
        /// Seconds to wait, at least 1.
        case wait(Int)
    }

    /// Counts an attempt as failed before it is checked, so that many at the same time count too; `succeeded` takes it back.
    func begin(account: String, client: String, now: Date) -> Admission {
        let keys = Self.keys(account, client)
        let blocked = keys.compactMap { failures[$0.key]?.blockedUntil }.max() ?? .distantPast
        if blocked > now { return .wait(max(1, Int(blocked.timeIntervalSince(now).rounded(.up)))) }
        guard running < Self.mostAtOnce else { return .wait(1) }
        forget(before: now.addingTimeInterval(-Self.memory))
        running += 1
        for (key, limit) in keys {
            var entry = failures[key] ?? Failures(last: now, blockedUntil: .distantPast)
            entry.count += 1
            entry.last = now
            if entry.count >= limit.free {
                let wait = limit.firstWait * pow(2, Double(min(entry.count - limit.free, 16)))
                entry.blockedUntil = now.addingTimeInterval(min(wait, limit.longestWait))
            }
            failures[key] = entry
        }
        return .go
    }

    func ended() { running -= 1 }

    func succeeded(account: String, client: String) {
        failures["account " + account] = nil
        // An address keeps its count but for this attempt: else one own account would pay for guesses at others.
        if var entry = failures["client " + client] {
            entry.count -= 1
            if entry.count < Self.client.free { entry.blockedUntil = .distantPast }
            failures["client " + client] = entry.count > 0 ? entry : nil
        }
    }

    private static func keys(_ account: String, _ client: String) -> [(key: String, limit: Limit)] {
        [("account " + account, Self.account), ("client " + client, Self.client)]
    }

    private func forget(before time: Date) {
        guard failures.count > 256 else {
            failures = failures.filter { $0.value.last > time }
            return
        }
        guard failures.count > Self.mostKeys else { return }
        failures = failures.filter { $0.value.last > time }
        if failures.count > Self.mostKeys {
            let newest = failures.sorted { $0.value.last > $1.value.last }.prefix(Self.mostKeys / 2)
            failures = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
        }
    }
}
