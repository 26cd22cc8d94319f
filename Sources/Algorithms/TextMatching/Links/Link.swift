// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A link in a text.
public struct Link: Sendable, Hashable {
    /// Scheme, lower-case host, port unless it is the scheme's own, path, and the query without tracking parameters.
    /// The fragment is dropped, but for `matrix.to`, whose links are nothing else. A bare domain counts as https. International hosts
    /// are written out, also where the text has them in punycode.
    public let normalized: String
    public let host: String
    /// UTF-8 bytes of the original text.
    public let range: Range<Int>

    /// The link without its scheme: http and https of one page are the same.
    public var key: String {
        guard let colon = normalized.firstIndex(of: ":") else { return normalized }
        return String(normalized[colon...].dropFirst(3))
    }
}
