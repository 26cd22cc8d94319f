// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals

@testable import Exchanges

/// Banks in memory that keep to the rules of the port: a part and its checkpoint are written together or not at all, and what a
/// source
/// says of a (bank, kind, value, reference) replaces what it said before.
actor MemoryDesk: BankDesk {
    struct Stated: Hashable {
        var key: Int64
        var record: FingerprintRecord
        var bank: String
        var source: String
        var isLive = true
    }

    private(set) var states: [String: String] = [:]
    private(set) var stated: [Stated] = []
    private(set) var begun: [FingerprintImport] = []
    private(set) var takes: [(count: Int, checkpoint: String?)] = []
    private var fingerprintKeys: [String: Int64] = [:]
    private var failures: [Int] = []
    /// Places in `stated`: of what counts, and of each fingerprint.
    private var liveIndex: [String: Int] = [:]
    private var byKey: [Int64: [Int]] = [:]
    private var allSources: [FingerprintSource] = []

    /// Fails the take with this number (1 is the next), before anything is written.
    func fail(take number: Int) { failures.append(takes.count + number) }
    func set(sources: [FingerprintSource]) { allSources = sources }
    func set(_ key: String, _ value: String) { states[key] = value }

    nonisolated var state: ExchangeState {
        ExchangeState(load: { await self.states[$0] }, save: { await self.set($0, $1) })
    }

    /// What counts now, as text that reads well: `kind value reference`.
    var live: [String] {
        stated.filter(\.isLive).map { "\($0.record.kind.rawValue) \($0.record.value) \($0.record.reference)" }.sorted()
    }

    var liveRecords: [FingerprintRecord] { stated.filter(\.isLive).map(\.record) }

    func begin(bank: String, source: String, by account: String, expected: Int?) throws(BankError) -> FingerprintImport {
        guard bank != "missing" else { throw .noSuchBank(bank) }
        let delivery = FingerprintImport(
            id: ImportID("import-\(begun.count)"), bank: bank, source: source, by: account, at: Date(timeIntervalSince1970: 0),
            state: .applied)
        begun.append(delivery)
        return delivery
    }

    func take(
        _ records: [FingerprintRecord], of delivery: FingerprintImport, strict: Bool, checkpoint: (key: String, value: String)?
    ) throws(BankError) -> ImportTally {
        takes.append((records.count, checkpoint?.value))
        if failures.contains(takes.count) { throw .unavailable("the disk is full") }
        guard records.count <= 5_000 else { throw .invalid("more than 5,000 records") }
        var tally = ImportTally()
        for record in records { add(record, delivery, &tally) }
        if let checkpoint { states[checkpoint.key] = checkpoint.value }
        return tally
    }

    private func add(_ record: FingerprintRecord, _ delivery: FingerprintImport, _ tally: inout ImportTally) {
        var record = record
        record.value = record.value.lowercased()
        let word = "\(delivery.bank) \(delivery.source) \(record.kind.rawValue) \(record.value) \(record.reference)"
        let old = liveIndex[word]
        if record.isWithdrawn {
            guard let old else { return }
            stated[old].isLive = false
            liveIndex[word] = nil
            tally.withdrawn += 1
        } else if let old {
            let isSame = stated[old].record.tags == record.tags && stated[old].record.trust == record.trust
            stated[old].record = record
            if isSame { tally.unchanged += 1 } else { tally.changed += 1 }
        } else {
            let name = "\(delivery.bank) \(record.kind.rawValue) \(record.value)"
            let key = fingerprintKeys[name] ?? Int64(fingerprintKeys.count + 1)
            fingerprintKeys[name] = key
            liveIndex[word] = stated.count
            byKey[key, default: []].append(stated.count)
            stated.append(Stated(key: key, record: record, bank: delivery.bank, source: delivery.source))
            tally.added += 1
        }
    }

    func fingerprints(bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int) -> [Fingerprint] {
        let groups = Dictionary(grouping: stated.filter { bank == nil || $0.bank == bank }, by: \.key)
        return groups.keys.filter { $0 > key }.sorted().prefix(limit).compactMap { key in
            guard let first = groups[key]?.first else { return nil }
            let isLive = groups[key]?.contains { $0.isLive } ?? false
            return Fingerprint(
                key: key, bank: first.bank, kind: first.record.kind, value: first.record.value,
                trust: isLive ? first.record.trust : .retired, source: first.source, addedAt: Date(timeIntervalSince1970: 0),
                quality: first.record.quality)
        }
    }

    func provenance(of key: Int64) -> [Provenance] {
        (byKey[key] ?? []).map { stated[$0] }.map {
            Provenance(
                source: $0.source, reference: $0.record.reference, trust: $0.record.trust, tags: $0.record.tags, importID: "i",
                addedAt: Date(timeIntervalSince1970: 0), addedBy: "", endedAt: $0.isLive ? nil : Date(timeIntervalSince1970: 1))
        }
    }

    func changes(after revision: Int64, limit: Int) -> [(revision: Int64, fingerprint: Fingerprint)] { [] }
    func sources() -> [FingerprintSource] { allSources }
    func banks() -> [Bank] { [] }
    func create(_ bank: Bank, by account: String) {}
    func change(_ bank: Bank, by account: String) {}
    func delete(_ bank: String, by account: String) {}
    func put(_ source: FingerprintSource, by account: String) {}
    func approve(_ id: ImportID, by account: String) throws(BankError) -> FingerprintImport { throw .noSuchImport(id) }
    func refuse(_ id: ImportID, by account: String, reason: String) throws(BankError) -> FingerprintImport {
        throw .noSuchImport(id)
    }
    func imports(in states: Set<FingerprintImport.State>, limit: Int) -> [FingerprintImport] { begun }
    func retire(_ key: Int64, by account: String, reason: String) {}
    func fingerprint(_ key: Int64) -> Fingerprint? { nil }
    func counts() -> [BankCount] { [] }
    func statistics() -> [SourceStatistics] { [] }
    func lookUp(_ kind: Fingerprint.Kind, _ value: String, banks: [String]?, radius: Int?, quality: Int?) -> [BankMatch] { [] }
}
