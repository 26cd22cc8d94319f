// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Where the data is: `sqlite:PATH` or `postgres://…`.
package enum StorageAddress: Hashable, Sendable {
    case sqlite(path: String)
    case postgres(url: String)

    package init(_ text: String) throws(StorageError) {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            self = .postgres(url: text)
        } else if text.hasPrefix("sqlite:") {
            let rest = text.dropFirst("sqlite:".count)
            let path = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
            guard !path.isEmpty, path != ":memory:" else { throw .badAddress(text) }
            self = .sqlite(path: String(path))
        } else {
            // Not shown whole: it may be a URL with a password and a wrong scheme.
            throw .badAddress(String(text.prefix { $0 != ":" && $0 != "@" }))
        }
    }

    /// For messages: without user, password and options.
    package var location: String {
        switch self {
        case .sqlite(let path): return "sqlite:\(path)"
        case .postgres(let url):
            guard let parts = URLComponents(string: url) else { return "postgres" }
            let port = parts.port.map { ":\($0)" } ?? ""
            return "postgres://\(parts.host ?? "")\(port)\(parts.path)"
        }
    }
}
