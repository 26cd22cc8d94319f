// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTesting
import Testing

@testable import Connectors

@Suite("Fetching for strangers")
struct SafeFetcherTests {
    @Test(
        "refuses addresses that are not plainly a public web page",
        arguments: [
            "", "ftp://example.org/", "file:///etc/passwd", "javascript:1", "http:example.org", "http:///x", "//example.org/",
            "http://user@example.org/", "http://user:word@example.org/", "http://example.org:22/", "http://example.org:99999/",
            "http://example.org:8080/", "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://[::1]/",
            "http://[::1/",
            "http://10.0.0.1/", "http://169.254.169.254/latest", "https://[fd00::1]/", "http://exa mple.org/",
            "http://example.org\\@x/",
            "http://-example.org/", "http://example..org/", "http://exämple.org/", "http://1.2.3.4.5/", "http://example.0x1/",
            "http://a\r\nHost: x/", "http://[::ffff:10.0.0.1]/", "http://localhost%2f/", "http://example.org:80:80/",
        ])
    func refusesAddress(address: String) async {
        var options = SafeFetcher.Options()
        options.resolve = { _, _ in
            Issue.record("must not be resolved")
            return "1.1.1.1"
        }
        await #expect {
            try await SafeFetcher(options).fetch(address, limit: 100)
        } throws: { error in
            if case .refused? = error as? FetchError { true } else { false }
        }
    }

    @Test("refuses a public name that leads into the private network", arguments: ["127.0.0.1", "10.1.2.3", "::1", "nonsense"])
    func refusesName(resolved: String) async {
        var options = SafeFetcher.Options()
        options.resolve = { _, _ in resolved }
        await #expect(throws: FetchError.refused("the host is not on the public network")) {
            try await SafeFetcher(options).fetch("https://pictures.example.org/a.png", limit: 100)
        }
    }

    @Test("connects to the address that it checked, and asks for the name there")
    func keepsName() async throws {
        try await TestServer.with({ .text("\($0.headers["host"] ?? "") \($0.path)?\($0.query) \($0.headers["cookie"] ?? "-")") })
        { server in
            let bytes = try await fetcher(server).fetch("http://Pictures.Example.org:\(server.port)/a/b?c=d#e", limit: 1000)
            #expect(String(decoding: bytes, as: UTF8.self) == "pictures.example.org:\(server.port) /a/b?c=d -")
        }
    }

    @Test("follows a redirect, but only to where it would have gone itself")
    func redirects() async throws {
        try await TestServer.with({ request in
            switch request.path {
            case "/start": TestResponse(status: 302, headers: ["Location": "/middle"])
            case "/middle": TestResponse(status: 307, headers: ["Location": "end?x=1"])
            case "/end": .text("arrived \(request.query)")
            case "/inward": TestResponse(status: 302, headers: ["Location": "http://10.0.0.1/secret"])
            case "/file": TestResponse(status: 302, headers: ["Location": "file:///etc/passwd"])
            case "/metadata": TestResponse(status: 302, headers: ["Location": "//169.254.169.254/latest"])
            default: TestResponse(status: 302, headers: ["Location": "/loop"])
            }
        }) { server in
            let base = "http://pictures.example.org:\(server.port)"
            let safe = fetcher(server)
            let bytes = try await safe.fetch(base + "/start", limit: 1000)
            #expect(String(decoding: bytes, as: UTF8.self) == "arrived x=1")
            for path in ["/inward", "/file", "/metadata", "/loop"] {
                await #expect {
                    try await safe.fetch(base + path, limit: 1000)
                } throws: { error in
                    if case .refused? = error as? FetchError { true } else { false }
                }
            }
        }
    }

    @Test("stops at the size limit, whether the length was announced or not", arguments: [false, true])
    func size(isStreamed: Bool) async throws {
        try await TestServer.with({ _ in
            TestResponse(body: Array(repeating: 7, count: 100_000), manner: isStreamed ? .streamed : .whole)
        }) {
            server in
            let url = "http://pictures.example.org:\(server.port)/"
            await #expect(throws: FetchError.tooLarge) { try await fetcher(server).fetch(url, limit: 99_999) }
            let bytes = try await fetcher(server).fetch(url, limit: 100_000)
            #expect(bytes.count == 100_000)
        }
    }

    @Test("gives up on a server that does not answer in time")
    func slow() async throws {
        try await TestServer.with({ _ in
            try? await Task.sleep(for: .seconds(20))
            return .text("late")
        }) { server in
            let url = "http://pictures.example.org:\(server.port)/"
            await #expect(throws: FetchError.timedOut) {
                try await fetcher(server, deadline: .milliseconds(200)).fetch(url, limit: 1000)
            }
        }
    }

    @Test("tells a page that is not there from a server that fails")
    func status() async throws {
        try await TestServer.with({ $0.path == "/gone" ? .text("", status: 404) : .text("", status: 503) }) { server in
            let base = "http://pictures.example.org:\(server.port)"
            await #expect(throws: FetchError.status(404, retryAfter: nil)) {
                try await fetcher(server).fetch(base + "/gone", limit: 9)
            }
            await #expect(throws: FetchError.status(503, retryAfter: nil)) {
                try await fetcher(server).fetch(base + "/", limit: 9)
            }
        }
    }

    @Test("resolves names by the system")
    func system() async throws {
        let address = try await SafeFetcher.systemResolve("localhost", 80)
        #expect(address == "127.0.0.1" || address == "::1")
    }

    /// Takes one name to the test's server, which stands for the public network; everything else stays as in production.
    private func fetcher(_ server: TestServer, deadline: Duration = .seconds(60)) -> SafeFetcher {
        var options = SafeFetcher.Options()
        options.addresses = AddressPolicy(allowing: ["127.0.0.1/32"]) ?? .publicOnly
        options.ports = [80, 443, server.port]
        options.deadline = deadline
        options.resolve = { _, _ in "127.0.0.1" }
        return SafeFetcher(options)
    }
}
