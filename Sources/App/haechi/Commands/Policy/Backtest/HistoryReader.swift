// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Storage

/// Reads the captured history from first to last, page by page, with what people said of each event; says how far it is.
struct HistoryReader {
    private static let page = 500

    let store: Store
    let period: HistoryPeriod
    /// How many days are kept, for the message when there is nothing.
    let days: Int

    /// - Throws: exit status 66 when nothing is there, 65 when a record cannot be read.
    func read(_ take: (RecordedEvent, Policies.Judgement?) -> Void) async throws {
        let extent = try await store.historyExtent(in: period)
        guard extent.count > 0, let first = extent.from else {
            Terminal.complain([why])
            throw ExitCode(66)  // EX_NOINPUT
        }
        let judgements = try await store.judgements(since: first)
        var progress = Progress(total: extent.count)
        var place: Int64 = 0
        while true {
            let rows = try await store.history(in: period, after: place, limit: Self.page)
            guard let last = rows.last else { return }
            for row in rows {
                let recorded: RecordedEvent
                do {
                    recorded = try RecordedEvent(bytes: row.bytes)
                } catch {
                    Terminal.complain(["the record of event \(row.sequence) cannot be read: \(error)"])
                    throw ExitCode(65)  // EX_DATAERR
                }
                take(recorded, judgements[recorded.event])
            }
            place = last.sequence
            progress.did(rows.count)
        }
    }

    private var why: String {
        if days == 0 {
            return "history.days is 0: nothing is kept of events, so there is nothing to replay; "
                + "set it to the days to keep, or give `policy backtest` a file with --events"
        }
        guard period == HistoryPeriod() else { return "no event of this time is in the history" }
        return "the history is empty: events are kept for \(days) days, from the next one on"
    }
}

/// Says on standard error how far a long run is, every few seconds.
struct Progress {
    private static let interval = Duration.seconds(3)

    private let total: Int?
    private var done = 0
    private var lastSaid = ContinuousClock.now

    init(total: Int?) { self.total = total }

    mutating func did(_ count: Int) {
        done += count
        guard ContinuousClock.now - lastSaid >= Self.interval else { return }
        lastSaid = ContinuousClock.now
        Terminal.complain(["\(done)\(total.map { " of \($0)" } ?? "") events"])
    }
}
