// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore
import Pipeline
import ServiceLifecycle

extension Console {
    /// Server-sent events: what has changed, without content; the page then asks for the part that it shows.
    func stream(_ visit: ConsoleRequest) async throws -> Response {
        let (feed, heartbeat) = (ports.feed, options.streamHeartbeat)
        let body = ResponseBody { writer in
            try await LiveStream(feed: feed, heartbeat: heartbeat).write(to: &writer)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xAccelBuffering: "no"], body: body)
    }
}

extension HTTPField.Name {
    /// Tells a proxy not to collect the stream; a valid field name, so making it cannot fail.
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}

/// One open page's stream; ends when the feed closes, when the server shuts down and after a while, so that a browser whose
/// session has ended is not served for ever (it connects again, and is asked again).
struct LiveStream: Sendable {
    var feed: LiveFeed
    var heartbeat: Duration
    var mostHeartbeats = 60

    func write(to writer: inout any ResponseBodyWriter) async throws {
        let updates = await feed.updates()
        let (frames, queue) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(128))
        let forwarding = Task {
            for await update in updates { queue.yield(Self.frame(update)) }
            queue.finish()
        }
        let beating = Task { [heartbeat, mostHeartbeats] in
            for _ in 0..<mostHeartbeats {
                guard (try? await Task.sleep(for: heartbeat)) != nil else { break }
                queue.yield(": still here\n\n")
            }
            queue.finish()
        }
        defer {
            forwarding.cancel()
            beating.cancel()
        }
        try await writer.write(ByteBuffer(string: "retry: 2000\n: connected\n\n"))
        // Stopping the server finishes the stream instead of waiting for it.
        let stopping = Task { await Self.afterShutdown { queue.finish() } }
        defer { stopping.cancel() }
        for await frame in frames { try await writer.write(ByteBuffer(string: frame)) }
    }

    private static func afterShutdown(_ act: @escaping @Sendable () -> Void) async {
        guard (try? await gracefulShutdown()) != nil else { return }
        act()
    }

    private static func frame(_ update: LiveFeed.Update) -> String {
        let fields: [String: String] =
            switch update {
            case .event(let id, let platform, let state):
                ["about": "event", "id": id.rawValue, "platform": platform.rawValue, "state": state.rawValue]
            case .action(let id, let effect, let state):
                ["about": "action", "id": id.rawValue, "effect": effect.rawValue, "state": state.rawValue]
            case .caseChanged(let id): ["about": "case", "id": id]
            case .rulesChanged: ["about": "rules"]
            }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return "event: update\ndata: \(data)\n\n"
    }
}
