// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import HTTPTypes
import Hummingbird

/// Lets in who shows one of the API's tokens, and everybody when there are none.
struct TokenMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    private let digests: [(name: String, digest: SHA256.Digest)]

    init(tokens: [String: String]) {
        digests = tokens.map { ($0.key, SHA256.hash(data: Array($0.value.utf8))) }
    }

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard !digests.isEmpty else { return try await next(request, context) }
        guard let shown = request.headers[.authorization], shown.prefix(7).lowercased() == "bearer ",
            let caller = caller(showing: shown.dropFirst(7))
        else { throw APIError.unauthorized }
        var context = context
        context.caller = caller
        return try await next(request, context)
    }

    /// Compares digests, whose comparison takes the same time wherever they differ, with every token.
    private func caller(showing secret: Substring) -> String? {
        let shown = SHA256.hash(data: Array(secret.utf8))
        return digests.reduce(nil) { found, token in token.digest == shown ? token.name : found }
    }
}
