// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
import Moderation
package import Signals

/// Reads one exchange into one bank, round after round.
///
/// Each page is written together with the checkpoint behind it, so that a crash at any instant neither misses nor repeats a
/// page. One
/// process at a time may run an exchange.
package actor ExchangeRunner {
    private let options: ExchangeOptions
    private let exchange: any Exchange
    private let desk: any BankDesk
    private let state: ExchangeState
    private let lookup: (any StatementLookup)?
    private let timing: ExchangeTiming
    private let patience: ExchangePatience
    private let logger: Logger
    private let progress: @Sendable (RoundReport) -> Void
    /// The page at which rounds end, and how many have.
    private var broken: (checkpoint: String?, rounds: Int)?

    /// - Parameters:
    ///   - lookup: nil for the desk's own means.
    ///   - progress: told after every page and at the end of a round.
    package init(
        options: ExchangeOptions, exchange: any Exchange, desk: any BankDesk, state: ExchangeState,
        lookup: (any StatementLookup)? = nil, timing: ExchangeTiming = .system, patience: ExchangePatience = .init(),
        logger: Logger,
        progress: @escaping @Sendable (RoundReport) -> Void = { _ in }
    ) {
        self.options = options
        self.exchange = exchange
        self.desk = desk
        self.state = state
        self.lookup = lookup
        self.timing = timing
        self.patience = patience
        self.logger = logger
        self.progress = progress
    }

    /// Rounds until the task is cancelled or a round needs a person.
    package func run() async {
        while !Task.isCancelled {
            let report = await round()
            if case .stopped = report.end { return }
            let wait = options.interval * (0.9 + timing.random() / 5)
            do { try await timing.sleep(wait) } catch { return }
        }
    }

    /// Reads on from the checkpoint to what is newest now.
    package func round() async -> RoundReport {
        var round = Round(
            report: RoundReport(exchange: options.name, begunAt: timing.now()), lookup: lookup ?? DeskStatements(desk: desk))
        do {
            try await read(&round)
            round.report.end = .complete
        } catch let error as ExchangeError {
            switch error {
            case .unauthorized, .unsupported: round.report.end = .stopped(error.message)
            default: round.report.end = .later(error.message)
            }
        } catch let error as BankError {
            round.report.end = Self.end(for: error)
        } catch {
            round.report.end = .later(error is CancellationError ? "cancelled" : "the store failed")
        }
        finish(round.report)
        return round.report
    }

    /// What lives as long as a round.
    private struct Round {
        var report: RoundReport
        var lookup: any StatementLookup
        var stored = StoredCheckpoint(list: "", at: 0, isSweep: false, value: nil)
        var seen: SeenStatements?
        /// Entries that could not be read, of which nobody can say what they stated.
        var unreadable = 0
        var delivery: FingerprintImport?
    }

    private var checkpointKey: String { "exchange:\(options.name):checkpoint" }

    private var list: String { "\(options.kind.rawValue) \(options.url) \(options.group)" }

    private var clock: Int { Int(timing.now().timeIntervalSince1970) }

    private func read(_ round: inout Round) async throws {
        try await begin(&round)
        while true {
            try Task.checkCancellation()
            guard let page = try await page(&round) else { continue }
            try await write(page, &round)
            round.report.pages += 1
            progress(round.report)
            if page.isLast { break }
        }
        if round.stored.isSweep { try await sweep(&round) }
    }

    private func begin(_ round: inout Round) async throws {
        let stored = StoredCheckpoint(try await state.load(checkpointKey))
        guard let stored, stored.list == list else {
            round.stored = StoredCheckpoint(list: list, at: clock, isSweep: false, value: nil)
            return
        }
        round.stored = stored
        let isTooOld = exchange.memory.map { Int64(clock - stored.at) > $0.components.seconds } ?? false
        // What an interrupted sweep had seen is lost with it, so it begins again too.
        guard isTooOld || stored.isSweep else { return }
        logger.notice("the exchange is read again from its beginning", metadata: ["exchange": "\(options.name)"])
        round.stored.isSweep = true
        round.stored.value = nil
        round.seen = SeenStatements()
    }

    /// The next page, however long it takes within our patience; nil when one was passed over.
    private func page(_ round: inout Round) async throws -> ExchangePage? {
        do {
            let page = try await patiently(&round) { exchange, checkpoint, easing throws(ExchangeError) in
                try await exchange.fetch(from: checkpoint, easing: easing)
            }
            guard page.isLast || page.checkpoint != round.stored.value else {
                throw ExchangeError.malformed("the exchange does not move on")
            }
            broken = nil
            return page
        } catch let error as ExchangeError {
            guard try await passOver(error, &round) else { throw error }
            return nil
        }
    }

    private func patiently(
        _ round: inout Round,
        _ call: (any Exchange, String?, Int) async throws(ExchangeError) -> ExchangePage
    ) async throws -> ExchangePage {
        var attempt = 0
        var easing = 0
        while true {
            let failure: ExchangeError
            do throws(ExchangeError) {
                return try await call(exchange, round.stored.value, easing)
            } catch {
                failure = error
            }
            attempt += 1
            guard attempt < patience.attempts, let pause = pause(after: failure, attempt: attempt) else { throw failure }
            if failure == .tooLarge || (attempt >= 2 && Self.isEased(failure)) { easing += 1 }
            round.report.retries += 1
            logger.debug(
                "the exchange is asked again", metadata: ["exchange": "\(options.name)", "because": "\(failure.message)"])
            try await timing.sleep(.seconds(pause))
        }
    }

    /// Seconds until the next try; nil to give up for this round.
    private func pause(after failure: ExchangeError, attempt: Int) -> Double? {
        let own = patience.delay(after: attempt - 1, random: timing.random())
        switch failure {
        case .limited(let asked), .unavailable(_, let asked):
            guard let asked else { return own }
            return asked <= patience.longestRetryAfter ? max(asked, own) : nil
        case .tooLarge, .malformed: return own
        case .unauthorized, .refused, .unsupported: return nil
        }
    }

    /// Whether it may help to ask for less.
    private static func isEased(_ failure: ExchangeError) -> Bool {
        switch failure {
        case .unavailable, .malformed, .tooLarge: true
        default: false
        }
    }

    /// A page that cannot be read in round after round is passed over, loudly, so that it does not hold up all behind it.
    private func passOver(_ error: ExchangeError, _ round: inout Round) async throws -> Bool {
        switch error {
        case .malformed, .tooLarge: break
        default: return false
        }
        let rounds = broken.map { $0.checkpoint == round.stored.value ? $0.rounds + 1 : 1 } ?? 1
        broken = (round.stored.value, rounds)
        guard rounds >= patience.brokenRounds, let skip = exchange.skip(past: round.stored.value) else { return false }
        // What follows is passed over at once if it cannot be read either.
        broken = (skip.checkpoint, patience.brokenRounds)
        logger.error(
            "a page that cannot be read is passed over",
            metadata: ["exchange": "\(options.name)", "what": "\(skip.what)", "because": "\(error.message)"])
        round.report.skipped.append(skip.what)
        round.stored.value = skip.checkpoint
        try await state.save(checkpointKey, round.stored.text)
        return true
    }

    // MARK: Writing

    private func write(_ page: ExchangePage, _ round: inout Round) async throws {
        var records = page.records
        if !page.references.isEmpty {
            let said = Set(records.map { Statement($0) })
            let known = try await round.lookup.statements(
                bank: options.bank, source: options.source, references: page.references)
            records += known.filter { !said.contains($0) }.map(\.withdrawal)
        }
        for record in records where !record.isWithdrawn { round.seen?.insert(Statement(record)) }
        round.report.add(page.refused)
        round.unreadable += page.refused.count
        round.report.ignored.merge(page.ignored, uniquingKeysWith: +)
        round.stored.value = page.checkpoint
        round.stored.at = clock
        try await take(records, &round, checkpoint: (checkpointKey, round.stored.text))
    }

    /// Writes records in parts; the checkpoint goes with the last one.
    private func take(
        _ records: [FingerprintRecord], _ round: inout Round, checkpoint: (key: String, value: String)?
    ) async throws {
        guard !records.isEmpty else {
            if let checkpoint { try await state.save(checkpoint.key, checkpoint.value) }
            return
        }
        let delivery = try await delivery(&round)
        for start in stride(from: 0, to: records.count, by: RecordBatch.limit) {
            let end = min(records.count, start + RecordBatch.limit)
            let part = Array(records[start..<end])
            var tally = try await desk.take(
                part, of: delivery, strict: false, checkpoint: end == records.count ? checkpoint : nil)
            round.report.add(tally.refused)
            tally.refused = []
            round.report.tally += tally
            if let own = round.lookup as? DeskStatements { await own.note(part) }
        }
    }

    private func delivery(_ round: inout Round) async throws -> FingerprintImport {
        if let delivery = round.delivery { return delivery }
        let delivery = try await desk.begin(
            bank: options.bank, source: options.source, by: "exchange:\(options.name)", expected: nil)
        round.delivery = delivery
        round.report.isWaiting = delivery.state == .waiting
        return delivery
    }

    /// Takes back what the exchange did not say any more when all of it was read again.
    ///
    /// What was merely unreadable is not gone, and a list that is empty at once is more likely a fault than a withdrawal of all.
    private func sweep(_ round: inout Round) async throws {
        let isWhole = round.unreadable == 0 && round.report.skipped.isEmpty && round.seen?.isEmpty == false
        if !isWhole {
            logger.error(
                "nothing is taken back: the exchange was read again, but not all of it could be, or there was nothing in it",
                metadata: ["exchange": "\(options.name)", "unreadable": "\(round.unreadable)"])
        }
        var key: Int64? = isWhole ? 0 : nil
        while let after = key {
            try Task.checkCancellation()
            let part = try await round.lookup.statements(
                bank: options.bank, source: options.source, after: after, limit: RecordBatch.limit)
            var gone: [FingerprintRecord] = []
            for statement in part.statements where round.seen?.contains(statement) == false { gone.append(statement.withdrawal) }
            if !gone.isEmpty { try await take(gone, &round, checkpoint: nil) }
            key = part.next
        }
        round.seen = nil
        round.stored.isSweep = false
        round.stored.at = clock
        try await state.save(checkpointKey, round.stored.text)
    }

    // MARK: Telling

    private func finish(_ report: RoundReport) {
        progress(report)
        let metadata: Logger.Metadata = [
            "exchange": "\(options.name)", "pages": "\(report.pages)", "added": "\(report.tally.added)",
            "changed": "\(report.tally.changed)", "withdrawn": "\(report.tally.withdrawn)", "refused": "\(report.refusedCount)",
            "ignored": "\(report.ignored.values.reduce(0, +))",
        ]
        switch report.end {
        case .complete, nil: logger.info("the exchange is read", metadata: metadata)
        case .later(let why):
            logger.warning("the exchange is read on later", metadata: metadata.merging(["because": "\(why)"]) { $1 })
        case .stopped(let why):
            logger.error("the exchange is not read any more", metadata: metadata.merging(["because": "\(why)"]) { $1 })
        }
    }

    private static func end(for error: BankError) -> RoundReport.End {
        switch error {
        case .unavailable: .later("the banks are not available")
        case .noSuchBank(let name): .stopped("there is no bank '\(name)'")
        case .noSuchSource(let name): .stopped("there is no source '\(name)'")
        case .invalid(let why): .stopped(why)
        case .needsAnotherPerson(let why): .later(why)
        case .noSuchImport: .later("the delivery was ended")
        case .bankExists, .noSuchFingerprint, .refusedRecords: .later("the banks refused a part")
        }
    }
}
