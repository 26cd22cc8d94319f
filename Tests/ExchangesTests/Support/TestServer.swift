// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import NIOCore
import NIOHTTP1
import NIOPosix

struct TestRequest: Sendable {
    var method: String
    /// Without the query.
    var path: String
    var query: String
    var headers: [String: String]
    var body: [UInt8]
}

struct TestResponse: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Sent without a length, in parts.
    var isStreamed = false

    static func text(_ text: String, status: Int = 200) -> TestResponse { .init(status: status, body: Array(text.utf8)) }
}

/// A real HTTP server on a free loopback port.
struct TestServer: Sendable {
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }
    private let channel: any Channel

    static func with<Result: Sendable>(
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
        if !response.isStreamed { headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count)) }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        for start in stride(from: 0, to: response.body.count, by: 16 << 10) {
            let part = response.body[start..<min(response.body.count, start + 16 << 10)]
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: part))), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }
}
