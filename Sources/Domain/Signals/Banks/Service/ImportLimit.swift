// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How many records of a delivery count without a second person, and what is said of the rest.
struct ImportLimit: Sendable {
    enum Cause: Sendable, Hashable {
        /// More than one person may bring alone in one delivery.
        case bulk(Int)
        /// Its source sends far more than it used to.
        case flood(source: String, today: Int, usual: Int, factor: Int)
        /// More than was announced when a person approved it.
        case approved(Int)
    }

    var records: Int
    var cause: Cause

    /// For people: why a delivery of so many records, or what grew to them, waits.
    func reason(records count: Int) -> String {
        switch cause {
        case .bulk(let limit):
            "\(count) records in one delivery; more than \(limit) wait for a second person"
        case .flood(let source, let today, let usual, let factor):
            "source '\(source)' sends \(today + count) records in a day; its usual day has \(usual), and more than "
                + "\(factor) times as many wait for a person"
        case .approved(let limit):
            "\(count) records; only the \(limit) that were announced have been approved"
        }
    }
}

/// What a source usually sends in a day.
struct SourceHabit: Sendable, Equatable {
    /// Days on which it sent something, before the last 24 hours; at most `daysLookedAt`.
    var activeDays: Int
    /// Records on its usual day: the median of those days, and not less than the floor.
    var usual: Int
    /// Records in the last 24 hours.
    var today: Int

    static let daysLookedAt = 14

    /// - Parameter volumes: records a day, the last 24 hours first.
    init(volumes: [Int], floor: Int) {
        let active = volumes.dropFirst().filter { $0 > 0 }.prefix(Self.daysLookedAt).sorted()
        activeDays = active.count
        usual = max(floor, active.isEmpty ? 0 : (active[(active.count - 1) / 2] + active[active.count / 2]) / 2)
        today = volumes.first ?? 0
    }
}
