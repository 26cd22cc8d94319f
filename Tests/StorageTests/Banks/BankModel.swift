// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals

/// What a bank store has to do, written down a second time in the plainest way: every word on every hash in one list.
struct BankModel {
    struct Word {
        var source: String
        var reference: String
        var trust: Trust
        var tags: [String]
        var radius: Int?
        var quality: Int?
        var expiresAt: Date?
        var importID: ImportID
        var endedBecause: String?
    }

    struct Entry {
        var print: Fingerprint
        var words: [Word] = []
        var changed = false
    }

    var sources: [String: FingerprintSource] = [:]
    var imports: [ImportID: FingerprintImport] = [:]
    /// By key - 1.
    var entries: [Entry] = []

    // MARK: - Doing

    mutating func put(_ source: FingerprintSource) {
        sources[source.name] = source
        settle()
    }

    mutating func write(_ records: [FingerprintRecord], of delivery: FingerprintImport) -> ImportTally {
        var mine = imports[delivery.id] ?? delivery
        mine.count += records.count
        let turns = delivery.state == .waiting && mine.state == .applied && mine.resolvedBy == nil
        if turns {
            mine.state = .waiting
            mine.reason = delivery.reason
        }
        imports[delivery.id] = mine
        if turns { turnToWaiting(mine) }
        var tally = ImportTally()
        let kept = records.enumerated().filter { place, record in
            !records[(place + 1)...].contains {
                $0.kind == record.kind && $0.value == record.value && $0.reference == record.reference
            }
        }.map(\.element)
        var fates: [String: Set<String>] = [:]
        for record in kept { say(record, mine, &fates["\(record.kind):\(record.value)", default: []]) }
        for fate in fates.values {
            if fate.contains("added") {
                tally.added += 1
            } else if fate.contains("withdrawn") {
                tally.withdrawn += 1
            } else if fate.contains("changed") {
                tally.changed += 1
            } else {
                tally.unchanged += 1
            }
        }
        settle()
        return tally
    }

    private mutating func say(_ record: FingerprintRecord, _ mine: FingerprintImport, _ fate: inout Set<String>) {
        let known = entries.firstIndex {
            $0.print.bank == mine.bank && $0.print.kind == record.kind && $0.print.value == record.value
        }
        if record.isWithdrawn {
            guard let known else { return }
            for index in entries[known].words.indices where isOpen(entries[known].words[index], mine, record) {
                entries[known].words[index].endedBecause = "withdrawn by its source"
                fate.insert("withdrawn")
            }
            return
        }
        let word = Word(
            source: mine.source, reference: record.reference, trust: record.trust, tags: record.tags, radius: record.radius,
            quality: record.quality, expiresAt: record.expiresAt, importID: mine.id)
        guard let known else {
            let print = Fingerprint(
                key: Int64(entries.count + 1), bank: mine.bank, kind: record.kind, value: record.value, trust: .retired,
                source: mine.source, addedAt: mine.at)
            entries.append(Entry(print: print, words: [word], changed: true))
            fate.insert("added")
            return
        }
        let open = entries[known].words.indices.filter { isOpen(entries[known].words[$0], mine, record) }
        let same = open.first { index in
            let old = entries[known].words[index]
            let counts = imports[old.importID]?.state == .applied
            return saysTheSame(old, word) && (counts || mine.state == .waiting && old.importID == mine.id)
        }
        for index in open where index != same {
            let counts = imports[entries[known].words[index].importID]?.state == .applied
            if mine.state == .waiting && counts { continue }
            entries[known].words[index].endedBecause = "its source says something else"
            fate.insert("changed")
        }
        if same == nil {
            entries[known].words.append(word)
            fate.insert("changed")
        }
    }

    private func isOpen(_ word: Word, _ mine: FingerprintImport, _ record: FingerprintRecord) -> Bool {
        word.endedBecause == nil && word.source == mine.source && word.reference == record.reference
    }

    private func saysTheSame(_ one: Word, _ other: Word) -> Bool {
        one.trust == other.trust && one.tags == other.tags && one.radius == other.radius && one.quality == other.quality
            && one.expiresAt == other.expiresAt
    }

    /// What it brought before waits too, but for words that a later waiting import has replaced.
    private mutating func turnToWaiting(_ mine: FingerprintImport) {
        for entry in entries.indices {
            for index in entries[entry].words.indices {
                let word = entries[entry].words[index]
                guard word.importID == mine.id, word.endedBecause == nil else { continue }
                let isReplaced = entries[entry].words.contains {
                    $0.importID != mine.id && $0.endedBecause == nil && $0.source == word.source
                        && $0.reference == word.reference && imports[$0.importID]?.state == .waiting
                }
                if isReplaced { entries[entry].words[index].endedBecause = "its source says something else" }
            }
        }
        settle()
    }

    mutating func resolve(_ id: ImportID, as state: FingerprintImport.State, by account: String) -> Bool {
        guard imports[id]?.state == .waiting else { return false }
        for entry in entries.indices {
            for index in entries[entry].words.indices {
                let word = entries[entry].words[index]
                guard word.importID == id, word.endedBecause == nil else { continue }
                if state == .refused {
                    entries[entry].words[index].endedBecause = "import refused: no"
                    continue
                }
                for other in entries[entry].words.indices where other != index {
                    let old = entries[entry].words[other]
                    if old.endedBecause == nil, old.source == word.source, old.reference == word.reference {
                        entries[entry].words[other].endedBecause = "its source says something else"
                    }
                }
            }
        }
        imports[id]?.state = state
        imports[id]?.resolvedBy = account
        imports[id]?.reason = "no"
        settle()
        return true
    }

    mutating func endAll(because reason: String, where condition: (Fingerprint) -> Bool) {
        for entry in entries.indices where condition(entries[entry].print) {
            for index in entries[entry].words.indices where entries[entry].words[index].endedBecause == nil {
                entries[entry].words[index].endedBecause = reason
            }
        }
        settle()
    }

    // MARK: - The rule

    private func worth(_ word: Word) -> Int {
        guard word.endedBecause == nil, imports[word.importID]?.state == .applied, let source = sources[word.source],
            source.state != .stopped
        else { return 0 }
        if word.trust == .benign { return 4 }
        let scale: [Trust] = [.retired, .claimed, .probation, .verified]
        let says = scale.firstIndex(of: word.trust) ?? 0
        let may = scale.firstIndex(of: source.ceiling) ?? 0
        return min(says, may, source.state == .demoted ? 2 : 3)
    }

    private mutating func settle() {
        for index in entries.indices {
            var print = entries[index].print
            // Of several that are worth most, `max` takes the first: the earliest.
            let best = entries[index].words.max { worth($0) < worth($1) }
            if let best, worth(best) > 0 {
                print.trust = [.retired, .claimed, .probation, .verified, .benign][worth(best)]
                print.source = best.source
                (print.radius, print.quality, print.expiresAt) = (best.radius, best.quality, best.expiresAt)
            } else {
                print.trust = .retired
            }
            if print != entries[index].print {
                entries[index].print = print
                entries[index].changed = true
            }
        }
    }
}
