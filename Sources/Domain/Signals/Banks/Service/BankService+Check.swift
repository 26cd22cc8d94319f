// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension BankService {
    package func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)] {
        try await store.changes(after: revision, limit: limit)
    }

    /// Which records would be refused, without writing anything: for a look before a large delivery. A bank or source that does not
    /// exist is taken for one as they are made.
    package func check(
        _ records: [FingerprintRecord], bank: String, source: String
    ) async throws(BankError) -> [RefusedRecord] {
        let check = RecordCheck(
            bank: try await allBanks().first { $0.name == bank } ?? Bank(name: bank, addedAt: now()),
            source: try await allSources().first { $0.name == source } ?? FingerprintSource(name: source, addedAt: now()))
        return records.compactMap { record in
            if case .failure(let refusal) = check.check(record) { refusal } else { nil }
        }
    }
}
