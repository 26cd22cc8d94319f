// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What came back: the body has been read in full and is within its limit.
struct OutboundResponse: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// Seconds of a `Retry-After` header; a date in it is left alone, since platforms send seconds.
    var retryAfter: Double? {
        guard let text = headers.first(name: "Retry-After"), let seconds = Double(text), seconds >= 0, seconds.isFinite else {
            return nil
        }
        return seconds
    }
}

enum OutboundError: Error {
    case tooLarge
    case timedOut
    /// The connection could not be made or broke; the reason has neither address nor content.
    case unreachable(String)
}

/// Requests to hosts that the operator configured. No redirects are followed, so that a token is never carried elsewhere.
enum OutboundHTTP {
    private static let refusalLimit = 64 << 10

    /// One for the process: it lives as long as the process does, so that nobody has to shut it down in the right order.
    static let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Sends a request and reads at most `limit` bytes of the answer within the deadline, which counts for all of it.
    static func send(
        _ request: HTTPClientRequest, by client: HTTPClient = client, limit: Int, deadline: Duration
    ) async throws(OutboundError) -> OutboundResponse {
        do {
            return try await withDeadline(deadline) {
                let response = try await client.execute(request, timeout: .hours(1))
                // What is said with a refusal is small, and worth reading whatever the limit on the wanted bytes.
                let limit = (200..<300).contains(response.status.code) ? limit : max(limit, refusalLimit)
                if let length = response.headers.first(name: "Content-Length").flatMap(Int.init), length > limit {
                    throw OutboundError.tooLarge
                }
                var body: [UInt8] = []
                for try await part in response.body {
                    guard body.count + part.readableBytes <= limit else { throw OutboundError.tooLarge }
                    body.append(contentsOf: part.readableBytesView)
                }
                return OutboundResponse(status: Int(response.status.code), headers: response.headers, body: body)
            }
        } catch let error as OutboundError {
            throw error
        } catch is DeadlineExceeded {
            throw OutboundError.timedOut
        } catch let error as HTTPClientError where error == .connectTimeout || error == .readTimeout {
            throw OutboundError.timedOut
        } catch let error as HTTPClientError {
            throw OutboundError.unreachable(error.shortDescription)
        } catch is CancellationError {
            throw OutboundError.unreachable("cancelled")
        } catch {
            throw OutboundError.unreachable("connection failed")
        }
    }
}
