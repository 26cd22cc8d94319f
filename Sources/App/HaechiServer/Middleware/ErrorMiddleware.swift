// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Pipeline

/// The one place that turns errors into answers. Nothing of an unexpected error is told or logged but its type: its text could
/// quote content.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return answer(to: error, context).response
        }
    }

    private func answer(to error: any Error, _ context: ServerContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as JSONSyntaxError: return .malformed(error)
        case let error as IntakeOverloaded: return .overloaded(retryAfter: error.retryAfter)
        case is NIOTooManyBytesError:
            return APIError(status: .contentTooLarge, code: "too-large", message: "the body is too large")
        case let error as HTTPError where error.status == .notFound: return .notFound("there is nothing at this path")
        case let error as any HTTPResponseError:
            return APIError(status: error.status, code: "refused", message: error.status.reasonPhrase)
        case let error as any PassingFailure:
            guard let reason = error.passingReason else { return unexpected(error, context) }
            context.logger.error("request put off", metadata: ["reason": "\(reason)"])
            return .unavailable(reason, retryAfter: 5)
        default: return unexpected(error, context)
        }
    }

    private func unexpected(_ error: any Error, _ context: ServerContext) -> APIError {
        context.logger.error("request failed", metadata: ["error": "\(type(of: error))"])
        return APIError(
            status: .internalServerError, code: "internal",
            message: "something failed here; tell the operator \(context.requestID)")
    }
}
