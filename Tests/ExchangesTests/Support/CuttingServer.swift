// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import NIOCore
import NIOPosix
import Synchronization

/// Answers every connection with one list, but cuts the first few in the middle.
final class CuttingServer: Sendable {
    private let left: Mutex<Int>
    private let body: String
    private let channel = Mutex<(any Channel)?>(nil)

    init(cuts: Int, body: String) throws {
        left = Mutex(cuts)
        self.body = body
    }

    func start() async throws -> Int {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [self] child in
                child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(Handler(self)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
        return bound.localAddress?.port ?? 0
    }

    func stop() async { try? await channel.withLock { $0 }?.close() }

    private var answer: String {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nHaechi-Cursor: 2\r\nHaechi-More: false\r\nConnection: close\r\n\r\n"
        let isCut = left.withLock { left in
            left -= 1
            return left >= 0
        }
        return head + (isCut ? String(body.prefix(body.count / 2)) : body)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let server: CuttingServer
        private var isAnswered = false

        init(_ server: CuttingServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isAnswered else { return }
            isAnswered = true
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: server.answer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}
