// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to one exchange: to its host only, over TLS unless it is this machine, within limits of size and time.
struct ExchangeHTTP: Sendable {
    private static let refusalLimit = 64 << 10

    /// One for the process: it lives as long as the process does, so that nobody has to shut it down in the right order.
    private static let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    private static var configuration: HTTPClient.Configuration {
        // No redirects: credentials are for the configured host.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Without a slash at its end.
    let base: String
    /// Most bytes of an answer.
    let limit: Int
    /// For an answer as a whole.
    let deadline: Duration

    /// - Parameter path: behind the base, query included.
    func send(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)], body: [UInt8]? = nil
    ) async throws(ExchangeError) -> ExchangeAnswer {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "User-Agent", value: "haechi")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let answer = try await receive(request)
        switch answer.status {
        case 200..<300: return answer
        case 300..<400: throw .unavailable("answered with a redirect, which is not followed", retryAfter: nil)
        case 401, 403: throw .unauthorized(status: answer.status)
        case 408, 425: throw .unavailable("status \(answer.status)", retryAfter: answer.retryAfter)
        case 429: throw .limited(retryAfter: answer.retryAfter)
        case 500...: throw .unavailable("status \(answer.status)", retryAfter: answer.retryAfter)
        default: throw .refused(status: answer.status)
        }
    }

    private func receive(_ request: HTTPClientRequest) async throws(ExchangeError) -> ExchangeAnswer {
        do {
            return try await withThrowingTaskGroup(of: ExchangeAnswer.self) { group in
                group.addTask { try await read(request) }
                group.addTask {
                    try await Task.sleep(for: deadline)
                    throw ExchangeError.unavailable("timed out", retryAfter: nil)
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw ExchangeError.unavailable("no answer", retryAfter: nil) }
                return first
            }
        } catch let error as ExchangeError {
            throw error
        } catch let error as HTTPClientError {
            throw .unavailable(error.shortDescription, retryAfter: nil)
        } catch is CancellationError {
            throw .unavailable("cancelled", retryAfter: nil)
        } catch {
            throw .unavailable("connection failed", retryAfter: nil)
        }
    }

    private func read(_ request: HTTPClientRequest) async throws -> ExchangeAnswer {
        let response = try await Self.client.execute(request, timeout: .hours(1))
        let isAnswer = (200..<300).contains(response.status.code)
        let limit = isAnswer ? limit : Self.refusalLimit
        var body: [UInt8] = []
        for try await part in response.body {
            guard body.count + part.readableBytes <= limit else {
                if isAnswer { throw ExchangeError.tooLarge }
                break
            }
            body.append(contentsOf: part.readableBytesView)
        }
        // Some servers close in the middle without an error: then the length tells.
        if isAnswer, let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }), body.count < length {
            throw ExchangeError.unavailable("the answer was cut off", retryAfter: nil)
        }
        return ExchangeAnswer(status: Int(response.status.code), headers: response.headers, body: body)
    }

    /// Text as it may stand in a query or as one part of a path.
    static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    static func query(_ pairs: [(String, String)]) -> String {
        pairs.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
    }
}

/// What came back, read in full.
struct ExchangeAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    /// Seconds of a `Retry-After` header; nil for a date, which the servers we know do not send.
    var retryAfter: Double? {
        headers.first(name: "Retry-After").flatMap { Double($0) }.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }

    /// A page for people, such as one about maintenance, has nothing to do with the protocol: it passes.
    func checkNotAWebPage() throws(ExchangeError) {
        let start = String(decoding: body.prefix(64), as: UTF8.self).lowercased()
        if start.contains("<!doctype html") || start.contains("<html") {
            throw .unavailable("answered with a web page", retryAfter: nil)
        }
    }

    func json() throws(ExchangeError) -> JSONTree {
        try checkNotAWebPage()
        do throws(JSONError) { return try JSONTree.read(body) } catch {
            throw .malformed("no JSON at byte \(error.at) of \(body.count)")
        }
    }

    func xml() throws(ExchangeError) -> XMLElement {
        try checkNotAWebPage()
        do throws(XMLError) { return try XMLReader.read(body) } catch {
            throw .malformed("no XML at byte \(error.at) of \(body.count): \(error.reason)")
        }
    }
}
