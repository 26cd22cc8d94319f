// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// The words in which banks write the ledger: names, numbers and digests, never a hash.
extension LedgerEntry {
    static func bank(_ kind: String, _ bank: String, facts: [String: String] = [:], by account: String, at: Date) -> LedgerEntry {
        LedgerEntry(kind: "bank.\(kind)", at: at, actor: account, subject: "bank:\(bank)", facts: facts)
    }

    static func source(_ source: FingerprintSource, before: FingerprintSource?, by account: String, at: Date) -> LedgerEntry {
        var facts = source.facts
        if let before {
            facts = facts.filter { before.facts[$0.key] != $0.value }
            for (name, old) in before.facts where facts[name] != nil { facts["\(name).before"] = old }
        }
        return LedgerEntry(
            kind: "source.changed", at: at, actor: account, subject: "source:\(source.name)", facts: facts)
    }

    static func demoted(_ source: FingerprintSource, precision: Precision, at: Date) -> LedgerEntry {
        LedgerEntry(
            kind: "source.demoted", at: at, actor: "system", subject: "source:\(source.name)",
            facts: [
                "confirmed": String(precision.confirmations), "overturned": String(precision.overturns),
                "upper": precision.upper.percent, "floor": (source.precisionFloor ?? 0).percent,
            ])
    }

    /// One part of an import.
    static func imported(
        _ records: ArraySlice<FingerprintRecord>, refused: Int, of import: FingerprintImport, digest: String, at: Date
    ) -> LedgerEntry {
        let withdrawn = records.count { $0.isWithdrawn }
        var facts = [
            "bank": `import`.bank, "source": `import`.source, "records": String(records.count - withdrawn),
            "withdrawn": String(withdrawn), "refused": String(refused), "sha256": digest,
        ]
        if `import`.state == .waiting { facts["reason"] = `import`.reason }
        return LedgerEntry(
            kind: `import`.state == .waiting ? "import.waiting" : "import.applied", at: at, actor: `import`.by,
            subject: "import:\(`import`.id)", facts: facts)
    }

    static func resolved(
        _ import: FingerprintImport, as word: String, reason: String, by account: String, at: Date
    ) -> LedgerEntry {
        var facts = [
            "bank": `import`.bank, "source": `import`.source, "records": String(`import`.count), "broughtBy": `import`.by,
        ]
        if !reason.isEmpty { facts["reason"] = reason }
        return LedgerEntry(
            kind: "import.\(word)", at: at, actor: account, subject: "import:\(`import`.id)", facts: facts)
    }

    static func retired(_ fingerprint: Fingerprint, reason: String, by account: String, at: Date) -> LedgerEntry {
        LedgerEntry(
            kind: "fingerprint.retired", at: at, actor: account, subject: fingerprint.id.rawValue,
            facts: [
                "bank": fingerprint.bank, "kind": fingerprint.kind.rawValue, "was": fingerprint.trust.rawValue, "reason": reason,
            ])
    }
}

extension Bank {
    /// What the ledger says of it.
    var facts: [String: String] {
        [
            "note": note, "radius": String(radius), "qualityGate": String(qualityGate), "share": String(share),
        ]
    }
}

extension FingerprintSource {
    fileprivate var facts: [String: String] {
        [
            "ceiling": ceiling.rawValue, "precisionFloor": precisionFloor.map { String($0) } ?? "none",
            "mayShare": String(mayShare), "state": state.rawValue, "stateReason": stateReason,
        ]
    }
}

extension Double {
    /// A share as people read it: `83.1 %`.
    var percent: String {
        let tenths = Int((self * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
