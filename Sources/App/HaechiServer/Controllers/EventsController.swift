// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Hummingbird
import Moderation
import Pipeline

/// Takes events from platforms, and tells what has become of them.
struct EventsController {
    static let mostEvents = 1_000

    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/events", use: accept)
        api.get("/events/{id}", use: status)
    }

    @Sendable func accept(_ request: Request, context: ServerContext) async throws -> Response {
        let type = request.mediaType
        guard type == "application/json" || type == "application/x-ndjson" else {
            throw APIError.unsupportedType("application/json or application/x-ndjson")
        }
        let bytes = try await request.bytes(atMost: options.bodyLimit)
        let events = type == "application/json" ? try parse(bytes) : try parseLines(bytes)
        return .json(answer(to: events, try await take(events)))
    }

    /// One object, or an array of them.
    private func parse(_ bytes: [UInt8]) throws -> [Event] {
        let now = ports.now()
        return try Request.parse(bytes) { (document) throws(JSONSyntaxError) in
            guard try document.json.kind() == .array else {
                return try EventDocument.read(&document, now: now).map { [$0] }
            }
            var events: [Event] = []
            try document.array(atMost: Self.mostEvents) { (document) throws(JSONSyntaxError) in
                if let event = try EventDocument.read(&document, now: now) { events.append(event) }
            }
            return events
        }
    }

    /// One object a line; empty lines are passed over.
    private func parseLines(_ bytes: [UInt8]) throws -> [Event] {
        let now = ports.now()
        var events: [Event] = []
        var problems: [Problem] = []
        var count = 0
        var line = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            line += 1
            var document = DocumentReader(JSONReader(bytes, in: start..<end))
            start = end + 1
            document.json.skipSpace()
            if document.json.position == end { continue }
            count += 1
            guard count <= Self.mostEvents else { throw APIError.invalid("", "at most \(Self.mostEvents) events") }
            do {
                try document.at(index: count - 1) { (document) throws(JSONSyntaxError) in
                    if let event = try EventDocument.read(&document, now: now) { events.append(event) }
                }
                try document.json.finish()
            } catch {
                throw APIError.malformed(error, line: line)
            }
            problems += document.problems.prefix(DocumentReader.mostProblems - problems.count)
        }
        guard problems.isEmpty else { throw APIError.invalid(problems) }
        return events
    }

    /// Hands the events in, in their order: what a space turned into holds for what comes after it.
    private func take(_ events: [Event]) async throws -> [Acceptance?] {
        var results: [Acceptance?] = []
        results.reserveCapacity(events.count)
        var next = events[...]
        while let first = next.first {
            if first.kind == .spaceChanged {
                try await ports.intake.spaceChanged(first.space, on: first.platform, at: first.at)
                results.append(nil)
                next = next.dropFirst()
            } else {
                let run = Array(next.prefix { $0.kind != .spaceChanged })
                results += try await ports.intake.accept(run).map(Optional.some)
                next = next.dropFirst(run.count)
            }
        }
        return results
    }

    private func answer(to events: [Event], _ results: [Acceptance?]) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("results") { writer in
                for (event, result) in zip(events, results) {
                    writer.object { writer in
                        writer.string("id", event.id.rawValue)
                        writer.string("result", Self.word(result))
                    }
                }
            }
        }
        return writer
    }

    private static func word(_ result: Acceptance?) -> String {
        switch result {
        case .accepted, nil: "accepted"
        case .duplicate: "duplicate"
        case .dropped: "dropped"
        }
    }
}
