// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Moderation
import NIOCore
import Pipeline
import Policies
import Testing

@testable import HaechiServer

@Suite("API: labels")
struct APILabelsTests {
    private func run(_ test: @escaping @Sendable (APIClient, MemoryLabels) async throws -> Void) async throws {
        var options = ServerOptions()
        options.apiTokens = ["reader": Self.secret("reader"), "hana": Self.secret("hana")]
        options.ruleTokens = ["hana"]
        let haechi = MemoryHaechi()
        let labels = MemoryLabels()
        let policy = try PolicySet.load(files: [
            (
                "test.yaml",
                """
                policy: test
                owner: tests
                clauses: { t.1: { en: "A test clause" } }
                state: { labels: { trusted: { on: actor, expires: 2h }, quiet: { on: space } } }
                rules: []
                """
            )
        ])
        var ports = haechi.ports()
        ports.labels = LabelService(
            store: labels, declared: { policy.labels }, now: { Date(timeIntervalSince1970: 1_800_000_000) })
        try await withAPI(haechi, options: options, ports: ports) { client, _ in try await test(client, labels) }
    }

    private static func secret(_ name: String) -> String { "a secret for \(name) in tests" }
    private static func by(_ name: String) -> HTTPFields { [.authorization: "Bearer \(secret(name))"] }

    private func send(
        _ client: APIClient, _ method: HTTPRequest.Method, _ path: String, _ body: String = "", by name: String = "hana"
    ) async throws -> (status: HTTPResponse.Status, text: String) {
        var headers = Self.by(name)
        if !body.isEmpty { headers[.contentType] = "application/json" }
        return try await client.client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(string: body)) {
            ($0.status, String(buffer: $0.body))
        }
    }

    private let ann = #"{"platform":"matrix","actor":"@ann","reason":"known"}"#

    @Test("puts a label on, shows it, and takes it off, each in the name of the token and with an entry")
    func change() async throws {
        try await run { (client: APIClient, labels: MemoryLabels) async throws in
            let set = try await send(client, .put, "/v1/labels/trusted", ann)
            #expect(set.status == .ok, "\(set.text)")
            for part in [
                #""name":"trusted""#, #""actor":"@ann""#, #""by":"person:"#, "hana", #""manual":true"#,
                #""expires_at":"2027-01-15T10:00:00"#,
            ] {
                #expect(set.text.contains(part), "\(part) in \(set.text)")
            }
            let longer = #"{"platform":"matrix","space":"!plaza","hours":9,"reason":"why"}"#
            #expect(try await send(client, .put, "/v1/labels/quiet", longer).status == .ok)
            #expect(try await client.get("/v1/labels", headers: Self.by("reader")).text.contains("quiet"))
            for (query, has) in [
                ("?name=trusted", true), ("?platform=matrix&actor=%40ann", true), ("?platform=matrix&space=x", false),
            ] {
                let listed = try await client.get("/v1/labels\(query)", headers: Self.by("reader"))
                #expect(
                    listed.status == .ok && listed.text.contains("trusted") == has && !listed.text.contains("quiet"), "\(query)")
            }
            let off = try await send(client, .delete, "/v1/labels/trusted?platform=matrix&actor=%40ann&reason=gone")
            #expect(off.status == .ok && off.text == #"{"labels":[]}"#, "\(off.text)")
            #expect(await labels.entries.map(\.kind) == ["label.set", "label.set", "label.unset"])
        }
    }

    @Test("refuses who may not, what is not declared, and what says too little, and changes nothing")
    func refusals() async throws {
        try await run { (client: APIClient, labels: MemoryLabels) async throws in
            #expect(try await send(client, .put, "/v1/labels/trusted", ann, by: "reader").status == .forbidden)
            #expect(try await client.get("/v1/labels").status == .unauthorized)
            let undeclared = try await send(client, .put, "/v1/labels/trustd", ann)
            #expect(undeclared.status == .notFound && undeclared.text.contains("declared are quiet, trusted"))
            #expect(try await send(client, .put, "/v1/labels/quiet", ann).status == .conflict)
            for body in [
                #"{"platform":"matrix","reason":"why"}"#, #"{"platform":"matrix","actor":"a","space":"b","reason":"why"}"#,
                #"{"platform":"matrix","actor":"a"}"#, #"{"actor":"a","reason":"why"}"#, "[]",
                #"{"platform":"matrix","actor":"a","reason":"why","hours":0}"#,
                #"{"platform":"m","actor":"a","reason":"b","until":1}"#,
            ] {
                #expect(try await send(client, .put, "/v1/labels/trusted", body).status == .unprocessableContent, "\(body)")
            }
            for query in ["", "?platform=matrix&actor=a", "?platform=matrix&actor=a&reason=b&hours=many"] {
                #expect(try await send(client, .delete, "/v1/labels/trusted" + query).status == .unprocessableContent, "\(query)")
            }
            for query in ["?limit=0", "?limit=many", "?platform=matrix", "?actor=a", "?name=%00"] {
                let listed = try await client.get("/v1/labels\(query)", headers: Self.by("reader"))
                #expect(listed.status == .unprocessableContent, "\(query)")
            }
            #expect(await labels.entries.isEmpty)
        }
    }
}

/// Labels in memory, without expiry.
private actor MemoryLabels: LabelStore {
    private var labels: [Label] = []
    private(set) var entries: [LedgerEntry] = []

    func labels(on subjects: [LabelSubject], at time: Date) async throws -> [Label] {
        labels.filter { subjects.contains($0.subject) }
    }

    func labels(named name: String?, at time: Date, limit: Int) async throws -> [Label] {
        Array(labels.filter { name == nil || $0.name == name }.prefix(limit))
    }

    func set(_ label: Label, isOn: Bool, ledger: [LedgerEntry]) async throws {
        labels.removeAll { $0.name == label.name && $0.subject == label.subject }
        if isOn { labels.append(label) }
        entries += ledger
    }
}
