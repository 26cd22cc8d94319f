// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension BankService {
    package func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)] {
        try await store.changes(after: revision, limit: limit)
    }

    /// Which records would be refused, without writing anything: for a look before a large delivery.
    package func check(
        _ records: [FingerprintRecord], bank: String, source: String
    ) async throws(BankError) -> [RefusedRecord] {
        let check = RecordCheck(bank: try await self.bank(bank), source: try await self.source(source))
        return records.compactMap { record in
            if case .failure(let refusal) = check.check(record) { refusal } else { nil }
        }
    }
}
