// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Signals

/// Writes what a bank holds as a list.
package struct BankExport: Sendable {
    package enum Scope: String, Hashable, Sendable, CaseIterable {
        /// All, for ourselves: retired ones as withdrawn, benign ones as such.
        case all
        /// What may be passed on to others: verified, by sources that allow it, never hashed in the fast mode; retired ones
        /// that those
        /// sources brought as withdrawn.
        case shareable
    }

    private let bank: String?
    private let kind: Fingerprint.Kind?
    private let scope: Scope

    /// - Parameters:
    ///   - bank: nil for all banks.
    ///   - kind: nil for all kinds.
    package init(bank: String?, kind: Fingerprint.Kind? = nil, scope: Scope) {
        self.bank = bank
        self.kind = kind
        self.scope = scope
    }

    /// - Parameter sink: takes the bytes, a few hundred kilobytes at a time.
    /// - Returns: how many records were written.
    package func write(
        _ writer: RecordWriter, desk: any BankDesk, to sink: ([UInt8]) async throws -> Void, progress: (Int) -> Void = { _ in }
    ) async throws -> Int {
        let sources = scope == .shareable ? try await desk.sources() : []
        let rules = ShareRules(sources: sources, receiver: nil)
        let shareable = Set(sources.filter(\.mayShare).map(\.name))
        var written = 0
        var key: Int64 = 0
        var bytes = writer.head
        while true {
            let part = try await desk.fingerprints(bank: bank, kind: kind, after: key, limit: RecordBatch.limit)
            for fingerprint in part {
                guard let record = try await record(fingerprint, desk, rules, shareable) else { continue }
                writer.write(record, to: &bytes)
                written += 1
            }
            if !bytes.isEmpty { try await sink(bytes) }
            bytes.removeAll(keepingCapacity: true)
            progress(written)
            guard let last = part.last else { return written }
            key = last.key
        }
    }

    private func record(
        _ fingerprint: Fingerprint, _ desk: any BankDesk, _ rules: ShareRules, _ shareable: Set<String>
    ) async throws -> FingerprintRecord? {
        guard scope == .shareable else { return ShareRules.plain(fingerprint) }
        let provenance = try await desk.provenance(of: fingerprint.key)
        if let record = rules.record(fingerprint, provenance: provenance) { return record }
        let wasShareable = provenance.contains {
            shareable.contains($0.source) && $0.trust == .verified && !$0.tags.contains(ShareRules.fastModeTag)
        }
        return fingerprint.trust == .retired && wasShareable ? ShareRules.plain(fingerprint) : nil
    }
}
