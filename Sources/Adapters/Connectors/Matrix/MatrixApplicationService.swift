// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Logging
import Metrics
package import Pipeline

/// What the homeserver calls: it pushes every event of the rooms that the bot is in, in order, until it is answered with 200.
package struct MatrixApplicationService: InboundEndpoint {
    package let mountPath = "/_matrix/app/v1"
    package var bodyLimit: Int { options.transactionLimit }

    private let options: MatrixOptions
    private let inbox: MatrixInbox
    private let transactions: MatrixTransactions
    private let logger: Logger

    init(options: MatrixOptions, inbox: MatrixInbox, state: any StateStore, logger: Logger) {
        self.options = options
        self.inbox = inbox
        self.logger = logger
        transactions = MatrixTransactions(state: state, key: "\(options.platform).transaction")
    }

    package func respond(to request: InboundRequest) async -> InboundResponse {
        guard let token = bearerToken(request) else { return .error(401, "M_MISSING_TOKEN", "the homeserver's token is missing") }
        guard isHomeserver(token) else { return .error(403, "M_FORBIDDEN", "this is not the homeserver's token") }
        let parts = request.path.split(separator: "/").map(String.init)
        // `_matrix/app/v1` and then what is asked for.
        switch (request.method, parts.dropFirst(3).first, parts.count) {
        case ("PUT", "transactions", 5): return await transaction(parts[4], request.body)
        case ("POST", "ping", 4): return .json(200, [:])
        case ("GET", "users", 5), ("GET", "rooms", 5): return .error(404, "M_NOT_FOUND", "there is none")
        case (_, "transactions", 5), (_, "ping", 4), (_, "users", 5), (_, "rooms", 5):
            return .error(405, "M_UNRECOGNIZED", "this method is not supported here")
        default: return .error(404, "M_UNRECOGNIZED", "there is no such endpoint")
        }
    }

    private func bearerToken(_ request: InboundRequest) -> String? {
        guard let header = request.headers["authorization"] else { return request.query["access_token"] }
        guard header.prefix(7).lowercased() == "bearer " else { return nil }
        return String(header.dropFirst(7))
    }

    /// Compares digests, in constant time, so that the time taken tells nothing of the token.
    private func isHomeserver(_ token: String) -> Bool {
        !options.hsToken.isEmpty && SHA256.hash(data: Array(token.utf8)) == SHA256.hash(data: Array(options.hsToken.utf8))
    }

    private func transaction(_ id: String, _ body: [UInt8]) async -> InboundResponse {
        guard let json = try? JSONReader.read(body) else { return .error(400, "M_NOT_JSON", "the body is not JSON") }
        guard let events = json["events"]?.array else { return .error(400, "M_BAD_JSON", "`events` must be an array") }
        let delivery = MatrixTransactions.Delivery(id: id, events: events)
        do {
            if try await transactions.wasTaken(delivery) {
                Counter(label: "haechi_matrix_transactions_total", dimensions: [("result", "repeated")]).increment()
                return .json(200, [:])
            }
            try await inbox.take(transaction: await inbox.parse(events), patiently: await transactions.failures(of: id) >= 5)
            // Answered only now: what the homeserver need not send again is durable.
            try await transactions.taken(delivery)
            Counter(label: "haechi_matrix_transactions_total", dimensions: [("result", "taken")]).increment()
            return .json(200, [:])
        } catch {
            await transactions.failed(id)
            Counter(label: "haechi_matrix_transactions_total", dimensions: [("result", "refused")]).increment()
            let reason = (error as? MatrixError)?.summary ?? "\(type(of: error))"
            logger.error("transaction not taken, the homeserver will send it again", metadata: ["reason": "\(reason)"])
            return .error(503, "M_UNKNOWN", "not taken now, send it again")
        }
    }
}

extension InboundResponse {
    static func json(_ status: Int, _ body: JSONValue) -> InboundResponse {
        InboundResponse(status: status, headers: ["content-type": "application/json"], body: body.serialized)
    }

    static func error(_ status: Int, _ errcode: String, _ text: String) -> InboundResponse {
        json(status, ["errcode": .string(errcode), "error": .string(text)])
    }
}
