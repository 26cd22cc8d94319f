// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
import Logging
import Metrics
import NIOCore
import NIOHTTP1

/// Calls the homeserver: waits when it asks for it, tries again what may pass, and turns every failure into a `MatrixError`.
struct MatrixClient: Sendable {
    let options: MatrixOptions
    let timing: Timing
    let logger: Logger

    /// A JSON call. All calls that we make are safe to repeat, so all are repeated after a passing failure.
    @discardableResult
    func call(
        _ method: HTTPMethod, _ path: MatrixPath, query: [(String, String)] = [], body: JSONValue? = nil
    ) async throws(MatrixError) -> JSONValue {
        let response = try await send(
            method, path, query: query, body: body, limit: options.answerLimit, deadline: options.deadline)
        do throws(JSONError) {
            return try JSONReader.read(response.body)
        } catch {
            throw MatrixError.malformed
        }
    }

    /// The bytes of a piece of media.
    func download(
        _ address: MatrixMediaAddress, limit: Int, as credential: MatrixPath.Credential = .bot
    ) async throws(MatrixError) -> [UInt8] {
        let query = credential == .admin ? [("admin_unsafely_bypass_quarantine", "true")] : []
        return try await send(
            .GET, .download(address, as: credential), query: query, body: nil, limit: limit, deadline: options.mediaDeadline
        ).body
    }

    private func send(
        _ method: HTTPMethod, _ path: MatrixPath, query: [(String, String)], body: JSONValue?, limit: Int, deadline: Duration
    ) async throws(MatrixError) -> OutboundResponse {
        let request = try makeRequest(method, path, query: query, body: body)
        var attempt = 0
        while true {
            let failure: MatrixError
            do throws(MatrixError) {
                return try await once(request, limit: limit, deadline: deadline)
            } catch {
                failure = error
            }
            attempt += 1
            guard let pause = pause(after: failure, attempt: attempt) else { throw failure }
            Counter(label: "haechi_matrix_retries_total").increment()
            do {
                try await timing.sleep(.seconds(pause))
            } catch {
                throw failure
            }
        }
    }

    /// Seconds until the next try; nil to give up.
    private func pause(after failure: MatrixError, attempt: Int) -> Double? {
        guard attempt < options.backoff.attempts else { return nil }
        let jittered = options.backoff.delay(after: attempt - 1, random: timing.random())
        switch failure {
        case .limited(let seconds):
            return seconds <= options.patience ? seconds + jittered : nil
        case .unavailable(_, let seconds):
            guard let seconds else { return jittered }
            return seconds <= options.patience ? seconds + jittered : nil
        case .refused, .tooLarge, .malformed, .noAdminToken:
            return nil
        }
    }

    private func makeRequest(
        _ method: HTTPMethod, _ path: MatrixPath, query: [(String, String)], body: JSONValue?
    ) throws(MatrixError) -> HTTPClientRequest {
        let token: String
        switch path.credential {
        case .bot: token = options.asToken
        case .admin:
            guard let adminToken = options.adminToken else { throw MatrixError.noAdminToken }
            token = adminToken
        }
        let pairs = query.map { MatrixPath.encode($0.0) + "=" + MatrixPath.encode($0.1) }
        let suffix = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
        var request = HTTPClientRequest(url: options.homeserverURL + path.path + suffix)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "User-Agent", value: "haechi")
        if method != .GET {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes((body ?? [:]).serialized)
        }
        return request
    }

    private func once(_ request: HTTPClientRequest, limit: Int, deadline: Duration) async throws(MatrixError) -> OutboundResponse
    {
        let response: OutboundResponse
        do throws(OutboundError) {
            response = try await OutboundHTTP.send(request, limit: limit, deadline: deadline)
        } catch {
            switch error {
            case .tooLarge: throw MatrixError.tooLarge
            case .timedOut: throw MatrixError.unavailable("timed out", retryAfter: nil)
            case .unreachable(let why): throw MatrixError.unavailable(why, retryAfter: nil)
            }
        }
        switch response.status {
        case 200..<300: return response
        case 429: throw MatrixError.limited(retryAfter: response.retryAfter ?? Self.retryAfter(response.body) ?? 1)
        case 500...: throw MatrixError.unavailable("status \(response.status)", retryAfter: response.retryAfter)
        default: throw MatrixError.refused(status: response.status, errcode: Self.errcode(response.body))
        }
    }

    private static func retryAfter(_ body: [UInt8]) -> Double? {
        guard let milliseconds = (try? JSONReader.read(body))?["retry_after_ms"]?.integer, milliseconds >= 0 else { return nil }
        return Double(milliseconds) / 1000
    }

    /// The code, if it looks like one: it is logged, so free text must not get in.
    private static func errcode(_ body: [UInt8]) -> String {
        let code = (try? JSONReader.read(body))?["errcode"]?.string ?? ""
        let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.0123456789".utf8
        let isCode = (1...64).contains(code.utf8.count) && code.utf8.allSatisfy { allowed.contains($0) }
        return isCode ? code : "unnamed"
    }
}
