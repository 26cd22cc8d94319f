// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import NIOCore
import NIOHTTP1
import NIOPosix

struct ServerRequest: Sendable {
    var method: String
    var path: String
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

struct ServerResponse: Sendable {
    enum Manner: Sendable {
        case whole
        /// One byte every 10 ms, without an end.
        case dripping
        /// Says a length and closes before it.
        case cut
        /// Never.
        case silent
    }

    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    var manner = Manner.whole

    static func json(_ text: String, status: Int = 200) -> ServerResponse {
        ServerResponse(status: status, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
    }
}

/// A real HTTP server on a free loopback port that answers as a test wants it.
struct FakeHTTPServer: Sendable {
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    static func with<Result: Sendable>(
        _ respond: @escaping @Sendable (ServerRequest) -> ServerResponse, _ body: (FakeHTTPServer) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(respond))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = FakeHTTPServer(port: channel.localAddress?.port ?? 0)
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
        private let respond: @Sendable (ServerRequest) -> ServerResponse
        private var request: ServerRequest?

        init(_ respond: @escaping @Sendable (ServerRequest) -> ServerResponse) { self.respond = respond }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
                request = ServerRequest(method: head.method.rawValue, path: head.uri, headers: headers, body: [])
            case .body(let part): request?.body.append(contentsOf: part.readableBytesView)
            case .end: if let request { FakeHTTPServer.write(respond(request), to: context.channel) }
            }
        }
    }

    private static func write(_ response: ServerResponse, to channel: any Channel) {
        var headers = HTTPHeaders(response.headers)
        switch response.manner {
        case .silent: return
        case .whole: headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count))
        case .cut: headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count + 10))
        case .dripping: break
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if response.manner == .dripping {
            let tick = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: [0x20]))), promise: nil)
            }
            channel.closeFuture.whenComplete { _ in tick.cancel() }
            return
        }
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
        if response.manner == .cut {
            channel.flush()
            channel.close(promise: nil)
        } else {
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }
}
