// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An address on the web, read strictly: what it says and what the HTTP client will do must be the same.
struct FetchTarget: Hashable, Sendable {
    let scheme: String
    /// Lower case; of an IP address its one spelling.
    let host: String
    let literal: IPAddress?
    let port: Int
    /// Path and query, beginning with `/`.
    let tail: String

    /// Why an address is not fetched.
    enum Problem: Error, Hashable {
        case unreadable, scheme, credentials, host, port

        var text: String {
            switch self {
            case .unreadable: "the address cannot be read"
            case .scheme: "only http and https are fetched"
            case .credentials: "an address with a user name is not fetched"
            case .host: "the host's name is not valid"
            case .port: "this port is not allowed"
            }
        }
    }

    init(_ text: String, schemes: Set<String>, ports: Set<Int>) throws(Problem) {
        guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw .unreadable
        }
        guard let colon = text.firstIndex(of: ":") else { throw .unreadable }
        scheme = text[..<colon].lowercased()
        guard schemes.contains(scheme), scheme == "http" || scheme == "https" else { throw .scheme }
        guard text[colon...].hasPrefix("://") else { throw .unreadable }
        let rest = text[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else { throw .credentials }
        let (name, portText) = try Self.split(authority)
        port = try Self.port(portText, scheme: scheme)
        guard ports.contains(port) else { throw .port }
        literal = IPAddress(name)
        if let literal { host = literal.text } else { host = try Self.hostName(name) }
        let path = rest[end...].prefix { $0 != "#" }
        tail = path.hasPrefix("/") ? String(path) : "/" + String(path)
    }

    /// Rebuilt from the parts that were checked.
    var url: String {
        let shown = literal?.isV6 == true ? "[\(host)]" : host
        return "\(scheme)://\(shown):\(port)\(tail)"
    }

    /// `[v6]:port`, `host:port` or `host`.
    private static func split(_ authority: Substring) throws(Problem) -> (String, Substring?) {
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { throw .host }
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            return (String(authority[...close]), after.isEmpty ? nil : after.dropFirst())
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw .host }
        return (String(parts[0]), parts.count == 2 ? parts[1] : nil)
    }

    private static func port(_ text: Substring?, scheme: String) throws(Problem) -> Int {
        guard let text, !text.isEmpty else { return scheme == "https" ? 443 : 80 }
        guard text.utf8.count <= 5, text.allSatisfy({ ("0"..."9").contains($0) }), let port = Int(text) else { throw .port }
        return port
    }

    /// Letters, digits, hyphens and dots. What ends in a number is no name: some resolver might take it for an address.
    private static func hostName(_ name: String) throws(Problem) -> String {
        var lower = name.lowercased()
        if lower.hasSuffix(".") { lower.removeLast() }
        let labels = lower.split(separator: ".", omittingEmptySubsequences: false)
        guard lower.utf8.count <= 253, labels.last?.first?.isLetter == true else { throw .host }
        for label in labels {
            guard (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-"),
                label.utf8.allSatisfy({ "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) })
            else { throw .host }
        }
        return lower
    }

    /// Where a redirect leads, seen from here.
    func redirected(to location: String) -> String {
        if location.hasPrefix("//") { return scheme + ":" + location }
        let origin = url.dropLast(tail.utf8.count)
        if location.hasPrefix("/") { return "\(origin)\(location)" }
        let isAbsolute =
            location.firstIndex(of: ":").map { colon in !location[..<colon].contains { "/?#".contains($0) } } ?? false
        if isAbsolute { return location }
        let path = tail.prefix { $0 != "?" }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return "\(origin)\(folder)\(location)"
    }
}
