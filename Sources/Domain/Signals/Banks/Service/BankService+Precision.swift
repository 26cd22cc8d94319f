// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

extension BankService {
    /// Takes down how matches turned out, and demotes the sources that this shows to be wrong too often.
    package func judge(_ outcomes: [MatchOutcome]) async throws(BankError) {
        guard !outcomes.isEmpty else { return }
        try await attempt { try await store.record(outcomes) }
        live?.popularity.confirm(outcomes.filter { $0.kind == .confirmed }.map(\.fingerprint))
        _ = try await reviewPrecision()
    }

    /// Demotes every active source that, by what people judged, cannot well be as precise as its floor wants; returns them.
    ///
    /// To be called now and then when outcomes are written by others.
    @discardableResult
    package func reviewPrecision() async throws(BankError) -> [FingerprintSource] {
        let statistics = try await attempt { try await store.statistics() }
        var demoted: [FingerprintSource] = []
        for source in try await allSources() where source.state == .active {
            guard let floor = source.precisionFloor else { continue }
            let precision = statistics.precision(of: source.name).since(source)
            guard precision.judged >= options.judgedAtLeast, precision.upper < floor else { continue }
            var changed = source
            changed.state = .demoted
            changed.stateReason =
                "people confirmed \(precision.confirmations) and overturned \(precision.overturns) of its matches: at most "
                + "\(precision.upper.percent) are right (95 % interval), its floor is \(floor.percent)"
            let (demotion, entry) = (changed, LedgerEntry.demoted(changed, precision: precision, at: now()))
            try await write { try await store.put(demotion, ledger: [entry]) }
            demoted.append(demotion)
        }
        return demoted
    }

    /// How all judged matches of a source turned out.
    func precision(of source: String) async throws(BankError) -> Precision {
        try await attempt { try await store.statistics() }.precision(of: source)
    }
}

extension [SourceStatistics] {
    /// Of all banks together: a source is right or wrong as a whole.
    fileprivate func precision(of source: String) -> Precision {
        filter { $0.source == source }.reduce(into: Precision(confirmations: 0, overturns: 0)) {
            $0.confirmations += $1.confirmations
            $0.overturns += $1.overturns
        }
    }
}

extension Precision {
    /// What was judged since a person last made the source active again.
    fileprivate func since(_ source: FingerprintSource) -> Precision {
        Precision(
            confirmations: max(0, confirmations - source.confirmationsBefore),
            overturns: max(0, overturns - source.overturnsBefore))
    }
}
