// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto

package import struct Foundation.Date

/// Proves to a receiver that a request is ours and new: an HMAC over the time and the body.
package enum WebhookSignature {
    package static let timestampHeader = "Haechi-Timestamp"
    package static let signatureHeader = "Haechi-Signature"

    /// `v1=` and the lower-case hexadecimal HMAC-SHA256 of `timestamp.body`.
    package static func sign(_ body: [UInt8], timestamp: String, secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: signed(body, timestamp), using: key)
        return "v1=" + hexadecimal(code)
    }

    /// Whether a request is authentic and at most `replayWindow` seconds old or ahead. A header may carry several signatures,
    /// separated by commas, while a secret is being replaced.
    package static func verify(
        _ body: [UInt8], timestamp: String, signature: String, secret: String, now: Date, replayWindow: Double = 300
    ) -> Bool {
        guard let seconds = Int64(timestamp), abs(now.timeIntervalSince1970 - Double(seconds)) <= replayWindow else {
            return false
        }
        let key = SymmetricKey(data: Array(secret.utf8))
        return signature.split(separator: ",").contains { one in
            let text = one.drop { $0 == " " }
            guard text.hasPrefix("v1="), let code = bytes(text.dropFirst(3)) else { return false }
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed(body, timestamp), using: key)
        }
    }

    private static func signed(_ body: [UInt8], _ timestamp: String) -> [UInt8] {
        Array(timestamp.utf8) + [UInt8(ascii: ".")] + body
    }

    private static func bytes(_ hexadecimal: Substring) -> [UInt8]? {
        let digits = hexadecimal.map(\.hexDigitValue)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
