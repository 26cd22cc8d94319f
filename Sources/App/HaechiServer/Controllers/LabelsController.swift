// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import Pipeline
import Policies

/// Labels on actors and spaces. Every token may look; to change one, a token must be named in `ServerOptions.ruleTokens`.
struct LabelsController {
    let ports: ServerPorts
    let options: ServerOptions

    private static let most = 1_000

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.get("/labels", use: list)
        api.put("/labels/:label", use: set)
        api.delete("/labels/:label", use: unset)
    }

    @Sendable func list(_ request: Request, context: ServerContext) async throws -> Response {
        let query = request.uri.queryParameters
        let name = query["name"].map(String.init)
        if name?.utf8.contains(0) == true { throw APIError.invalid("name", "a label's name") }
        let limit = query["limit"].map { Int($0) ?? 0 } ?? 200
        guard (1...Self.most).contains(limit) else { throw APIError.invalid("limit", "a whole number from 1 to \(Self.most)") }
        guard query["platform"] != nil || query["actor"] != nil || query["space"] != nil else {
            return .json(Self.answer(try await labels().labels(named: name, limit: limit)))
        }
        let subject = try LabelWish(query).subject()
        let all = try await labels().labels(on: subject).filter { name == nil || $0.name == name }
        return .json(Self.answer(all.prefix(limit)))
    }

    @Sendable func set(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try await LabelWish(request)
        return try await change(wish, context) { try await $0.set($1) }
    }

    @Sendable func unset(_ request: Request, context: ServerContext) async throws -> Response {
        let wish = try LabelWish(request.uri.queryParameters)
        return try await change(wish, context) { try await $0.unset($1) }
    }

    /// Answers with the labels that the subject has afterwards.
    private func change(
        _ wish: LabelWish, _ context: ServerContext, _ work: (LabelService, LabelService.Wish) async throws -> Label
    ) async throws -> Response {
        let subject = try wish.subject()
        guard let caller = context.caller, options.ruleTokens.contains(caller) else {
            throw APIError(
                status: .forbidden, code: "forbidden",
                message: "this token may not change labels; api.rule_tokens names those that may")
        }
        guard let name = try context.parameters.require("label").removingPercentEncoding else {
            throw APIError.notFound("there is no label of this name")
        }
        let labels = try labels()
        do {
            _ = try await work(
                labels, .init(name: name, subject: subject, hours: wish.hours, reason: wish.reason, by: context.accountName))
        } catch let error as LabelError {
            throw APIError(error)
        }
        return .json(Self.answer(try await labels.labels(on: subject)))
    }

    private func labels() throws -> LabelService {
        guard let labels = ports.labels else { throw APIError.notFound("this server keeps no labels") }
        return labels
    }

    private static func answer(_ labels: some Sequence<Label>) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("labels") { writer in
                for label in labels {
                    writer.object { writer in
                        writer.string("name", label.name)
                        writer.string("platform", label.subject.platform.rawValue)
                        writer.string(label.subject.kind.rawValue, label.subject.id)
                        writer.string("by", label.by.label)
                        writer.string("reason", label.reason)
                        writer.string("at", RFC3339.text(label.at))
                        writer.string("expires_at", ifPresent: label.expiresAt.map(RFC3339.text))
                        writer.boolean("manual", label.isManual)
                    }
                }
            }
        }
        return writer
    }
}

/// What a caller says about a label: in the body of a PUT, in the query of a DELETE.
private struct LabelWish {
    var platform = ""
    var actor: String?
    var space: String?
    var hours: Int?
    var reason = ""

    private init() {}

    init(_ query: Parameters) throws {
        func text(_ name: Substring) -> String? { query[name].map(String.init) }
        (platform, actor, space, reason) = (text("platform") ?? "", text("actor"), text("space"), text("reason") ?? "")
        guard let hours = text("hours") else { return }
        guard let number = Int(hours), (1...LabelService.mostHours).contains(number) else {
            throw APIError.invalid("hours", "a whole number from 1 to \(LabelService.mostHours)")
        }
        self.hours = number
    }

    init(_ request: Request) async throws {
        self = try await request.document(atMost: 8 << 10) { (document) throws(JSONSyntaxError) -> LabelWish? in
            var wish = LabelWish()
            let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
                switch key {
                case "platform": wish.platform = try document.string(bytes: 1...255) ?? ""
                case "actor": wish.actor = try document.string(bytes: 1...1_000)
                case "space": wish.space = try document.string(bytes: 1...1_000)
                case "hours": wish.hours = try document.integer(in: 1...LabelService.mostHours)
                case "reason": wish.reason = try document.string(bytes: 1...500) ?? ""
                default: try document.unknown(of: "platform, actor, space, hours, reason")
                }
            }
            return isObject ? wish : nil
        }
    }

    func subject() throws -> LabelSubject {
        func isName(_ text: String) -> Bool { !text.isEmpty && !text.utf8.contains(0) }
        guard isName(platform) else { throw APIError.invalid("platform", "the platform's name") }
        switch (actor, space) {
        case (let actor?, nil) where isName(actor): return .actor(PlatformID(platform), ActorID(actor))
        case (nil, let space?) where isName(space): return .space(PlatformID(platform), SpaceID(space))
        default: throw APIError.invalid("", "either actor or space")
        }
    }
}

extension APIError {
    fileprivate init(_ error: LabelError) {
        switch error {
        case .undeclared: self = .notFound(error.message)
        case .wrongSubject: self.init(status: .conflict, code: "refused", message: error.message)
        case .invalid(let field, let expected): self = .invalid(field, expected)
        }
    }
}
