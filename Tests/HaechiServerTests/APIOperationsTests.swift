// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import Moderation
import Pipeline
import Signals
import Testing

@testable import HaechiServer

@Suite("The server around the API")
struct APIOperationsTests {
    @Test("refuses to listen beyond loopback without a token")
    func beyondLoopback() throws {
        for host in ["127.0.0.1", "127.1.2.3", "localhost", "::1"] {
            var options = ServerOptions()
            options.host = host
            try options.validate()
        }
        for host in ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.org", "example.org", ""] {
            var options = ServerOptions()
            options.host = host
            #expect(throws: ServerOptionsError.openBeyondLoopback(host: host)) { try options.validate() }
            options.apiTokens = ["platform": "0123456789abcdef"]
            try options.validate()
            options.apiTokens = ["platform": "short"]
            #expect(throws: ServerOptionsError.weakToken(name: "platform")) { try options.validate() }
        }
    }

    @Test(
        "with tokens configured, asks for one everywhere but at its health",
        arguments: ["/v1/events", "/v1/verdicts", "/v1/reports"])
    func tokens(path: String) async throws {
        var options = ServerOptions()
        options.apiTokens = ["one": "0123456789abcdef", "two": "fedcba9876543210"]
        try await withAPI(options: options) { api, haechi in
            for wrong in ["", "Bearer ", "Bearer 0123456789abcdee", "Basic 0123456789abcdef", "0123456789abcdef"] {
                let response = try await api.post(path, "{", headers: [.authorization: wrong])
                #expect(response.status == .unauthorized)
                #expect(response.headers[.wwwAuthenticate] == "Bearer")
            }
            for right in ["Bearer 0123456789abcdef", "bearer fedcba9876543210"] {
                #expect(try await api.post(path, "{", headers: [.authorization: right]).status == .badRequest)
            }
            #expect(try await api.get("/metrics").status == .unauthorized)
            #expect(try await api.get("/live").status == .ok)
            #expect(try await api.get("/ready").status == .ok)
            #expect(try await api.get("/openapi.json").status == .ok)
        }
    }

    @Test("is ready only without reasons against it")
    func readiness() async throws {
        let haechi = MemoryHaechi()
        try await withAPI(haechi, ports: haechi.ports(readiness: { ["the store does not answer"] })) { api, _ in
            let response = try await api.get("/ready")
            #expect(response.status == .serviceUnavailable)
            #expect(try response.json == #"{"ready":false,"reasons":["the store does not answer"]}"#)
            #expect(try await api.get("/live").json == #"{"live":true}"#)
        }
    }

    @Test("says what the index of look-alikes holds, and what became of what it was told of")
    func lookAlikes() async throws {
        let haechi = MemoryHaechi()
        var ports = haechi.ports(readiness: { [] })
        var statistics = LookAlikeService.Statistics()
        (statistics.waiting, statistics.kept, statistics.dropped, statistics.withdrawn, statistics.failed) = (2, 40, 5, 3, 1)
        let numbers = LookAlikeNumbers(pictures: 37, statistics: statistics)
        try await withAPI(haechi, ports: ports) { api, _ in
            let text = try await api.get("/metrics").text
            #expect(!text.contains("haechi_lookalike"))
        }
        ports.lookAlikes = { numbers }
        try await withAPI(haechi, ports: ports) { api, _ in
            let lines = try await api.get("/metrics").text.split(separator: "\n").map(String.init)
            for line in [
                "haechi_lookalike_pictures 37", "haechi_lookalike_waiting 2",
                #"haechi_lookalike_pictures_total{result="kept"} 40"#,
                #"haechi_lookalike_pictures_total{result="dropped"} 5"#,
                #"haechi_lookalike_pictures_total{result="withdrawn"} 3"#,
                #"haechi_lookalike_pictures_total{result="failed"} 1"#,
            ] { #expect(lines.contains(line), "\(line)") }
        }
    }

    @Test("names files without the folders of the machine, and leaves addresses and fractions alone")
    func folders() async throws {
        let haechi = MemoryHaechi()
        var ports = haechi.ports(readiness: { ["/srv/data/haechi.db: disk full"] })
        ports.signals = {
            [
                SignalStanding(name: "a", problem: "its file is not here: /opt/haechi/native/a-1.xml"),
                SignalStanding(name: "b", problem: "'/opt/b.so' is no library, 3/4 of it, see http://10.0.0.1:80/v2/b"),
            ]
        }
        try await withAPI(haechi, ports: ports) { api, _ in
            let response = try await api.get("/ready")
            let json = try response.json
            #expect(
                json
                    == #"{"ready":false,"reasons":["haechi.db: disk full"],"#
                    + #""signals":{"a":"off: its file is not here: a-1.xml","#
                    + #""b":"off: 'b.so' is no library, 3/4 of it, see http://10.0.0.1:80/v2/b"}}"#)
        }
    }

    @Test("is ready without optional parts, and says which are off")
    func optionalSignals() async throws {
        let haechi = MemoryHaechi()
        var ports = haechi.ports(readiness: { [] })
        ports.signals = {
            [
                SignalStanding(name: "nudity", detail: "1, f32", waiting: 2, oldest: 1.5),
                SignalStanding(name: "picture-text", problem: "libtesseract.so.5 is missing"),
            ]
        }
        ports.workers = {
            [
                WorkerStanding(
                    role: "decoder", wanted: 2, running: 2, busy: 1, waiting: 5, waitingVideos: 2, refused: 4,
                    deaths: ["died": 3])
            ]
        }
        try await withAPI(haechi, ports: ports) { api, _ in
            let response = try await api.get("/ready")
            #expect(response.status == .ok)
            #expect(
                try response.json
                    == #"{"ready":true,"signals":{"nudity":"on","picture-text":"off: libtesseract.so.5 is missing"},"#
                    + #""waiting":{"pictures":3,"videos":2}}"#)
            let lines = try await api.get("/metrics").text.split(separator: "\n").map(String.init)
            for line in [
                #"haechi_signal_on{signal="nudity"} 1"#, #"haechi_signal_on{signal="picture-text"} 0"#,
                #"haechi_model_waiting{model="nudity"} 2"#, #"haechi_model_oldest_seconds{model="nudity"} 1.5"#,
                #"haechi_workers{role="decoder",state="busy"} 1"#, #"haechi_worker_deaths_total{role="decoder",reason="died"} 3"#,
                #"haechi_media_waiting{kind="picture"} 3"#, #"haechi_media_waiting{kind="video"} 2"#,
                "haechi_media_put_off_total 4",
            ] {
                #expect(lines.contains(line), "\(line) is missing")
            }
        }
    }

    @Test("every answer has an id and the headers that browsers should see")
    func headers() async throws {
        try await withAPI { api, _ in
            for path in ["/live", "/v1/nothing"] {
                let headers = try await api.get(path).headers
                #expect(headers[HTTPField.Name("X-Request-ID")!]?.isEmpty == false)  // a valid name
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
                #expect(headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test("shows its numbers to Prometheus")
    func metrics() async throws {
        let metrics = PrometheusMetrics()
        Counter(label: "test.count", dimensions: [("why", "a \"quote\"")], factory: metrics).increment(by: 3)
        Gauge(label: "test_gauge", factory: metrics).record(2.5)
        Metrics.Timer(label: "test_seconds", factory: metrics).recordNanoseconds(3_000_000)
        try await withAPI(metrics: metrics) { api, _ in
            _ = try await api.post("/v1/events", event())
            _ = try await api.get("/v1/events/canary-in-the-path?canary=query")
            let lines = try await api.get("/metrics").text.split(separator: "\n").map(String.init)
            for line in [
                "# TYPE test_count counter", #"test_count{why="a \"quote\""} 3"#, "test_gauge 2.5",
                #"test_seconds_bucket{le="0.002"} 0"#, #"test_seconds_bucket{le="0.005"} 1"#,
                #"test_seconds_bucket{le="+Inf"} 1"#,
                "test_seconds_sum 0.003", "test_seconds_count 1", #"haechi_events{state="queued"} 1"#,
                #"haechi_http_requests_total{method="POST",route="/v1/events",status="200"} 1"#,
                #"haechi_oldest_waiting_seconds{what="event"} 0"#,
            ] {
                #expect(lines.contains(line), "\(line) is missing")
            }
            #expect(!lines.contains { $0.contains("canary") })
        }
    }

    @Test("hands requests below a connector's path over to it")
    func inbound() async throws {
        struct Echo: InboundEndpoint {
            let mountPath = "/_echo/v1"
            let bodyLimit = 10
            func respond(to request: InboundRequest) async -> InboundResponse {
                let text = "\(request.method) \(request.path) \(request.query["q"] ?? "-") \(request.headers["x-one"] ?? "-")"
                return InboundResponse(
                    status: 201, headers: ["content-type": "text/plain"], body: Array(text.utf8) + request.body)
            }
        }
        let haechi = MemoryHaechi()
        try await withAPI(haechi, ports: haechi.ports(endpoints: [Echo()])) { api, _ in
            let one: HTTPFields = [HTTPField.Name("X-One")!: "1"]  // a valid name
            let response = try await api.post("/_echo/v1/a/b?q=2", " body", headers: one)
            #expect(response.status.code == 201)
            #expect(response.text == "POST /_echo/v1/a/b 2 1 body")
            #expect(try await api.post("/_echo/v1/a", "more than ten").status == .contentTooLarge)
        }
    }

    @Test("describes every route of the API, and no other")
    func openAPI() throws {
        let router = try makeRouter(ports: MemoryHaechi().ports(), options: ServerOptions(), metrics: PrometheusMetrics())
        // The way to the console is for browsers; the surface of HMA is described in docs/hma.md.
        let routes = Set(router.routes.map { "\($0.method.rawValue.lowercased()) \($0.path.description)" }).filter { route in
            route != "get /" && route != "get /status" && !["/h/", "/m/", "/c/"].contains { route.contains(" \($0)") }
        }
        let document = try JSONSerialization.jsonObject(with: Data(ServerAssets().openAPI.readableBytesView)) as? [String: Any]
        let paths = try #require(document?["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
        #expect(routes == described)
    }

    @Test("docs/hma.md lists every route of HMA's surface, and no other")
    func hmaRoutes() throws {
        let router = try makeRouter(ports: MemoryHaechi().ports(), options: ServerOptions(), metrics: PrometheusMetrics())
        let routes = router.routes.map { "\($0.method.rawValue) \($0.path.description)" }.filter { route in
            route == "GET /status" || ["/h/", "/m/", "/c/"].contains { route.contains(" \($0)") }
        }
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/hma.md")
        let covered = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(Set(routes) == Set(covered))
    }
}
