// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import HaechiServer

/// Calls the API of a server in memory.
struct APIClient {
    let client: any TestClientProtocol

    func post(
        _ path: String, _ body: String, type: String = "application/json", headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await post(path, Array(body.utf8), type: type, headers: headers)
    }

    func post(_ path: String, _ body: [UInt8], type: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = type
        return try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(bytes: body)) { $0 }
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        try await client.execute(uri: path, method: .get, headers: headers) { $0 }
    }
}

/// Runs a test against a server over a Haechi in memory.
func withAPI(
    _ haechi: MemoryHaechi = MemoryHaechi(), options: ServerOptions = ServerOptions(), ports: ServerPorts? = nil,
    metrics: PrometheusMetrics = PrometheusMetrics(), _ test: @escaping @Sendable (APIClient, MemoryHaechi) async throws -> Void
) async throws {
    let app = try makeApplication(
        ports: ports ?? haechi.ports(), options: options, metrics: metrics,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await app.test(.router) { client in try await test(APIClient(client: client), haechi) }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The body as JSON written with sorted keys, so that it compares as text.
    var json: String {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
            let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self)
        }
    }

    /// Each problem as `path: expected …`.
    var problems: [String] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any]
            let error = value?["error"] as? [String: Any]
            let problems = error?["problems"] as? [[String: String]] ?? []
            return problems.map { Problem(path: $0["path"] ?? "?", expected: $0["expected"] ?? "?").message }
        }
    }
}

/// A good event, of which a test changes what it is about.
func event(
    _ id: String = "e1", kind: String = "message.posted", space: String = #"{"id":"lobby","class":"public"}"#,
    item: String = #"{"id":"i1","text":"hello"}"#, more: String = ""
) -> String {
    #"{"id":"\#(id)","kind":"\#(kind)","at":"2026-11-22T15:58:39Z","space":\#(space),"actor":{"id":"hana"},"item":\#(item)\#(more)}"#
}
