// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

extension BankService {
    /// What is found here counts now, as it does for an event, but for a bank's share of the traffic: who asks is told.
    /// A hash has no other turns than its complement, so `variant` is `original` or `inverted`.
    package func lookUp(
        _ kind: Fingerprint.Kind, _ value: String, banks: [String]?, radius: Int?, quality: Int?
    ) async throws(BankError) -> [BankMatch] {
        let value = value.lowercased()
        if let problem = RecordCheck.problem(with: value, of: kind) { throw .invalid(problem) }
        if let radius, !(0...63).contains(radius) { throw .invalid("radius is \(radius); expected 0 to 63") }
        if let quality, !(0...100).contains(quality) { throw .invalid("quality is \(quality); expected 0 to 100") }
        let known = Set(try await allBanks().map(\.name))
        if let missing = banks?.first(where: { !known.contains($0) }) { throw .noSuchBank(missing) }
        guard let live else { throw .unavailable("this process has no index") }
        let view = live.view
        let hits: [BankHit]
        switch kind {
        case .pdq:
            // Its spelling has been checked.
            guard let hash = try? PDQHash(hex: value) else { throw .invalid("value is no PDQ hash") }
            hits = view.pictures(near: .probes(hash, quality: quality ?? 100), within: radius ?? 63)
        case .sha256, .md5:
            hits = view.files(kind, value) ?? []
        }
        return hits.filter { banks?.contains($0.bank.name) ?? true }
            .map { hit in
                BankMatch(
                    key: hit.key, bank: hit.bank.name, source: hit.source, trust: live.trust(of: hit), distance: hit.distance,
                    variant: hit.variant)
            }
            .sorted { ($0.distance, $0.key) < ($1.distance, $1.key) }
    }
}
