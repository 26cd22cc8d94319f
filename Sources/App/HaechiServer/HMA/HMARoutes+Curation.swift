// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Hummingbird
import Moderation
import Signals

/// `/c`: banks and what is in them.
extension HMARoutes {
    func addCuration(to group: RouterGroup<ServerContext>) {
        group.get("/banks") { _, _ in
            let banks = try await ports.banks.banks().sorted { $0.name < $1.name }
            var writer = JSONWriter()
            writer.array { writer in
                for bank in banks { Self.write(bank, key: nil, to: &writer) }
            }
            return Response.json(writer)
        }
        group.post("/banks", use: createBank)
        group.get("/bank/:bank") { _, context in Self.json(try await bank(of: context)) }
        group.put("/bank/:bank", use: changeBank)
        group.delete("/bank/:bank", use: deleteBank)
        group.post("/bank/:bank/content", use: addContent)
        group.post("/bank/:bank/signal", use: addSignal)
        group.get("/bank/:bank/content/:content", use: showContent)
        group.put("/bank/:bank/content/:content", use: changeContent)
        group.delete("/bank/:bank/content/:content", use: deleteContent)
        group.get("/signal_type") { _, _ in
            var writer = JSONWriter()
            writer.array { writer in
                for type in HMASignalType.allCases {
                    writer.object { writer in
                        writer.string("name", type.rawValue)
                        writer.number("enabled_ratio", 1)
                    }
                }
            }
            return Response.json(writer)
        }
    }

    @Sendable func createBank(_ request: Request, context: ServerContext) async throws -> Response {
        let changes = try await bankChanges(request)
        guard let name = changes.name else { throw APIError.hma(.badRequest, "name is required") }
        // HMA's own rule; Haechi's other surfaces allow more.
        guard Bank.isName(name), name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || !Self.isLowercaseOrDash($0) }),
            !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(name.utf8.first ?? 0)
        else { throw APIError.hma(.badRequest, "Bank names must be UPPER_WITH_UNDERSCORE and not begin with a digit") }
        if try await ports.banks.banks().contains(where: { $0.name == name }) {
            throw APIError.hma(.forbidden, "Bank already exists")
        }
        let bank = Bank(name: name, share: changes.share ?? 1, addedAt: ports.now())
        try await ports.banks.create(bank, by: context.accountName)
        return Self.json(bank, status: .created)
    }

    @Sendable func changeBank(_ request: Request, context: ServerContext) async throws -> Response {
        var bank = try await bank(of: context)
        let changes = try await bankChanges(request)
        if let name = changes.name, name != bank.name {
            throw APIError.hma(.badRequest, "A bank keeps its name here: policies and the record speak of it")
        }
        bank.share = changes.share ?? bank.share
        try await ports.banks.change(bank, by: context.accountName)
        return Self.json(bank)
    }

    @Sendable func deleteBank(_ request: Request, context: ServerContext) async throws -> Response {
        let name = try context.parameters.require("bank")
        // Gone is gone, as in HMA.
        if try await ports.banks.banks().contains(where: { $0.name == name }) {
            try await ports.banks.delete(name, by: context.accountName)
        }
        return Self.json(message: "Done")
    }

    @Sendable func addContent(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try await bank(of: context)
        let hashes = request.uri.queryParameters["url"] != nil ? try await hashesOfURL(request) : try await hashesOfForm(request)
        return try await add(hashes, to: bank, by: context)
    }

    @Sendable func addSignal(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try await bank(of: context)
        let signals = try await request.document(atMost: 64 << 10) {
            (document) throws(JSONSyntaxError) -> [(name: String, value: String)]? in
            var read: [(name: String, value: String)] = []
            _ = try document.object { (document, key) throws(JSONSyntaxError) in
                if let value = try document.string(bytes: 1...200) { read.append((key, value)) }
            }
            return read
        }
        var hashes: [HMASignalType: String] = [:]
        for (name, value) in signals { hashes[try HMASignalType(named: name)] = value }
        return try await add(hashes, to: bank, by: context)
    }

    @Sendable func showContent(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try await bank(of: context)
        let content = try await content(of: context, in: bank)
        let provenance = try await ports.banks.provenance(of: content.key).filter { $0.endedAt == nil }
        let withSignals = request.uri.queryParameters["include_signals"]?.lowercased() == "true"
        var writer = JSONWriter()
        writer.object { writer in
            Self.write(content, in: bank, provenance, to: &writer)
            if withSignals, let type = HMASignalType.allCases.first(where: { $0.kind == content.kind }) {
                writer.object("signals") { $0.string(type.rawValue, content.value) }
            }
        }
        return .json(writer)
    }

    /// `disable_until_ts`: 0 takes the content out of matching; 1, which is what it has, changes nothing.
    @Sendable func changeContent(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try await bank(of: context)
        var content = try await content(of: context, in: bank)
        let until = try await request.document(atMost: 4 << 10) { (document) throws(JSONSyntaxError) -> Int? in
            var until: Int? = 1
            _ = try document.object { (document, key) throws(JSONSyntaxError) in
                switch key {
                case "disable_until_ts": until = try document.integer(in: 0...Int(Int32.max))
                default: try document.unknown(of: "disable_until_ts")
                }
            }
            return until
        }
        switch until {
        case 0:
            try await ports.banks.retire(content.key, by: context.accountName, reason: "disabled by \(context.accountName)")
            content.trust = .retired
        case 1: break
        default: throw APIError.hma(.badRequest, "disable_until_ts: expected 0 (off) or 1 (on); a time is not supported here")
        }
        var writer = JSONWriter()
        let provenance = try await ports.banks.provenance(of: content.key).filter { $0.endedAt == nil }
        writer.object { Self.write(content, in: bank, provenance, to: &$0) }
        return .json(writer)
    }

    @Sendable func deleteContent(_ request: Request, context: ServerContext) async throws -> Response {
        let bank = try await bank(of: context)
        var deleted = 0
        if let key = context.parameters.get("content", as: Int64.self), let content = try await ports.banks.fingerprint(key),
            content.bank == bank.name, content.trust != .retired
        {
            try await ports.banks.retire(key, by: context.accountName, reason: "deleted by \(context.accountName)")
            deleted = 1
        }
        var writer = JSONWriter()
        writer.object { $0.integer("deleted", deleted) }
        return .json(writer)
    }

    // MARK: - Parts

    private func bank(of context: ServerContext) async throws -> Bank {
        let name = try context.parameters.require("bank")
        guard let bank = try await ports.banks.banks().first(where: { $0.name == name }) else {
            throw APIError.hma(.notFound, "bank '\(name)' not found")
        }
        return bank
    }

    private func content(of context: ServerContext, in bank: Bank) async throws -> Fingerprint {
        let text = try context.parameters.require("content")
        guard let key = Int64(text), let found = try await ports.banks.fingerprint(key), found.bank == bank.name else {
            throw APIError.hma(.notFound, "content '\(text)' not found")
        }
        return found
    }

    /// One fingerprint is one content here, so that taking it out takes all of it out.
    private func add(_ hashes: [HMASignalType: String], to bank: Bank, by context: ServerContext) async throws -> Response {
        guard let (type, value) = hashes.first else { throw APIError.hma(.badRequest, "No signals given") }
        guard hashes.count == 1 else {
            throw APIError.hma(.badRequest, "One signal a content: send \(hashes.keys.map(\.rawValue).sorted()) one by one")
        }
        guard !value.isEmpty else { throw APIError.hma(.badRequest, "The picture shows too little for a usable PDQ hash") }
        if try await !ports.banks.sources().contains(where: { $0.name == Self.source }) {
            // Nobody has confirmed what a program sends: it is found, but removes nothing alone until a person raises the ceiling.
            try await ports.banks.put(
                FingerprintSource(name: Self.source, ceiling: .probation, addedAt: ports.now()), by: context.accountName)
        }
        let delivery = try await ports.banks.begin(bank: bank.name, source: Self.source, by: context.accountName, expected: 1)
        let record = FingerprintRecord(kind: type.kind, value: value, trust: .verified, reference: "")
        _ = try await ports.banks.take([record], of: delivery, strict: true, checkpoint: nil)
        let found = try await ports.banks.lookUp(type.kind, value, banks: [bank.name], radius: 0, quality: nil)
        guard let key = found.first?.key else {
            let waits = try await ports.banks.imports(in: [.waiting], limit: 200).contains {
                $0.id.rawValue.hasPrefix(delivery.id.rawValue)
            }
            guard waits else {
                throw APIError.hma(.conflict, "Written, but it does not count: it is benign, or its source is stopped")
            }
            throw APIError.hma(.accepted, "Waits for a second person: import \(delivery.id)")
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.integer("id", Int(key))
            writer.object("signals") { $0.string(type.rawValue, value.lowercased()) }
        }
        return .json(writer)
    }

    private func bankChanges(_ request: Request) async throws -> (name: String?, share: Double?) {
        try await request.document(atMost: 64 << 10) { (document) throws(JSONSyntaxError) -> (name: String?, share: Double?)? in
            var (name, share): (String?, Double?)
            _ = try document.object { (document, key) throws(JSONSyntaxError) in
                switch key {
                case "name": name = try document.string(bytes: 1...Bank.longestName)
                case "enabled": share = try document.flag().map { $0 ? 1 : 0 }
                case "enabled_ratio": share = try document.number(in: 0...1)
                default: try document.unknown(of: "name, enabled, enabled_ratio")
                }
            }
            return (name, share)
        }
    }

    private static func isLowercaseOrDash(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
    }

    private static func json(_ bank: Bank, status: HTTPResponse.Status = .ok) -> Response {
        var writer = JSONWriter()
        write(bank, key: nil, to: &writer)
        return .json(writer, status: status)
    }

    private static func json(message: String) -> Response {
        var writer = JSONWriter()
        writer.object { $0.string("message", message) }
        return .json(writer)
    }

    private static func write(_ bank: Bank, key: String?, to writer: inout JSONWriter) {
        writer.object(key) { writer in
            writer.number("matching_enabled_ratio", bank.share)
            writer.string("name", bank.name)
        }
    }

    private static func write(
        _ content: Fingerprint, in bank: Bank, _ provenance: [Provenance], to writer: inout JSONWriter
    ) {
        writer.integer("id", Int(content.key))
        writer.integer("disable_until_ts", content.trust == .retired ? 0 : 1)
        writer.object("collab_metadata") { writer in
            for (source, words) in Dictionary(grouping: provenance, by: \.source).sorted(by: { $0.key < $1.key }) {
                writer.array(source) { writer in
                    for tag in words.flatMap(\.tags) { writer.string(nil, tag) }
                }
            }
        }
        writer.null("original_media_uri")
        write(bank, key: "bank", to: &writer)
    }
}

extension ServerContext {
    /// Who calls, for the record.
    var accountName: String { caller.map { "api:\($0)" } ?? "api" }
}
