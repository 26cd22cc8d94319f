// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import NIOCore
import NIOHTTP1
import NIOPosix

package struct TestRequest: Sendable {
    package var method: String
    /// Without the query.
    package var path: String
    package var query: String
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, path: String, query: String = "", headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

package struct TestResponse: Sendable {
    package enum Manner: Sendable {
        /// With its length.
        case whole
        /// Without a length, in parts.
        case streamed
        /// One byte every 10 ms, without an end.
        case dripping
        /// Says a length and closes before it.
        case cut
        /// Never.
        case silent
    }

    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]
    package var manner: Manner

    package init(status: Int = 200, headers: [String: String] = [:], body: [UInt8] = [], manner: Manner = .whole) {
        self.status = status
        self.headers = headers
        self.body = body
        self.manner = manner
    }

    package static func text(_ text: String, status: Int = 200) -> TestResponse {
        TestResponse(status: status, body: Array(text.utf8))
    }

    package static func json(_ text: String, status: Int = 200) -> TestResponse {
        TestResponse(status: status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
    }
}

/// A real HTTP server on a free loopback port that answers as a test wants it.
package struct TestServer: Sendable {
    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let channel: any Channel

    package static func with<Result: Sendable>(
        _ respond: @escaping @Sendable (TestRequest) async -> TestResponse, _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(respond))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = TestServer(port: channel.localAddress?.port ?? 0, channel: channel)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        private let respond: @Sendable (TestRequest) async -> TestResponse
        private var request: TestRequest?

        init(_ respond: @escaping @Sendable (TestRequest) async -> TestResponse) { self.respond = respond }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
                request = TestRequest(
                    method: head.method.rawValue, path: parts[0], query: parts.count > 1 ? parts[1] : "", headers: headers,
                    body: [])
            case .body(let part): request?.body.append(contentsOf: part.readableBytesView)
            case .end:
                guard let request else { return }
                TestServer.answer(request, by: respond, on: context.channel)
            }
        }
    }

    private static func answer(
        _ request: TestRequest, by respond: @escaping @Sendable (TestRequest) async -> TestResponse, on channel: any Channel
    ) {
        Task {
            let response = await respond(request)
            write(response, to: channel)
        }
    }

    private static func write(_ response: TestResponse, to channel: any Channel) {
        var headers = HTTPHeaders(response.headers.map { ($0.key, $0.value) })
        switch response.manner {
        case .silent: return
        case .whole: headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
        case .cut: headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count + 10))
        case .streamed, .dripping: break
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if response.manner == .dripping { return drip(into: channel) }
        for start in stride(from: 0, to: response.body.count, by: 16 << 10) {
            let part = response.body[start..<min(response.body.count, start + 16 << 10)]
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: part))), promise: nil)
        }
        if response.manner == .cut {
            channel.flush()
            channel.close(promise: nil)
        } else {
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }

    private static func drip(into channel: any Channel) {
        let tick = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: [0x20]))), promise: nil)
        }
        channel.closeFuture.whenComplete { _ in tick.cancel() }
    }
}
