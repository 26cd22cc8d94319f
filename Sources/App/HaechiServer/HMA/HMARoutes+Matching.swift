// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Hummingbird
import Moderation
import PerceptualHashing
import Signals

/// `/m`: from fingerprints to what the banks know.
extension HMARoutes {
    func addMatching(to group: RouterGroup<ServerContext>) {
        group.get("/raw_lookup", use: rawLookUp)
        group.get("/lookup", use: lookUp)
        group.post("/lookup", use: lookUpFile)
        group.post("/compare", use: compare)
        group.get("/index/status", use: indexStatus)
    }

    /// Every match, whatever share of look-ups its bank answers.
    @Sendable func rawLookUp(_ request: Request, context: ServerContext) async throws -> Response {
        let matches = try await matches(of: try signal(in: request), for: request)
        let withDistance = ["true", "1"].contains(request.uri.queryParameters["include_distance"]?.lowercased())
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("matches") { writer in
                for match in matches {
                    if withDistance { Self.write(match, to: &writer) } else { writer.integer(Int(match.key)) }
                }
            }
        }
        return .json(writer)
    }

    @Sendable func lookUp(_ request: Request, context: ServerContext) async throws -> Response {
        let named = request.uri.queryParameters["signal_type"]
        if request.uri.queryParameters["url"] != nil {
            let hashes = try await hashesOfURL(request)
            guard let named else { return try await byType(hashes, for: request) }
            let type = try HMASignalType(named: named)
            return try await byBank(hashes[type].map { (type, $0) }, for: request)
        }
        return try await byBank(try signal(in: request), for: request)
    }

    @Sendable func lookUpFile(_ request: Request, context: ServerContext) async throws -> Response {
        try await byType(try await hashesOfForm(request), for: request)
    }

    /// The distance of two hashes of each kind, and whether they match.
    @Sendable func compare(_ request: Request, context: ServerContext) async throws -> Response {
        var pairs: [(HMASignalType, PDQHash, PDQHash)] = []
        let given = try await request.document(atMost: 64 << 10) {
            (document) throws(JSONSyntaxError) -> [(name: String, hashes: [String])]? in
            var read: [(name: String, hashes: [String])] = []
            _ = try document.object { (document, key) throws(JSONSyntaxError) in
                var hashes: [String] = []
                try document.array(atMost: 2) { (document) throws(JSONSyntaxError) in
                    if let one = try document.string(bytes: 1...200) { hashes.append(one) }
                }
                if hashes.count < 2 { document.refuse("two hashes") }
                read.append((key, hashes))
            }
            return read
        }
        for (name, hashes) in given {
            let type = try HMASignalType(named: name)
            let both = try hashes.map { text -> PDQHash in
                guard type == .pdq, let hash = try? PDQHash(hex: text) else {
                    throw APIError.hma(.badRequest, "Invalid \(name) hash: expected two PDQ hashes of 64 hexadecimal digits")
                }
                return hash
            }
            pairs.append((type, both[0], both[1]))
        }
        var writer = JSONWriter()
        writer.object { writer in
            for (type, one, other) in pairs {
                let distance = one.distance(to: other)
                writer.array(type.rawValue) { writer in
                    writer.boolean(distance <= 31)
                    writer.object { $0.integer("distance", distance) }
                }
            }
        }
        return .json(writer)
    }

    @Sendable func indexStatus(_ request: Request, context: ServerContext) async throws -> Response {
        let types =
            try request.uri.queryParameters["signal_type"].map { [try HMASignalType(named: $0)] } ?? HMASignalType.allCases
        let counts = try await ports.banks.counts().filter { $0.trust != .retired && $0.trust != .benign }
        let now = Int(ports.now().timeIntervalSince1970)
        var writer = JSONWriter()
        writer.object { writer in
            for type in types {
                writer.object(type.rawValue) { writer in
                    // The index follows every change, so it is always built up to now.
                    writer.boolean("present", true)
                    writer.integer("built_to", now)
                    writer.integer("size", counts.filter { $0.kind == type.kind }.reduce(0) { $0 + $1.count })
                }
            }
        }
        return .json(writer)
    }

    // MARK: - Parts

    private func signal(in request: Request) throws -> (HMASignalType, String) {
        guard let signal = request.uri.queryParameters["signal"], let type = request.uri.queryParameters["signal_type"] else {
            throw APIError.hma(.badRequest, "Either url or both signal and signal_type are required")
        }
        return (try HMASignalType(named: type), String(signal))
    }

    /// Benign and retired entries are no matches.
    private func matches(of signal: (type: HMASignalType, value: String), for request: Request) async throws -> [BankMatch] {
        // A picture without a usable hash matches nothing.
        guard !signal.value.isEmpty else { return [] }
        let banks = request.uri.queryParameters["banks"].map { $0.split(separator: ",").map(String.init) }
        return try await ports.banks.lookUp(signal.type.kind, signal.value, banks: banks, radius: nil, quality: nil)
            .filter { $0.trust != .benign && $0.trust != .retired }
    }

    private func byBank(_ signal: (HMASignalType, String)?, for request: Request) async throws -> Response {
        var writer = JSONWriter()
        Self.write(
            try await signal.asyncMap { try await answering(try await matches(of: $0, for: request), request) } ?? [], key: nil,
            to: &writer)
        return .json(writer)
    }

    private func byType(_ hashes: [HMASignalType: String], for request: Request) async throws -> Response {
        var found: [(HMASignalType, [BankMatch])] = []
        for (type, value) in hashes {
            found.append((type, try await answering(try await matches(of: (type, value), for: request), request)))
        }
        var writer = JSONWriter()
        writer.object { writer in
            for (type, matches) in found { Self.write(matches, key: type.rawValue, to: &writer) }
        }
        return .json(writer)
    }

    /// Those of banks that answer this look-up: a bank with share 0.3 answers three of ten. The same seed falls the same way.
    private func answering(_ matches: [BankMatch], _ request: Request) async throws -> [BankMatch] {
        guard !matches.isEmpty, request.uri.queryParameters["bypass_coinflip"].map({ $0.lowercased() != "true" }) ?? true else {
            return matches
        }
        let coin = request.uri.queryParameters["seed"].map { Self.coin(String($0)) } ?? Double.random(in: 0..<1)
        let shares = Dictionary(try await ports.banks.banks().map { ($0.name, $0.share) }, uniquingKeysWith: { one, _ in one })
        return matches.filter { coin < shares[$0.bank] ?? 0 }
    }

    /// FNV-1a, because it must be the same in every process; then a mixer, because its upper bits hardly depend on the last
    /// characters.
    private static func coin(_ seed: String) -> Double {
        var hash = seed.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return Double(hash >> 11) / Double(1 << 53 as UInt64)
    }

    private static func write(_ matches: [BankMatch], key: String?, to writer: inout JSONWriter) {
        writer.object(key) { writer in
            for (bank, matches) in Dictionary(grouping: matches, by: \.bank).sorted(by: { $0.key < $1.key }) {
                writer.array(bank) { writer in
                    for match in matches { write(match, to: &writer) }
                }
            }
        }
    }

    private static func write(_ match: BankMatch, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.integer("bank_content_id", Int(match.key))
            // Text, as in HMA.
            writer.string("distance", String(match.distance))
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        if let self { try await transform(self) } else { nil }
    }
}
