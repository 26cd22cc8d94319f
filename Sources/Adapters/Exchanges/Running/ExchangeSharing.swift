// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
import Moderation
package import Signals

/// Tells an exchange of our own fingerprints as they change, and of how matches of its hashes turned out.
///
/// What was sent is remembered before it is sent: so only what may have been sent is ever taken back, and a crash can only
/// repeat.
package struct ExchangeSharing: Sendable {
    package struct Report: Hashable, Sendable {
        package var sent = 0
        package var takenBack = 0
        /// Ones that the exchange has no place for.
        package var notTaken = 0
        /// Why it ended early, for people.
        package var failure: String?
    }

    private static let part = 200

    private let options: ExchangeOptions
    private let exchange: any Exchange
    private let desk: any BankDesk
    private let state: ExchangeState
    private let timing: ExchangeTiming
    private let patience: ExchangePatience
    private let logger: Logger

    package init(
        options: ExchangeOptions, exchange: any Exchange, desk: any BankDesk, state: ExchangeState,
        timing: ExchangeTiming = .system, patience: ExchangePatience = .init(attempts: 5), logger: Logger
    ) {
        self.options = options
        self.exchange = exchange
        self.desk = desk
        self.state = state
        self.timing = timing
        self.patience = patience
        self.logger = logger
    }

    private var revisionKey: String { "exchange:\(options.name):shared" }

    private func sentKey(_ key: Int64) -> String { "exchange:\(options.name):sent:\(key)" }

    /// Sends what changed since the last round.
    package func round() async -> Report {
        var report = Report()
        guard options.shares else { return report }
        do {
            var revision = try await state.load(revisionKey).flatMap { Int64($0) } ?? 0
            while true {
                let rules = ShareRules(sources: try await desk.sources(), receiver: options.source)
                let changes = try await desk.changes(after: revision, limit: Self.part)
                guard let last = changes.last else { break }
                let records = try await records(changes.map(\.fingerprint), rules)
                if !records.isEmpty {
                    report.notTaken += try await patiently { exchange throws(ExchangeError) in try await exchange.push(records) }
                }
                report.sent += records.count { !$0.isWithdrawn }
                report.takenBack += records.count { $0.isWithdrawn }
                for record in records where record.isWithdrawn {
                    if let key = Fingerprint.key(of: FingerprintID(record.reference)) { try await state.save(sentKey(key), "no") }
                }
                revision = last.revision
                try await state.save(revisionKey, String(revision))
            }
        } catch {
            report.failure = (error as? ExchangeError)?.message ?? "the store failed"
            logger.warning(
                "fingerprints are shared later", metadata: ["exchange": "\(options.name)", "because": "\(report.failure ?? "")"])
        }
        return report
    }

    private func records(_ fingerprints: [Fingerprint], _ rules: ShareRules) async throws -> [FingerprintRecord] {
        var records: [FingerprintRecord] = []
        for fingerprint in fingerprints where fingerprint.bank == options.sharedBank {
            let provenance = try await desk.provenance(of: fingerprint.key)
            if let record = rules.record(fingerprint, provenance: provenance) {
                try await state.save(sentKey(fingerprint.key), "yes")
                records.append(record)
            } else if try await state.load(sentKey(fingerprint.key)) == "yes" {
                var record = ShareRules.plain(fingerprint)
                record.isWithdrawn = true
                records.append(record)
            }
        }
        return records
    }

    /// Sends outcomes of matches. The caller keeps them until this returns without an error.
    /// - Returns: how many the exchange has no place for.
    package func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        guard options.sendsFeedback, !feedback.isEmpty else { return feedback.count }
        return try await patiently { exchange throws(ExchangeError) in try await exchange.send(feedback) }
    }

    private func patiently(
        _ call: (any Exchange) async throws(ExchangeError) -> Int
    ) async throws(ExchangeError) -> Int {
        var attempt = 0
        while true {
            let failure: ExchangeError
            do throws(ExchangeError) { return try await call(exchange) } catch { failure = error }
            attempt += 1
            let asked: Double?
            switch failure {
            case .limited(let seconds), .unavailable(_, let seconds): asked = seconds
            default: throw failure
            }
            guard attempt < patience.attempts, (asked ?? 0) <= patience.longestRetryAfter else { throw failure }
            let pause = max(asked ?? 0, patience.delay(after: attempt - 1, random: timing.random()))
            do { try await timing.sleep(.seconds(pause)) } catch { throw failure }
        }
    }
}
