// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import Pipeline
import Policies

/// Which rules may act, what they did, and the ways to stop them and to take back what they did.
///
/// Every token may look, stop a rule and turn the switch to case-only; to let rules act again, and to take back, a token must be
/// named in `ServerOptions.ruleTokens`.
struct RulesController {
    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.get("/rules") { _, _ in try await answer() }
        api.put("/rules/switch", use: turn)
        api.post("/rules/versions/:version/promotions", use: promote)
        api.post("/rules/versions/:version/stop", use: stop)
        api.get("/rules/versions/:version/undo", use: previewUndo)
        api.post("/rules/versions/:version/undo", use: undo)
        api.post("/rules/requests/:request/approve", use: approve)
        api.post("/rules/requests/:request/refuse", use: refuse)
        api.post("/rules/stops/:stop/lift", use: lift)
        api.post("/rules/undos/:undo", use: changeUndo)
    }

    @Sendable func turn(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        guard let mode = wish.mode else { throw APIError.invalid("mode", "this field, which is required") }
        if mode == .normal { try mayChange(context) }
        return try await changing { try await $0.turn(to: mode, by: context.accountName, reason: wish.reason) }
    }

    @Sendable func promote(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        guard let stage = wish.stage else { throw APIError.invalid("stage", "this field, which is required") }
        try mayChange(context)
        return try await changing { desk in
            let key = try await desk.key(try version(context))
            try await desk.promote(
                Promotion(
                    key: key, stage: stage, percent: wish.percent, by: context.accountName, reason: wish.reason,
                    report: wish.report))
        }
    }

    @Sendable func stop(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        return try await changing { desk in
            try await desk.stop(try await desk.key(try version(context)), by: context.accountName, reason: wish.reason)
        }
    }

    @Sendable func approve(_ request: Request, context: ServerContext) async throws -> Response {
        try mayChange(context)
        let id = try part("request", context)
        return try await changing { try await $0.approve(id, by: context.accountName) }
    }

    @Sendable func refuse(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        try mayChange(context)
        let id = try part("request", context)
        return try await changing { try await $0.refuse(id, by: context.accountName, reason: wish.reason) }
    }

    @Sendable func lift(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        try mayChange(context)
        let id = try part("stop", context)
        return try await changing { try await $0.lift(id, by: context.accountName, reason: wish.reason) }
    }

    @Sendable func previewUndo(_ request: Request, context: ServerContext) async throws -> Response {
        let desk = try desk()
        let preview: RuleUndoPreview
        do {
            preview = try await desk.previewUndo(of: try await desk.key(try version(context)))
        } catch let error as RuleChangeError {
            throw APIError(error)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("version", preview.key.description)
            writer.integer("decisions", preview.decisions)
            writer.integer("shared", preview.shared)
            writer.integer("already_undone", preview.alreadyUndone)
            for (name, counts) in [
                ("reversible", preview.reversible), ("irreversible", preview.irreversible), ("waiting", preview.waiting),
            ] {
                writer.object(name) { writer in
                    for (effect, count) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                        writer.integer(effect.rawValue, count)
                    }
                }
            }
            writer.array("newest") { writer in
                for decision in preview.newest { writer.string(nil, decision.id.rawValue) }
            }
        }
        return .json(writer)
    }

    @Sendable func undo(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request)
        try mayChange(context)
        return try await changing { desk in
            try await desk.startUndo(
                of: try await desk.key(try version(context)), by: context.accountName, reason: wish.reason, perMinute: wish.pace)
        }
    }

    @Sendable func changeUndo(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await RuleWish(request, needsReason: false)
        guard let state = wish.state, state != .done else { throw APIError.invalid("state", "one of running, paused") }
        try mayChange(context)
        let id = try part("undo", context)
        return try await changing { desk in
            switch state {
            case .paused: try await desk.pauseUndo(id, by: context.accountName)
            case .running, .done: try await desk.resumeUndo(id, by: context.accountName)
            }
        }
    }

    // MARK: - What they share

    private func desk() throws -> any RuleDesk {
        guard let desk = ports.rules else { throw APIError.notFound("this server keeps no registry of rules") }
        return desk
    }

    private func mayChange(_ context: ServerContext) throws {
        guard let caller = context.caller, options.ruleTokens.contains(caller) else {
            throw APIError(
                status: .forbidden, code: "forbidden",
                message: "this token may not let rules act; api.rule_tokens names those that may")
        }
    }

    private func version(_ context: ServerContext) throws -> String { try part("version", context) }

    private func part(_ name: String, _ context: ServerContext) throws -> String {
        let text = try context.parameters.require(name)
        guard let decoded = text.removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw APIError.notFound("there is nothing of this name")
        }
        return decoded
    }

    /// Makes a change and answers with how everything stands after it.
    private func changing(_ change: (any RuleDesk) async throws -> Void) async throws -> Response {
        do {
            try await change(try desk())
        } catch let error as RuleChangeError {
            throw APIError(error)
        }
        return try await answer()
    }

    private func answer() async throws -> Response {
        let overview = try await desk().overview()
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("mode", overview.mode.rawValue)
            writer.string("approval", overview.approval.rawValue)
            writer.array("rules") { writer in
                for row in overview.rows { Self.write(row, to: &writer) }
            }
            writer.array("requests") { writer in
                for request in overview.requests { Self.write(request, to: &writer) }
            }
            writer.array("stops") { writer in
                for stop in overview.stops { Self.write(stop, to: &writer) }
            }
            writer.array("undos") { writer in
                for undo in overview.undos { Self.write(undo, to: &writer) }
            }
            writer.array("file_problems") { writer in
                for problem in ports.policyProblems() { writer.string(nil, problem) }
            }
        }
        return .json(writer)
    }

    private static func write(_ row: RuleOverview.Row, to writer: inout JSONWriter) {
        let version = row.version
        writer.object { writer in
            writer.string("rule", version.key.rule)
            writer.string("version", version.key.version)
            writer.string("policy", version.policy)
            writer.boolean("loaded", version.isLoaded)
            writer.boolean("destructive", version.isDestructive)
            writer.string("asked", version.asked.rawValue)
            writer.string("stage", row.standing.stage.rawValue)
            writer.string("why", ifPresent: row.standing.shortfall?.text)
            writer.string("stopped", ifPresent: row.standing.stop?.reason)
            writer.integer("events", row.seen)
            writer.integer("fired", row.count.fired)
            writer.integer("acted", row.count.acted)
            writer.integer("held", row.count.held)
            writer.integer("confirmed", version.confirmed)
            writer.integer("overturned", version.overturned)
            writer.string("back_test", ifPresent: row.report?.id)
        }
    }

    private static func write(_ request: PromotionRequest, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", request.id)
            writer.string("version", request.key.description)
            writer.string("stage", request.stage.rawValue)
            if let percent = request.percent { writer.integer("percent", percent) }
            writer.string("by", request.by)
            writer.string("at", RFC3339.text(request.at))
            writer.string("reason", request.reason)
            writer.string("back_test", ifPresent: request.report)
        }
    }

    private static func write(_ stop: RuleStop, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", stop.id)
            writer.string("version", stop.key.description)
            writer.string("at", RFC3339.text(stop.at))
            writer.string("cause", stop.cause.rawValue)
            writer.string("reason", stop.reason)
            writer.string("by", stop.by)
            writer.string("lift_asked_by", ifPresent: stop.liftAskedBy)
        }
    }

    private static func write(_ undo: RuleUndo, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", undo.id)
            writer.string("version", undo.key.description)
            writer.string("state", undo.state.rawValue)
            writer.string("by", undo.by)
            writer.string("reason", undo.reason)
            writer.integer("per_minute", undo.perMinute)
            writer.integer("total", undo.total)
            writer.integer("undone", undo.undone)
            writer.integer("kept", undo.kept)
            writer.integer("failed", undo.failed)
            writer.object("irreversible") { writer in
                for (effect, count) in undo.irreversible.sorted(by: { $0.key < $1.key }) { writer.integer(effect, count) }
            }
        }
    }
}

/// What a caller asks for, in any of these requests.
private struct RuleWish {
    var reason = ""
    var mode: RuleMode?
    var stage: RuleFinding.Stage?
    var percent: Int?
    var report: String?
    var pace: Int?
    var state: RuleUndo.State?

    init(_ request: Request, needsReason: Bool = true) async throws {
        self = try await request.document(atMost: 4 << 10) { (document) throws(JSONSyntaxError) -> RuleWish? in
            var wish = RuleWish()
            let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
                switch key {
                case "reason": wish.reason = try document.string(bytes: 1...500) ?? ""
                case "mode": wish.mode = try document.word(RuleMode.self)
                case "stage": wish.stage = try document.word(RuleFinding.Stage.self)
                case "percent": wish.percent = try document.integer(in: 1...99)
                case "back_test": wish.report = try document.string(bytes: 1...100)
                case "per_minute": wish.pace = try document.integer(in: 1...1_000_000)
                case "state": wish.state = try document.word(RuleUndo.State.self)
                default: try document.unknown(of: "reason, mode, stage, percent, back_test, per_minute, state")
                }
            }
            if isObject, needsReason, wish.reason.isEmpty { document.refuse("this field, which is required", field: "reason") }
            return wish
        }
    }

    private init() {}
}

extension APIError {
    fileprivate init(_ error: RuleChangeError) {
        switch error {
        case .noSuchVersion, .noSuchRule, .noSuchRequest, .noSuchStop, .noSuchUndo: self = .notFound(error.message)
        case .needsAnotherPerson: self.init(status: .forbidden, code: "second-person", message: error.message)
        case .reasonMissing: self = .invalid("reason", "this field, which is required")
        case .notAbove, .needsBackTest, .alreadyAsked, .invalid:
            self.init(status: .conflict, code: "refused", message: error.message)
        }
    }
}
