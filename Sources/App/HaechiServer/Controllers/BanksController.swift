// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTypes
import Hummingbird
import Moderation
import Signals

/// Banks, where their fingerprints come from, and deliveries that wait for a second person.
struct BanksController {
    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.get("/banks", use: banks)
        api.get("/banks/sources", use: sources)
        api.get("/banks/lookup", use: lookUp)
        api.get("/banks/feed/:bank", use: feed)
        api.get("/banks/imports", use: imports)
        api.post("/banks/imports/:import/approve", use: approve)
        api.post("/banks/imports/:import/refuse", use: refuse)
    }

    @Sendable func banks(_ request: Request, context: ServerContext) async throws -> Response {
        var writer = JSONWriter()
        let banks = try await ports.banks.banks().sorted { $0.name < $1.name }
        writer.array { writer in
            for bank in banks {
                writer.object { writer in
                    writer.string("name", bank.name)
                    writer.string("note", bank.note)
                    writer.integer("radius", bank.radius)
                    writer.integer("quality_gate", bank.qualityGate)
                    writer.number("share", bank.share)
                    writer.string("added_at", RFC3339.text(bank.addedAt))
                }
            }
        }
        return .json(writer)
    }

    /// Sources with how their matches turned out.
    @Sendable func sources(_ request: Request, context: ServerContext) async throws -> Response {
        let statistics = Dictionary(grouping: try await ports.banks.statistics(), by: \.source)
        let sources = try await ports.banks.sources().sorted { $0.name < $1.name }
        var writer = JSONWriter()
        writer.array { writer in
            for source in sources {
                let rows = statistics[source.name] ?? []
                writer.object { writer in
                    writer.string("name", source.name)
                    writer.string("ceiling", source.ceiling.rawValue)
                    writer.string("state", source.state.rawValue)
                    writer.string("state_reason", source.stateReason)
                    writer.boolean("may_share", source.mayShare)
                    if let floor = source.precisionFloor { writer.number("precision_floor", floor) }
                    writer.integer("fingerprints", rows.reduce(0) { $0 + $1.fingerprints })
                    writer.integer("matches", rows.reduce(0) { $0 + $1.matches })
                    writer.integer("confirmations", rows.reduce(0) { $0 + $1.confirmations })
                    writer.integer("overturns", rows.reduce(0) { $0 + $1.overturns })
                }
            }
        }
        return .json(writer)
    }

    /// What the banks know of a hash: everything about each match in one answer.
    @Sendable func lookUp(_ request: Request, context: ServerContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let kind = query["kind"].flatMap({ Fingerprint.Kind(rawValue: String($0)) }) else {
            throw APIError.invalid("kind", "one of " + Fingerprint.Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let value = query["value"].map(String.init) else { throw APIError.invalid("value", "hexadecimal digits") }
        var radius: Int?
        if let text = query["radius"] {
            guard let number = Int(text), (0...63).contains(number) else { throw APIError.invalid("radius", "0 to 63") }
            radius = number
        }
        let names = query["banks"].map { $0.split(separator: ",").map(String.init) }
        let matches: [BankMatch]
        do throws(BankError) {
            matches = try await ports.banks.lookUp(kind, value, banks: names, radius: radius, quality: nil)
        } catch {
            throw APIError(error)
        }
        var described: [(BankMatch, [Provenance])] = []
        for match in matches.prefix(100) { described.append((match, try await ports.banks.provenance(of: match.key))) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.integer("total", matches.count)
            writer.array("matches") { writer in
                for (match, provenance) in described { Self.write(match, provenance, to: &writer) }
            }
        }
        return .json(writer)
    }

    /// What changed in a bank, page by page, for another Haechi: only what its sources allow to be passed on.
    @Sendable func feed(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try context.parameters.require("bank")
        guard try await ports.banks.banks().contains(where: { $0.name == bank }) else {
            throw APIError.notFound("bank '\(bank)' not found")
        }
        let after = request.uri.queryParameters["after"].map(String.init) ?? "0"
        guard let revision = Int64(after), revision >= 0 else { throw APIError.invalid("after", "a cursor given by this feed") }
        let limit = request.uri.queryParameters["limit"].map { Int($0) ?? 0 } ?? Self.feedPage
        guard (1...Self.feedPage).contains(limit) else { throw APIError.invalid("limit", "1 to \(Self.feedPage)") }
        let shared = Set(try await ports.banks.sources().filter(\.mayShare).map(\.name))
        let changes = try await ports.banks.changes(after: revision, limit: limit)
        // What waits for a person, or was refused, has never counted and is not spoken of.
        let uncounted = Set(try await ports.banks.imports(in: [.waiting, .refused], limit: .max).map(\.id))
        var lines: [UInt8] = []
        for change in changes where change.fingerprint.bank == bank {
            var one = change.fingerprint
            if one.trust != .verified || !shared.contains(one.source) {
                // Whoever was told of it before is told that nobody who may be passed on stands by it any more.
                let words = try await ports.banks.provenance(of: one.key)
                guard words.contains(where: { shared.contains($0.source) && !uncounted.contains($0.importID) }) else { continue }
                one.trust = .retired
            }
            lines += Self.line(one)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-ndjson", .haechiCursor: String(changes.last?.revision ?? revision),
                .haechiMore: changes.count == limit ? "true" : "false",
            ], body: .init(byteBuffer: .init(bytes: lines)))
    }

    private static let feedPage = 5_000

    private static func line(_ one: Fingerprint) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("kind", one.kind.rawValue)
            writer.string("value", one.value)
            // Who withdraws says nothing else.
            writer.string("trust", (one.trust == .retired ? Trust.claimed : one.trust).rawValue)
            writer.string("reference", one.id.rawValue)
            if let quality = one.quality { writer.integer("quality", quality) }
            if let radius = one.radius { writer.integer("radius", radius) }
            if let expiresAt = one.expiresAt { writer.string("expires", RFC3339.text(expiresAt)) }
            if one.trust == .retired { writer.boolean("withdrawn", true) }
        }
        return writer.bytes + [0x0A]
    }

    @Sendable func imports(_ request: Request, context: ServerContext) async throws -> Response {
        var states = Set(FingerprintImport.State.allCases)
        if let text = request.uri.queryParameters["state"] {
            guard let state = FingerprintImport.State(rawValue: String(text)) else {
                throw APIError.invalid(
                    "state", "one of " + FingerprintImport.State.allCases.map(\.rawValue).joined(separator: ", "))
            }
            states = [state]
        }
        let imports = try await ports.banks.imports(in: states, limit: 200)
        var writer = JSONWriter()
        writer.array { writer in
            for one in imports { Self.write(one, to: &writer) }
        }
        return .json(writer)
    }

    @Sendable func approve(_ request: Request, context: ServerContext) async throws -> Response {
        let id = ImportID(try context.parameters.require("import"))
        do throws(BankError) {
            return Self.json(try await ports.banks.approve(id, by: context.accountName))
        } catch {
            throw APIError(error)
        }
    }

    @Sendable func refuse(_ request: Request, context: ServerContext) async throws -> Response {
        let id = ImportID(try context.parameters.require("import"))
        let reason = try await request.document(atMost: 4 << 10) { (document) throws(JSONSyntaxError) -> String? in
            var reason: String?
            _ = try document.object { (document, key) throws(JSONSyntaxError) in
                switch key {
                case "reason": reason = try document.string(bytes: 1...500)
                default: try document.unknown(of: "reason")
                }
            }
            if reason == nil { document.refuse("this field, which is required", field: "reason") }
            return reason
        }
        do throws(BankError) {
            return Self.json(try await ports.banks.refuse(id, by: context.accountName, reason: reason))
        } catch {
            throw APIError(error)
        }
    }

    private static func json(_ one: FingerprintImport) -> Response {
        var writer = JSONWriter()
        write(one, to: &writer)
        return .json(writer)
    }

    private static func write(_ match: BankMatch, _ provenance: [Provenance], to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", "fp-\(match.key)")
            writer.string("bank", match.bank)
            writer.string("trust", match.trust.rawValue)
            writer.string("source", match.source)
            writer.integer("distance", match.distance)
            writer.string("variant", match.variant)
            writer.array("provenance") { writer in
                for one in provenance where one.endedAt == nil {
                    writer.object { writer in
                        writer.string("source", one.source)
                        writer.string("reference", one.reference)
                        writer.string("trust", one.trust.rawValue)
                        writer.array("tags") { writer in
                            for tag in one.tags { writer.string(nil, tag) }
                        }
                        writer.string("added_at", RFC3339.text(one.addedAt))
                    }
                }
            }
        }
    }

    static func write(_ one: FingerprintImport, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", one.id.rawValue)
            writer.string("bank", one.bank)
            writer.string("source", one.source)
            writer.string("by", one.by)
            writer.string("at", RFC3339.text(one.at))
            writer.string("state", one.state.rawValue)
            writer.string("reason", one.reason)
            writer.integer("count", one.count)
            writer.string("resolved_by", ifPresent: one.resolvedBy)
        }
    }
}

extension HTTPField.Name {
    // Each is a valid field name, so making it cannot fail.
    fileprivate static let haechiCursor = HTTPField.Name("Haechi-Cursor")!
    fileprivate static let haechiMore = HTTPField.Name("Haechi-More")!
}
