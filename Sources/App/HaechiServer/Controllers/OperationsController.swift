// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore
import Pipeline
import Policies

/// What operators and their tools ask: is it alive, is it ready, how much waits, what can be called.
struct OperationsController {
    let ports: ServerPorts
    let metrics: PrometheusMetrics
    let openAPI: ByteBuffer

    func addRoutes(to router: Router<ServerContext>, tokens: TokenMiddleware) {
        router.get("/") { _, _ in Response.redirect(to: "/console", type: .found) }
        router.get("/live") { _, _ in Self.state("live", []) }
        router.get("/ready") { _, _ in Self.state("ready", await ports.readiness(), notes: await ruleNotes()) }
        router.get("/openapi.json") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: openAPI))
        }
        router.group("/metrics").add(middleware: tokens).get { _, _ in
            let text = metrics.text() + Self.gauges(try await ports.events.backlog(), now: ports.now())
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    /// What people should look at although everything works: rules that are stopped, files that are not used.
    private func ruleNotes() async -> [String] {
        var notes = ports.policyProblems().prefix(20).map { "policy files are not used: \($0)" }
        guard let overview = try? await ports.rules?.overview() else { return notes }
        if overview.mode == .caseOnly {
            notes.append("the switch is on case-only: rules open cases, and nothing is removed by itself")
        }
        notes += overview.stops.map { "rule \($0.key) is stopped: \($0.reason)" }
        notes += overview.requests.map { "rule \($0.key) waits for a second person's approval" }
        return notes
    }

    private static func state(_ name: String, _ reasons: [String], notes: [String] = []) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.boolean(name, reasons.isEmpty)
            if !notes.isEmpty {
                writer.array("notes") { writer in
                    for note in notes { writer.string(nil, note) }
                }
            }
            if !reasons.isEmpty {
                writer.array("reasons") { writer in
                    for reason in reasons { writer.string(nil, reason) }
                }
            }
        }
        return .json(writer, status: reasons.isEmpty ? .ok : .serviceUnavailable)
    }

    /// What the store knows, read at each scrape: it is the same for every process on it.
    private static func gauges(_ backlog: Backlog, now: Date) -> String {
        var text = PrometheusText()
        text.family("haechi_events", type: "gauge", help: "Events by state")
        for state in EventState.allCases {
            text.sample("haechi_events", [("state", state.rawValue)], Double(backlog.events[state] ?? 0))
        }
        text.family("haechi_actions", type: "gauge", help: "Actions by state")
        for state in ActionState.allCases {
            text.sample("haechi_actions", [("state", state.rawValue)], Double(backlog.actions[state] ?? 0))
        }
        text.family("haechi_open_cases", type: "gauge", help: "Cases that wait for a judgement")
        text.sample("haechi_open_cases", [], Double(backlog.openCases))
        let ages = [("event", backlog.oldestQueuedEvent), ("action", backlog.oldestPendingAction)]
        let help = "Age of the oldest event or action that waits, 0 for none"
        text.family("haechi_oldest_waiting_seconds", type: "gauge", help: help)
        for (name, since) in ages {
            text.sample("haechi_oldest_waiting_seconds", [("what", name)], since.map { max(0, now.timeIntervalSince($0)) } ?? 0)
        }
        return text.text
    }
}
