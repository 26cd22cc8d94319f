// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

extension BankService {
    package func begin(
        bank: String, source: String, by account: String, expected: Int?
    ) async throws(BankError) -> FingerprintImport {
        let bank = try await self.bank(bank)
        let source = try await self.source(source)
        if let expected, expected < 0 { throw .invalid("\(expected) records were announced; expected 0 or more") }
        let limit = try await limit(for: source, by: account)
        var delivery = FingerprintImport(
            id: ImportID(makeID()), bank: bank.name, source: source.name, by: account, at: now(), state: .applied)
        if let expected, expected > limit.records {
            delivery.state = .waiting
            delivery.reason = limit.reason(records: expected)
        }
        deliveries.begin(delivery, limit: limit, expected: expected)
        return delivery
    }

    package func take(
        _ records: [FingerprintRecord], of import: FingerprintImport, strict: Bool, checkpoint: (key: String, value: String)?
    ) async throws(BankError) -> ImportTally {
        guard records.count <= Self.largestPart else {
            throw .invalid("\(records.count) records in one part; expected at most \(Self.largestPart)")
        }
        let check = RecordCheck(bank: try await bank(`import`.bank), source: try await source(`import`.source))
        var (valid, refused): ([FingerprintRecord], [RefusedRecord]) = ([], [])
        for record in records {
            switch check.check(record) {
            case .success(let record): valid.append(record)
            case .failure(let refusal): refused.append(refusal)
            }
        }
        if strict, !refused.isEmpty { throw .refusedRecords(refused) }
        var tally = try await write(valid, of: `import`, refused: refused.count, checkpoint: checkpoint)
        tally.refused = refused
        return tally
    }

    package func approve(_ id: ImportID, by account: String) async throws(BankError) -> FingerprintImport {
        try await resolve(id, as: .applied, by: account, reason: "")
    }

    package func refuse(_ id: ImportID, by account: String, reason: String) async throws(BankError) -> FingerprintImport {
        try Self.check(reason: reason)
        return try await resolve(id, as: .refused, by: account, reason: reason)
    }
}

// MARK: - Who may bring how much

extension BankService {
    /// How far back a source's days are looked at for its usual one.
    private static let daysOfHistory = 60

    /// An exchange brings what others entered: once it has a usual day, its size alone says nothing and its habit everything.
    private func limit(for source: FingerprintSource, by account: String) async throws(BankError) -> ImportLimit {
        let volumes = try await attempt {
            try await store.volumes(of: source.name, before: now(), days: Self.daysOfHistory)
        }
        let habit = SourceHabit(volumes: volumes, floor: options.floodFloor)
        // What programs send by themselves has one limit for all of the day until the source has a usual one: a program could cut
        // a large delivery into small ones.
        let isProgram = account.hasPrefix("api") || account.hasPrefix("exchange:")
        let before = isProgram && habit.activeDays < options.minimumDays ? habit.today : 0
        let bulk = ImportLimit(records: max(0, options.bulkLimit - before), cause: .bulk(options.bulkLimit))
        guard habit.activeDays >= options.minimumDays else { return bulk }
        let flood = ImportLimit(
            records: max(0, habit.usual * options.floodFactor - habit.today),
            cause: .flood(source: source.name, today: habit.today, usual: habit.usual, factor: options.floodFactor))
        return account.hasPrefix("exchange:") || flood.records <= bulk.records ? flood : bulk
    }

    private func resolve(
        _ id: ImportID, as state: FingerprintImport.State, by account: String, reason: String
    ) async throws(BankError) -> FingerprintImport {
        let waiting = try await attempt { try await store.imports(in: [.waiting], limit: .max) }
        guard let found = waiting.first(where: { $0.id == id }) else { throw .noSuchImport(id) }
        guard found.by != account else {
            throw .needsAnotherPerson("'\(account)' brought import '\(id)'; another person must look at it")
        }
        let at = now()
        let entry = LedgerEntry.resolved(
            found, as: state == .applied ? "approved" : "refused", reason: reason, by: account, at: at)
        let resolved = try await write {
            try await store.resolve(id, as: state, by: account, reason: reason, at: at, ledger: [entry])
        }
        guard let resolved else { throw .noSuchImport(id) }
        return resolved
    }
}

// MARK: - Writing a part

extension BankService {
    /// Writes valid records to the delivery's import and, from where its limit is reached, to a continuation that waits.
    private func write(
        _ records: [FingerprintRecord], of import: FingerprintImport, refused: Int, checkpoint: (key: String, value: String)?
    ) async throws(BankError) -> ImportTally {
        try await resume(`import`)
        let statements = records.count { !$0.isWithdrawn }
        guard let place = deliveries.reserve(statements, of: `import`.id) else { throw .noSuchImport(`import`.id) }
        let split = place.rest == nil ? records.count : records.place(behind: place.here)
        do {
            var tally = ImportTally()
            if split > 0 || place.rest == nil {
                tally += try await write(
                    records[..<split], of: place.current, refused: refused, checkpoint: place.rest == nil ? checkpoint : nil)
            }
            if let rest = place.rest {
                // The checkpoint goes with the last of it, so that a cut-off delivery is repeated rather than cut short.
                tally += try await write(
                    records[split...], of: rest, refused: split > 0 ? 0 : refused, checkpoint: checkpoint)
            }
            if !records.isEmpty { deliveries.kept(`import`.id) }
            return tally
        } catch {
            deliveries.release(statements, of: `import`.id)
            throw error
        }
    }

    private func write(
        _ records: ArraySlice<FingerprintRecord>, of import: FingerprintImport, refused: Int,
        checkpoint: (key: String, value: String)?
    ) async throws(BankError) -> ImportTally {
        guard !records.isEmpty || checkpoint != nil else { return ImportTally() }
        let ledger =
            records.isEmpty
            ? []
            : [LedgerEntry.imported(records, refused: refused, of: `import`, digest: sha256(Self.canonical(records)), at: now())]
        return try await write {
            try await store.write(Array(records), of: `import`, checkpoint: checkpoint, ledger: ledger)
        }
    }

    /// Takes up a delivery that this process does not know (another one began it), and sees whether somebody has decided on it.
    private func resume(_ import: FingerprintImport) async throws(BankError) {
        if deliveries[`import`.id] == nil {
            let source = try await source(`import`.source)
            let all = try await attempt { try await store.imports(in: Set(FingerprintImport.State.allCases), limit: .max) }
            let kept = all.first { $0.id == `import`.id }
            var limit = try await limit(for: source, by: `import`.by)
            // What it brought before is in its source's day already, or uses up what one person may bring.
            if case .bulk = limit.cause { limit.records = max(0, limit.records - (kept?.count ?? 0)) }
            deliveries.begin(kept ?? `import`, limit: limit, expected: nil, isKept: kept != nil)
        }
        guard let delivery = deliveries[`import`.id], delivery.isKept, delivery.current.state != .applied else { return }
        let waiting = try await attempt { try await store.imports(in: [.waiting], limit: .max) }
        guard !waiting.contains(where: { $0.id == delivery.current.id }) else { return }
        let resolved = try await attempt { try await store.imports(in: [.applied, .refused], limit: .max) }
        switch resolved.first(where: { $0.id == delivery.current.id })?.state {
        case .applied: deliveries.approved(`import`.id)
        case .refused: deliveries.refused(`import`.id)
        case .waiting, nil: break
        }
    }

    /// What the ledger's digest is over: a line a record, in order.
    static func canonical(_ records: ArraySlice<FingerprintRecord>) -> [UInt8] {
        Array(
            records.map { record in
                [
                    record.isWithdrawn ? "withdrawn" : record.trust.rawValue, record.kind.rawValue, record.value,
                    record.reference,
                ].joined(separator: "\t") + "\n"
            }.joined().utf8)
    }
}

extension [FingerprintRecord] {
    /// The place behind the first `count` records that are no withdrawals.
    fileprivate func place(behind count: Int) -> Int {
        var left = count
        for (place, record) in enumerated() where !record.isWithdrawn {
            if left == 0 { return place }
            left -= 1
        }
        return self.count
    }
}
