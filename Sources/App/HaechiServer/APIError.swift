// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTypes
import Hummingbird
import NIOCore

/// Why a request was refused, as its sender learns it.
struct APIError: Error {
    var status: HTTPResponse.Status
    /// A word to switch on: `malformed`, `invalid`, `too-large` …
    var code: String
    /// A sentence for people.
    var message: String
    /// Everything that is wrong with the document, at most `DocumentReader.mostProblems`.
    var problems: [Problem] = []
    var headers: HTTPFields = [:]

    static func malformed(_ error: JSONSyntaxError, line: Int? = nil) -> APIError {
        APIError(status: .badRequest, code: "malformed", message: (line.map { "line \($0): " } ?? "") + error.message)
    }

    static func invalid(_ problems: [Problem]) -> APIError {
        APIError(
            status: .unprocessableContent, code: "invalid", message: problems.first?.message ?? "the document is not valid",
            problems: problems)
    }

    static func invalid(_ path: String, _ expected: String) -> APIError { invalid([Problem(path: path, expected: expected)]) }

    static func notFound(_ message: String) -> APIError { APIError(status: .notFound, code: "not-found", message: message) }

    static let unauthorized = APIError(
        status: .unauthorized, code: "unauthorized", message: "send an API token: Authorization: Bearer …",
        headers: [.wwwAuthenticate: "Bearer"])

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return APIError(
            status: .methodNotAllowed, code: "method-not-allowed", message: "this path takes \(list)", headers: [.allow: list])
    }

    static func tooLarge(limit: Int) -> APIError {
        APIError(status: .contentTooLarge, code: "too-large", message: "the body may have at most \(limit) bytes")
    }

    static func unsupportedType(_ types: String) -> APIError {
        APIError(status: .unsupportedMediaType, code: "unsupported-type", message: "send \(types)")
    }

    static func overloaded(retryAfter: Int) -> APIError {
        APIError(
            status: .serviceUnavailable, code: "overloaded", message: "too much is waiting; try again in \(retryAfter) s",
            headers: [.retryAfter: String(retryAfter)])
    }

    /// What is kept cannot be written now.
    static func unavailable(_ reason: String, retryAfter: Int) -> APIError {
        APIError(
            status: .serviceUnavailable, code: "unavailable", message: reason, headers: [.retryAfter: String(retryAfter)])
    }

    var response: Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("error") { writer in
                writer.string("code", code)
                writer.string("message", message)
                writer.string("path", ifPresent: problems.first?.path)
                writer.string("expected", ifPresent: problems.first?.expected)
                guard !problems.isEmpty else { return }
                writer.array("problems") { writer in
                    for problem in problems {
                        writer.object { writer in
                            writer.string("path", problem.path)
                            writer.string("expected", problem.expected)
                        }
                    }
                }
            }
        }
        var response = Response.json(writer, status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Response {
    static func json(_ writer: JSONWriter, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}
