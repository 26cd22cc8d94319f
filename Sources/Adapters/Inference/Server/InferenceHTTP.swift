// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Signals

/// What came back, read in full and within its limit.
struct InferenceAnswer: Sendable {
    var status: Int
    /// Length of the JSON in front of binary tensors; nil for JSON alone.
    var jsonLength: Int?
    var body: [UInt8]
}

/// Why there is no answer.
enum InferenceFault: Error, Hashable {
    case timedOut
    /// The asker has gone.
    case cancelled
    case unreachable(String)
    case tooLarge
}

/// Requests to one model server: to its host only, without redirects, within limits of size and time.
struct InferenceHTTP: Sendable {
    /// Most bytes of an answer: numbers of a few models for a few pictures, not pictures.
    static let largestAnswer = 1 << 20

    /// One for the process: it lives as long as the process does, so that nobody has to shut it down in the right order.
    private static let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    private static var configuration: HTTPClient.Configuration {
        // No redirects: pictures and the token are for the configured host.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Without a slash at its end.
    let base: String
    let token: String?

    init(base: String, token: String?) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.token = token
    }

    /// - Parameters:
    ///   - path: behind the base.
    ///   - jsonLength: of the body's JSON, when binary tensors follow it.
    func send(
        _ path: String, body: [UInt8]? = nil, jsonLength: Int? = nil, until deadline: ContinuousClock.Instant
    ) async throws(InferenceFault) -> InferenceAnswer {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "User-Agent", value: "haechi")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.method = .POST
            request.headers.add(name: "Content-Type", value: jsonLength == nil ? "application/json" : "application/octet-stream")
            if let jsonLength { request.headers.add(name: Self.lengthHeader, value: "\(jsonLength)") }
            request.body = .bytes(body)
        }
        return try await within(deadline, request)
    }

    private static let lengthHeader = "Inference-Header-Content-Length"

    private func within(
        _ deadline: ContinuousClock.Instant, _ request: HTTPClientRequest
    ) async throws(InferenceFault) -> InferenceAnswer {
        do {
            return try await withThrowingTaskGroup(of: InferenceAnswer.self) { group in
                group.addTask { try await Self.read(request) }
                group.addTask {
                    try await Task.sleep(until: deadline, clock: .continuous)
                    throw InferenceFault.timedOut
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw InferenceFault.cancelled }
                return first
            }
        } catch let fault as InferenceFault {
            throw fault
        } catch {
            if Task.isCancelled { throw .cancelled }
            if ContinuousClock.now >= deadline { throw .timedOut }
            throw .unreachable((error as? HTTPClientError)?.shortDescription ?? "connection failed")
        }
    }

    private static func read(_ request: HTTPClientRequest) async throws -> InferenceAnswer {
        let response = try await client.execute(request, timeout: .hours(1))
        let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        if let length, length > largestAnswer { throw InferenceFault.tooLarge }
        var body: [UInt8] = []
        for try await part in response.body {
            guard body.count + part.readableBytes <= largestAnswer else { throw InferenceFault.tooLarge }
            body.append(contentsOf: part.readableBytesView)
        }
        // Some servers close in the middle without an error: then the length tells.
        if let length, body.count < length { throw InferenceFault.unreachable("the answer was cut off") }
        return InferenceAnswer(
            status: Int(response.status.code), jsonLength: response.headers.first(name: lengthHeader).map { Int($0) ?? -1 },
            body: body)
    }

    /// Text as it may stand as one part of a path.
    static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
