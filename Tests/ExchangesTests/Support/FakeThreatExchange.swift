// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting

@testable import Exchanges

/// A strict server of the Graph API's part for threat updates.
actor FakeThreatExchange {
    struct Update {
        var id: String
        var time: Int
        var hash: String
        var type = "HASH_PDQ"
        var isDeleted = false
        var descriptors: [JSONTree] = [FakeThreatExchange.descriptor("1001", "MALICIOUS")]
    }

    static let token = "12345678|secret"
    var updates: [Update] = []
    var url = ""
    private(set) var log: [String] = []
    private(set) var refusals: [String] = []
    private(set) var posts: [String] = []
    private var cursors: [String: (start: Int, offset: Int)] = [:]

    static func descriptor(_ owner: String, _ status: String, tags: [String] = [], reactions: [JSONTree] = []) -> JSONTree {
        [
            "id": .string("9" + owner), "owner": ["id": .string(owner)], "status": .string(status),
            "tags": ["data": .array(tags.map { ["text": .string($0)] })], "reactions": .array(reactions),
        ]
    }

    func change(_ change: @Sendable (isolated FakeThreatExchange) -> Void) { change(self) }

    func respond(_ request: TestRequest) -> TestResponse {
        log.append(request.method + " " + request.path)
        if request.method == "POST" { return post(request) }
        guard let parameters = request.parameters, parameters["access_token"] == Self.token else { return refuse(401, "token") }
        if request.method == "DELETE" {
            posts.append("DELETE \(request.path)")
            return json(["success": true])
        }
        if request.path.hasSuffix("/descriptors") {
            return json(["data": [Self.descriptor("1001", "MALICIOUS"), Self.descriptor("12345678", "MALICIOUS")]])
        }
        guard request.path == "/v26.0/777/threat_updates/" else { return refuse(404, request.path) }
        let allowed: Set = ["access_token", "start_time", "limit", "types", "fields", "after"]
        guard Set(parameters.keys).isSubset(of: allowed), let limit = parameters["limit"].flatMap({ Int($0) }),
            (1...1_000).contains(limit)
        else { return refuse(400, "parameters") }
        let start = parameters["start_time"].flatMap { Int($0) } ?? 0
        var offset = 0
        if let after = parameters["after"] {
            guard let known = cursors[after], known.start == start else { return refuse(400, "cursor") }
            offset = known.offset
        }
        return page(start, offset, limit)
    }

    private func page(_ start: Int, _ offset: Int, _ limit: Int) -> TestResponse {
        let wanted = updates.filter { $0.time >= start }.sorted { $0.time < $1.time }
        let part = Array(wanted.dropFirst(offset).prefix(limit))
        var body: [String: JSONTree] = ["data": .array(part.map { Self.tree($0) })]
        if offset + part.count < wanted.count {
            let cursor = "c\(log.count)=="
            cursors[cursor] = (start, offset + part.count)
            let next = url + "/v26.0/777/threat_updates/?access_token=" + ExchangeHTTP.encode(Self.token) + "&after="
            body["paging"] = ["next": .string(next + ExchangeHTTP.encode(cursor))]
        }
        return json(.object(body))
    }

    private static func tree(_ update: Update) -> JSONTree {
        var members: [String: JSONTree] = [
            "id": .string(update.id), "indicator": .string(update.hash), "type": .string(update.type),
            "last_updated": .integer(Int64(update.time)), "should_delete": .bool(update.isDeleted),
        ]
        if !update.isDeleted { members["descriptors"] = ["data": .array(update.descriptors)] }
        return .object(members)
    }

    private func post(_ request: TestRequest) -> TestResponse {
        let form = TestRequest(
            method: "", path: "", query: String(decoding: request.body, as: UTF8.self), headers: [:], body: []
        ).parameters
        guard let form, form["access_token"] == Self.token, request.query.isEmpty else { return refuse(401, "form") }
        let shown = form.filter { $0.key != "access_token" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        posts.append("POST \(request.path) \(shown.joined(separator: "&"))")
        return json(["success": true, "id": "555"])
    }

    private func json(_ tree: JSONTree) -> TestResponse { TestResponse(body: tree.serialized) }

    private func refuse(_ status: Int, _ why: String) -> TestResponse {
        refusals.append(why)
        return TestResponse(status: status, body: Array("{}".utf8))
    }
}
