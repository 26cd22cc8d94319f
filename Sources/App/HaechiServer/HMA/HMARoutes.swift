// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Hummingbird
import Moderation
import Signals

/// The HTTP surface of Hasher-Matcher-Actioner 2, so that its clients can be pointed here; docs/hma.md says what is covered.
///
/// Hashing is below `/h`, matching below `/m`, curation below `/c`, as there; errors are `{"message": …}`, as there.
struct HMARoutes {
    let ports: ServerPorts
    let options: ServerOptions

    /// The source that content banked through this surface comes from.
    static let source = "hma"

    func addRoutes(to router: Router<ServerContext>, tokens: TokenMiddleware) {
        // Asked by load balancers, which have no token.
        router.get("/status") { _, _ in
            let problems = await ports.readiness()
            return Response(
                status: problems.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
                body: .init(byteBuffer: .init(string: problems.isEmpty ? "I-AM-ALIVE" : "NOT-READY: " + problems[0])))
        }
        let group = router.group().add(middleware: HMAErrors()).add(middleware: tokens)
        addHashing(to: group.group("/h"))
        addMatching(to: group.group("/m"))
        addCuration(to: group.group("/c"))
    }
}

/// HMA's names for kinds of fingerprints.
enum HMASignalType: String, CaseIterable {
    case pdq
    case videoMD5 = "video_md5"

    var kind: Fingerprint.Kind {
        switch self {
        case .pdq: .pdq
        case .videoMD5: .md5
        }
    }

    init(named name: some StringProtocol) throws {
        guard let type = Self(rawValue: String(name)) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.hma(.badRequest, "No such SignalType '\(name)'; there are: \(known)")
        }
        self = type
    }
}

/// Says what went wrong in HMA's form: `{"message": …}`, and 400 where we say 422.
private struct HMAErrors: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let failure: APIError
        do {
            return try await next(request, context)
        } catch let error as APIError {
            failure = error
        } catch let error as BankError {
            failure = APIError(error)
        } catch let error as MediaError {
            failure = APIError(error)
        }
        var writer = JSONWriter()
        writer.object { $0.string("message", failure.message) }
        var response = Response.json(writer, status: failure.status == .unprocessableContent ? .badRequest : failure.status)
        response.headers.append(contentsOf: failure.headers)
        return response
    }
}

extension APIError {
    static func hma(_ status: HTTPResponse.Status, _ message: String) -> APIError {
        APIError(status: status, code: "hma", message: message)
    }

    init(_ error: BankError) {
        switch error {
        case .noSuchBank, .noSuchSource, .noSuchImport, .noSuchFingerprint: self = .notFound("\(error)")
        case .bankExists: self = APIError(status: .conflict, code: "exists", message: "\(error)")
        case .invalid: self = APIError(status: .unprocessableContent, code: "invalid", message: "\(error)")
        case .refusedRecords(let records):
            self = .invalid(
                records.prefix(DocumentReader.mostProblems).map {
                    Problem(path: $0.line > 0 ? "[\($0.line - 1)]" : "", expected: $0.reason)
                })
        case .needsAnotherPerson: self = APIError(status: .forbidden, code: "needs-another-person", message: "\(error)")
        case .unavailable: self = .unavailable("\(error)", retryAfter: 5)
        }
    }

    init(_ error: MediaError) {
        switch error {
        case .unsupported, .nothingToSee, .undecodable:
            self = APIError(status: .unprocessableContent, code: "undecodable", message: error.message)
        case .tooLarge: self = APIError(status: .contentTooLarge, code: "too-large", message: error.message)
        case .unavailable: self = .unavailable(error.message, retryAfter: 5)
        }
    }
}
