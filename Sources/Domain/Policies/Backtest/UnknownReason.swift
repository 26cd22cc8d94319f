// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// Why a rule could not tell, in words that are the same for all events with that cause and hold nothing of what people wrote.
struct UnknownReason: Hashable {
    let text: String
    /// Counters have not been kept for a whole window yet, and nothing else is missing.
    let isWarming: Bool

    init(_ value: Value) {
        switch value {
        case .unknown(let reasons): self.init(reasons)
        case .error(let error): self.init(["\(Self.failure): \(error.code.rawValue)"])
        default: self.init(["the condition gave \(value.typeName), not a bool"])
        }
    }

    /// - Parameter recorded: reasons as a finding joins them.
    init(recorded: String) { self.init(recorded.split(separator: "; ").map(String.init)) }

    private init(_ reasons: [String]) {
        isWarming = !reasons.isEmpty && reasons.allSatisfy { $0.contains(Self.warming) }
        // Until when it warms differs from event to event.
        text = reasons.map { reason in
            reason.firstRange(of: Self.warming).map { String(reason[..<$0.upperBound]) } ?? reason
        }.joined(separator: "; ")
    }

    private static let warming = "' is warming"
    private static let failure = "the condition failed"

    /// The message of an error may quote what it could not read.
    static func withoutContent(_ reason: String) -> String { reason.hasPrefix(failure) ? failure : reason }
}
