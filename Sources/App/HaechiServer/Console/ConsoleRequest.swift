// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore

/// One request to the console, read once: what a handler needs of it, and who asks.
struct ConsoleRequest: Sendable {
    var method: HTTPRequest.Method
    var path: String
    var query: [String: String]
    var form: [String: String]
    var cookies: [String: String]
    var headers: HTTPFields
    /// The host and port that the client asked for.
    var host: String?
    /// Names in the route, such as `case`.
    var parameters: [String: String]
    var client: String
    var isSecure: Bool
    var language: ConsoleLanguage
    var now: Date
    /// Set once the session was found.
    var visitor: Visitor?
}

/// Who is logged in.
struct Visitor: Sendable {
    var account: ModeratorAccount
    var session: Session
}

extension ConsoleRequest {
    /// Forms of the console are small: a reason, a token.
    static let bodyLimit = 64 * 1024

    init(_ request: Request, context: some RequestContext, options: ConsoleOptions, now: Date) async throws {
        let target = (request.head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        method = request.method
        path = String(target[0])
        query = target.count > 1 ? Self.pairs(String(target[1])) : [:]
        headers = request.headers
        host = request.head.authority
        cookies = Dictionary(
            request.headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { part in
                let pair = part.split(separator: "=", maxSplits: 1)
                return pair.count == 2 ? (pair[0].trimmingCharacters(in: .whitespaces), String(pair[1])) : nil
            }, uniquingKeysWith: { first, _ in first })
        parameters = Dictionary(
            context.parameters.map { (String($0.key), String($0.value).removingPercentEncoding ?? String($0.value)) },
            uniquingKeysWith: { first, _ in first })
        let forwarded = request.headers[values: .xForwardedFor].last?.split(separator: ",").last
        let direct = (context as? any RemoteAddressRequestContext)?.remoteAddress?.ipAddress
        client = options.trustsProxy ? forwarded.map { $0.trimmingCharacters(in: .whitespaces) } ?? direct ?? "" : direct ?? ""
        isSecure = request.head.scheme == "https" || request.headers[.xForwardedProto]?.lowercased() == "https"
        language = ConsoleLanguage(cookie: cookies[CookieName.language], acceptLanguage: request.headers[.acceptLanguage])
        self.now = now
        form = [:]
        if method == .post {
            let body = try await request.body.collect(upTo: Self.bodyLimit)
            form = Self.pairs(String(buffer: body))
        }
    }

    /// `application/x-www-form-urlencoded`; of a name that comes twice the first counts.
    static func pairs(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            if result[pair[0]] == nil { result[pair[0]] = pair.count > 1 ? pair[1] : "" }
        }
        return result
    }

    /// A place in the console to go back to, never elsewhere.
    static func localPath(_ wanted: String?) -> String? {
        guard let wanted, wanted == "/console" || wanted.hasPrefix("/console/") || wanted.hasPrefix("/console?"),
            !wanted.contains("//"), !wanted.contains("\\"), wanted.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return nil }
        return wanted
    }

    /// A request that changes something must come from a page of this very host: browsers say where it comes from in headers
    /// that pages cannot forge.
    var comesFromHere: Bool {
        if let site = headers[.secFetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = headers[.origin] else { return true }
        guard let host, let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    /// True for requests by the page's scripts, which want a status rather than a page.
    var isFetch: Bool { headers[.secFetchDest] == "empty" || headers[.xCSRFToken] != nil }
}

enum CookieName {
    static let session = "haechi_session"
    static let login = "haechi_login"
    static let language = "haechi_language"
}

extension HTTPField.Name {
    // Each is a valid field name, so making it cannot fail.
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")!
    static let xCSRFToken = HTTPField.Name("X-CSRF-Token")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
