// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
package import Logging
import Metrics
package import Moderation
import NIOHTTP1
package import Pipeline

import struct Foundation.Date

/// Any platform that speaks the HTTP API: events come by it, actions go out as signed requests.
package struct WebhookConnector: Connector {
    package struct Options: Sendable {
        package var platform: PlatformID = "api"
        /// Where actions are sent; without it every action ends as failed, with a note that says so.
        package var url: String?
        package var secret: String
        package var deadline: Duration = .seconds(10)
        package var capabilities: Set<EffectKind> = Set(EffectKind.allCases.filter(\.isOnPlatform))

        package init(url: String?, secret: String) {
            self.url = url
            self.secret = secret
        }
    }

    package var platform: PlatformID { options.platform }
    package var capabilities: Set<EffectKind> { options.capabilities }

    private let options: Options
    private let uploads: any UploadStore
    private let fetcher: SafeFetcher
    private let timing: Timing
    private let logger: Logger

    package init(
        _ options: Options, uploads: any UploadStore, fetcher: SafeFetcher, logger: Logger, timing: Timing = .system
    ) {
        self.options = options
        self.uploads = uploads
        self.fetcher = fetcher
        self.logger = logger
        self.timing = timing
    }

    package func perform(_ action: Action) async throws(ConnectorError) -> String {
        guard let url = options.url else { throw .permanent("no webhook configured") }
        let response: OutboundResponse
        do throws(OutboundError) {
            response = try await OutboundHTTP.send(
                request(action, to: url), limit: 64 << 10, deadline: options.deadline)
        } catch {
            switch error {
            // It has answered, only too much: what it did is known from a repetition, which it must recognise by the key.
            case .tooLarge: throw .transient("webhook: answer too large", retryAfter: nil)
            case .timedOut: throw .transient("webhook: timed out", retryAfter: nil)
            case .unreachable(let why): throw .transient("webhook: \(why)", retryAfter: nil)
            }
        }
        Counter(label: "haechi_webhook_answers_total", dimensions: [("status", "\(response.status / 100)xx")]).increment()
        switch response.status {
        case 200..<300: return "delivered"
        case 409: return "had been delivered before"
        case 408, 425, 429, 500...: throw .transient("webhook: status \(response.status)", retryAfter: response.retryAfter)
        default: throw .permanent("webhook: status \(response.status)")
        }
    }

    /// A webhook has no way to look.
    package func verify(_ action: Action) async throws(ConnectorError) -> Verification { .cannotTell }

    package func fetch(_ media: Media, limit: Int) async throws(ConnectorError) -> [UInt8] {
        if let sha256 = media.sha256, let bytes = try await uploaded(sha256) {
            guard bytes.count <= limit else { throw .permanent("fetch: too large") }
            return bytes
        }
        guard let url = media.url else { throw .permanent("fetch: not uploaded, and no address given") }
        do throws(FetchError) {
            return try await fetcher.fetch(url, limit: limit)
        } catch {
            throw error.connectorError
        }
    }

    private func uploaded(_ sha256: String) async throws(ConnectorError) -> [UInt8]? {
        do {
            return try await uploads.upload(sha256: sha256)
        } catch {
            throw .transient("fetch: uploads cannot be read", retryAfter: nil)
        }
    }

    private func request(_ action: Action, to url: String) -> HTTPClientRequest {
        let body = WebhookBody.of(action).serialized
        let timestamp = String(Int64(timing.now().timeIntervalSince1970))
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "haechi")
        request.headers.add(name: "Idempotency-Key", value: action.id.rawValue)
        request.headers.add(name: WebhookSignature.timestampHeader, value: timestamp)
        request.headers.add(
            name: WebhookSignature.signatureHeader,
            value: WebhookSignature.sign(body, timestamp: timestamp, secret: options.secret))
        request.body = .bytes(body)
        return request
    }
}

extension FetchError {
    var connectorError: ConnectorError {
        switch self {
        case .refused(let why): .permanent("fetch: \(why)")
        case .tooLarge: .permanent("fetch: too large")
        case .timedOut: .transient("fetch: timed out", retryAfter: nil)
        case .unreachable(let why): .transient("fetch: \(why)", retryAfter: nil)
        case .status(let status, let retryAfter):
            status == 429 || status == 408 || status >= 500
                ? .transient("fetch: status \(status)", retryAfter: retryAfter) : .permanent("fetch: status \(status)")
        }
    }
}
