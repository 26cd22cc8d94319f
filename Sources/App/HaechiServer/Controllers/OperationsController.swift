// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore
import Pipeline
import Policies
import Signals

/// What operators and their tools ask: is it alive, is it ready, how much waits, what can be called.
struct OperationsController {
    let ports: ServerPorts
    let metrics: PrometheusMetrics
    let openAPI: ByteBuffer

    func addRoutes(to router: Router<ServerContext>, tokens: TokenMiddleware) {
        router.get("/") { _, _ in Response.redirect(to: "/console", type: .found) }
        router.get("/live") { _, _ in Self.state("live", []) }
        router.get("/ready") { _, _ in
            Self.state(
                "ready", await ports.readiness(), notes: await ruleNotes(), signals: await ports.signals(),
                decoder: await ports.workers().first { $0.role == "decoder" })
        }
        router.get("/openapi.json") { _, _ in
            Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: openAPI))
        }
        router.group("/metrics").add(middleware: tokens).get { _, _ in
            let text =
                metrics.text() + Self.gauges(try await ports.events.backlog(), now: ports.now())
                + Self.gauges(await ports.signals()) + Self.gauges(await ports.workers()) + Self.gauges(await ports.lookAlikes())
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

    /// - Parameters:
    ///   - signals: optional parts; that one is off is no reason not to be ready.
    ///   - decoder: what waits for it is shown, and is no reason either.
    private static func state(
        _ name: String, _ reasons: [String], notes: [String] = [], signals: [SignalStanding] = [],
        decoder: WorkerStanding? = nil
    ) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.boolean(name, reasons.isEmpty)
            if !signals.isEmpty {
                writer.object("signals") { writer in
                    for signal in signals { writer.string(signal.name, signal.text.withoutFolders) }
                }
            }
            if let decoder {
                writer.object("waiting") { writer in
                    writer.integer("pictures", decoder.waitingPictures)
                    writer.integer("videos", decoder.waitingVideos)
                }
            }
            if !notes.isEmpty {
                writer.array("notes") { writer in
                    for note in notes { writer.string(nil, note.withoutFolders) }
                }
            }
            if !reasons.isEmpty {
                writer.array("reasons") { writer in
                    for reason in reasons { writer.string(nil, reason.withoutFolders) }
                }
            }
        }
        return .json(writer, status: reasons.isEmpty ? .ok : .serviceUnavailable)
    }

    /// The processes that decode and that run models.
    private static func gauges(_ workers: [WorkerStanding]) -> String {
        guard !workers.isEmpty else { return "" }
        var text = PrometheusText()
        text.family("haechi_workers", type: "gauge", help: "Worker processes by role: wanted, running, busy")
        for one in workers {
            for (state, count) in [("wanted", one.wanted), ("running", one.running), ("busy", one.busy)] {
                text.sample("haechi_workers", [("role", one.role), ("state", state)], Double(count))
            }
        }
        text.family("haechi_worker_waiting", type: "gauge", help: "Files and questions that wait for a worker process")
        for one in workers { text.sample("haechi_worker_waiting", [("role", one.role)], Double(one.waiting)) }
        if let decoder = workers.first(where: { $0.role == "decoder" }) {
            text.family("haechi_media_waiting", type: "gauge", help: "Files that wait to be decoded; a GIF counts as a video")
            for (kind, count) in [("picture", decoder.waitingPictures), ("video", decoder.waitingVideos)] {
                text.sample("haechi_media_waiting", [("kind", kind)], Double(count))
            }
            let help = "Files put off because too many waited to be decoded"
            text.family("haechi_media_put_off_total", type: "counter", help: help)
            text.sample("haechi_media_put_off_total", [], Double(decoder.refused))
        }
        text.family("haechi_worker_deaths_total", type: "counter", help: "Worker processes lost, by reason")
        for one in workers {
            for (reason, count) in one.deaths.sorted(by: { $0.key < $1.key }) {
                text.sample("haechi_worker_deaths_total", [("role", one.role), ("reason", reason)], Double(count))
            }
        }
        return text.text
    }

    /// The index of pictures that look alike.
    private static func gauges(_ numbers: LookAlikeNumbers?) -> String {
        guard let numbers else { return "" }
        let statistics = numbers.statistics
        var text = PrometheusText()
        text.family("haechi_lookalike_pictures", type: "gauge", help: "Pictures in the index of look-alikes")
        text.sample("haechi_lookalike_pictures", [], Double(numbers.pictures))
        text.family("haechi_lookalike_waiting", type: "gauge", help: "Pictures that wait to be described for it")
        text.sample("haechi_lookalike_waiting", [], Double(statistics.waiting))
        let help = "Pictures it was told of, by what became of them"
        text.family("haechi_lookalike_pictures_total", type: "counter", help: help)
        let results = [
            ("kept", statistics.kept), ("dropped", statistics.dropped), ("withdrawn", statistics.withdrawn),
            ("failed", statistics.failed),
        ]
        for (result, count) in results { text.sample("haechi_lookalike_pictures_total", [("result", result)], Double(count)) }
        return text.text
    }

    /// What waits for models in this process.
    private static func gauges(_ signals: [SignalStanding]) -> String {
        guard !signals.isEmpty else { return "" }
        var text = PrometheusText()
        text.family("haechi_signal_on", type: "gauge", help: "1 where an optional signal can be computed, else 0")
        for signal in signals { text.sample("haechi_signal_on", [("signal", signal.name)], signal.problem == nil ? 1 : 0) }
        text.family("haechi_model_waiting", type: "gauge", help: "Questions that wait for a model")
        for signal in signals where signal.isAsked {
            text.sample("haechi_model_waiting", [("model", signal.name)], Double(signal.waiting))
        }
        text.family("haechi_model_oldest_seconds", type: "gauge", help: "Age of the oldest of them, 0 for none")
        for signal in signals where signal.isAsked {
            text.sample("haechi_model_oldest_seconds", [("model", signal.name)], signal.oldest)
        }
        return text.text
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

extension String {
    /// With the names of files instead of where they lie: the page is open to everybody, and need not tell how the machine is laid out.
    var withoutFolders: String {
        var text = ""
        var previous: Character = " "
        var rest = self[...]
        while let character = rest.first {
            // A path begins a word; the slashes of an address or a fraction stand inside one.
            guard character == "/", !previous.isLetter, !previous.isNumber, previous != "/", previous != ":" else {
                text.append(character)
                previous = character
                rest = rest.dropFirst()
                continue
            }
            let path = rest.prefix { !$0.isWhitespace && !"'\",;:()".contains($0) }
            text += path.split(separator: "/").last.map(String.init) ?? String(path)
            previous = path.last ?? character
            rest = rest.dropFirst(path.count)
        }
        return text
    }
}
