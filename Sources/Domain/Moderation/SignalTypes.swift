// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a signal of kind `contact` or `personal` can be narrowed to: the words that policies use and that matches carry as their bank.
package enum SignalTypes {
    package static func of(_ kind: SignalKind) -> [String] {
        switch kind {
        case .contact: contact
        case .personal: personal
        default: []
        }
    }

    /// Ways to reach somebody elsewhere, and where money is asked to be sent.
    package static let contact = [
        "handle", "telegram", "kakao", "discord", "line", "whatsapp", "wallet", "iban", "shortener",
    ]

    /// What belongs to one person.
    package static let personal = [
        "phone", "email", "korean-resident-number", "korean-phone", "card", "iban",
    ]
}
