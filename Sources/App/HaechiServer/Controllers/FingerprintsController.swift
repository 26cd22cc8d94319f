// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Foundation
import Hummingbird
import Moderation
import Signals

/// Takes known hashes into banks.
struct FingerprintsController {
    static let most = 1_000

    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/fingerprints", use: add)
        api.get("/fingerprints/stats", use: stats)
    }

    @Sendable func add(_ request: Request, context: ServerContext) async throws -> Response {
        let now = ports.now()
        let fingerprints = try await request.document(atMost: options.bodyLimit) {
            (document) throws(JSONSyntaxError) -> [Fingerprint]? in
            var read: [Fingerprint] = []
            try document.array(atMost: Self.most) { (document) throws(JSONSyntaxError) in
                if let one = try Self.read(&document, now: now) { read.append(one) }
            }
            return read
        }
        let caller = context.caller.map { "api:\($0)" } ?? "api"
        let entries = Set(fingerprints.map(\.bank)).sorted().map { bank in
            let count = fingerprints.count { $0.bank == bank }
            return LedgerEntry(
                kind: "fingerprints.added", at: now, actor: caller, subject: "bank:\(bank)", facts: ["count": String(count)])
        }
        let added = fingerprints.isEmpty ? 0 : try await ports.fingerprints.put(fingerprints, ledger: entries)
        var writer = JSONWriter()
        writer.object { writer in writer.integer("added", added) }
        return .json(writer)
    }

    /// How many fingerprints each bank has.
    @Sendable func stats(_ request: Request, context: ServerContext) async throws -> Response {
        let banks = Dictionary(grouping: try await ports.fingerprints.fingerprints(), by: \.bank)
        let version = try await ports.fingerprints.fingerprintVersion()
        var writer = JSONWriter()
        writer.object { writer in
            writer.integer("version", Int(version))
            writer.array("banks") { writer in
                for (bank, fingerprints) in banks.sorted(by: { $0.key < $1.key }) {
                    writer.object { writer in
                        writer.string("bank", bank)
                        writer.integer("fingerprints", fingerprints.count)
                    }
                }
            }
        }
        return .json(writer)
    }

    private static func read(_ document: inout DocumentReader, now: Date) throws(JSONSyntaxError) -> Fingerprint? {
        let before = document.problems.count
        var (bank, kind, value): (String?, Fingerprint.Kind?, String?)
        var (trust, source): (Trust?, String?)
        var seen: Set<String> = []
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            seen.insert(key)
            switch key {
            case "bank": bank = try document.string(bytes: 1...100)
            case "kind": kind = try document.word(Fingerprint.Kind.self)
            case "value": value = try document.string(Hexadecimal.expected, Hexadecimal.digest)
            case "trust": trust = try document.word(Trust.self)
            case "source": source = try document.string(bytes: 1...200)
            default: try document.unknown(of: "bank, kind, value, trust, source")
            }
        }
        guard isObject else { return nil }
        for field in ["bank", "kind", "value", "trust", "source"] where !seen.contains(field) {
            document.refuse("this field, which is required", field: field)
        }
        guard document.problems.count == before, let bank, let kind, let value, let trust, let source else { return nil }
        let digest = SHA256.hash(data: Array("\(bank)\n\(kind.rawValue)\n\(value)".utf8))
        return Fingerprint(
            id: FingerprintID("fp-" + Hexadecimal.text(digest.prefix(16))), bank: bank, kind: kind, value: value, trust: trust,
            source: source, addedAt: now)
    }
}
