// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline

/// Why the homeserver did not do what it was asked; never carries content, tokens or the homeserver's free text.
enum MatrixError: Error, Hashable, Sendable {
    /// It understood and said no, with its `errcode`.
    case refused(status: Int, errcode: String)
    /// It asked to wait for longer than we sit out.
    case limited(retryAfter: Double)
    /// It could not be reached, did not answer in time or had a fault of its own, time and again.
    case unavailable(String, retryAfter: Double?)
    /// Its answer is larger than we read.
    case tooLarge
    /// Its answer is no JSON, or lacks what it must have.
    case malformed
    /// The call needs an administrator's token and there is none.
    case noAdminToken

    var isForbidden: Bool { if case .refused(403, _) = self { true } else { false } }
    var isNotFound: Bool { if case .refused(404, _) = self { true } else { false } }

    /// Worth another try later.
    var isTransient: Bool {
        switch self {
        case .limited, .unavailable, .malformed: true
        // A wrong token is a fault of the configuration: what waits should be done once it is repaired.
        case .refused(let status, _): status == 401
        case .tooLarge, .noAdminToken: false
        }
    }

    var summary: String {
        switch self {
        case .refused(let status, let errcode): "refused with \(status) \(errcode)"
        case .limited(let seconds): "rate limited for \(seconds) s"
        case .unavailable(let why, _): "homeserver unavailable: \(why)"
        case .tooLarge: "answer too large"
        case .malformed: "answer not understood"
        case .noAdminToken: "needs an administrator's token"
        }
    }

    func connectorError(_ what: String) -> ConnectorError {
        guard isTransient else { return .permanent("\(what): \(summary)") }
        let wait: Double? =
            switch self {
            case .limited(let seconds): seconds
            case .unavailable(_, let seconds): seconds
            case .refused: 60
            case .tooLarge, .malformed, .noAdminToken: nil
            }
        return .transient("\(what): \(summary)", retryAfter: wait)
    }
}
