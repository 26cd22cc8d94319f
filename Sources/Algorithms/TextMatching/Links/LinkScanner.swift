// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Walks over normalised bytes from link to link.
struct LinkScanner {
    struct Found {
        let normalized: String
        let host: String
        let range: Range<Int>
    }

    let bytes: [UInt8]
    let findsBotHandles: Bool
    private(set) var steps = 0
    private var position = 0

    init(bytes: [UInt8], findsBotHandles: Bool) {
        self.bytes = bytes
        self.findsBotHandles = findsBotHandles
    }

    mutating func next() -> Found? {
        while position < bytes.count {
            steps += 1
            let byte = bytes[position]
            if byte == UInt8(ascii: "@"), findsBotHandles {
                if let handle = botHandle() { return handle }
                continue
            }
            guard byte.isHostByte else {
                position += 1
                continue
            }
            if let link = link() { return link }
        }
        return nil
    }

    /// Tries to read a link here; moves past what was looked at either way.
    private mutating func link() -> Found? {
        var start = position
        var scheme = "https"
        var isBare = true
        if bytes[position] | 0x20 == UInt8(ascii: "h") {
            for candidate in ["http", "https"] where isScheme(candidate) {
                scheme = candidate
                isBare = false
                position += candidate.utf8.count + 3
                break
            }
        }
        var authority = take { $0.isHostByte || $0 == UInt8(ascii: ":") || (!isBare && $0 == UInt8(ascii: "@")) }
        let hasPath = position < bytes.count && bytes[position] == UInt8(ascii: "/")
        if isBare {
            // Nearly every word ends here.
            guard hasPath else { return nil }
            authority = withoutWordBefore(authority)
            start = authority.lowerBound
        }
        guard let (host, port) = Self.host(bytes[authority], isBare: isBare) else { return nil }
        // The byte before belongs to a word or an address of mail: not the start of a bare domain.
        let isInsideWord = isBare && start > 0 && (bytes[start - 1] == UInt8(ascii: "@") || bytes[start - 1] == UInt8(ascii: "/"))
        if isInsideWord { return nil }
        let rest = tail(limit: start + LinkExtractor.longestLink)
        if isBare, rest.count < 2 { return nil }
        let name = String(
            decoding: InternationalHost.isInternational(host) ? InternationalHost.normalized(host) : host, as: UTF8.self)
        let normalized = "\(scheme)://" + name + Self.portText(port, scheme: scheme) + Self.resource(bytes[rest], host: name)
        return Found(normalized: normalized, host: name, range: start..<rest.upperBound)
    }

    /// Cuts off a word of another script that a domain was written onto, as in `여기t.me/…`.
    private func withoutWordBefore(_ authority: Range<Int>) -> Range<Int> {
        guard let last = bytes[authority].lastIndex(where: { $0 >= 0x80 }) else { return authority }
        let rest = (last + 1)..<authority.upperBound
        guard bytes[rest].first != UInt8(ascii: "."), bytes[rest].contains(UInt8(ascii: ".")) else { return authority }
        return rest
    }

    private func isScheme(_ name: String) -> Bool {
        let count = name.utf8.count
        guard position + count + 3 <= bytes.count else { return false }
        return zip(bytes[position...], name.utf8).allSatisfy { $0 | 0x20 == $1 }
            && bytes[(position + count)...].starts(with: "://".utf8)
    }

    private mutating func take(while isPart: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < bytes.count, isPart(bytes[position]) {
            position += 1
            steps += 1
        }
        return start..<position
    }

    /// Path, query and fragment, without the punctuation of the sentence around.
    private mutating func tail(limit: Int) -> Range<Int> {
        guard position < bytes.count, "/?#".utf8.contains(bytes[position]) else { return position..<position }
        let range = take { $0.isLinkByte }
        var end = min(range.upperBound, max(limit, range.lowerBound))
        // A cut never splits a character.
        while end < range.upperBound, end > range.lowerBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        while end > range.lowerBound, ".,;:!?)]'*_~".utf8.contains(bytes[end - 1]) {
            end -= 1
            steps += 1
        }
        return range.lowerBound..<end
    }

    private mutating func botHandle() -> Found? {
        let start = position
        position += 1
        if start > 0, bytes[start - 1].isWordByte { return nil }
        let range = take { $0.isWordByte }
        let name = String(decoding: bytes[range], as: UTF8.self).lowercased()
        guard (5...32).contains(range.count), name.hasSuffix("bot") else { return nil }
        return Found(normalized: "https://t.me/\(name)", host: "t.me", range: start..<range.upperBound)
    }
}

extension LinkScanner {
    /// The lower-case host and the port of an authority; nil if it is none that could be on the public internet.
    private static func host(_ authority: ArraySlice<UInt8>, isBare: Bool) -> (host: [UInt8], port: ArraySlice<UInt8>)? {
        let withoutUser = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        let parts = withoutUser.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, first.count <= 253 else { return nil }
        var host = first.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        if host.last == UInt8(ascii: ".") { host.removeLast() }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count > 1, labels.allSatisfy({ !$0.isEmpty }), let top = labels.last else { return nil }
        let isName = top.starts(with: "xn--".utf8) || top.count > 1 && top.allSatisfy { !$0.isDigit && $0 != UInt8(ascii: "_") }
        guard isName || (!isBare && host.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }) else { return nil }
        let port = parts.count > 1 ? parts[1] : []
        guard port.count <= 5, port.allSatisfy(\.isDigit) else { return nil }
        return (host, port)
    }

    private static func portText(_ port: ArraySlice<UInt8>, scheme: String) -> String {
        let text = String(decoding: port, as: UTF8.self)
        return text.isEmpty || text == (scheme == "http" ? "80" : "443") ? "" : ":" + text
    }

    private static func resource(_ tail: ArraySlice<UInt8>, host: String) -> String {
        if host == "matrix.to" { return String(decoding: tail, as: UTF8.self) }
        let beforeFragment = tail.prefix { $0 != UInt8(ascii: "#") }
        let path = beforeFragment.prefix { $0 != UInt8(ascii: "?") }
        let query = beforeFragment.dropFirst(path.count + 1).split(separator: UInt8(ascii: "&"))
            .filter { !$0.prefix(4).elementsEqual("utm_".utf8) }
        let kept = query.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
        let pathText = path.isEmpty ? "/" : String(decoding: path, as: UTF8.self)
        return pathText + (kept.isEmpty ? "" : "?" + kept)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isWordByte: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) && self < 0x80 || self == UInt8(ascii: "_")
    }

    /// May stand in a host name; beyond ASCII for international names.
    fileprivate var isHostByte: Bool {
        isWordByte || self == UInt8(ascii: ".") || self == UInt8(ascii: "-") || self >= 0x80
    }

    /// May stand in a path or query.
    fileprivate var isLinkByte: Bool { self > 0x20 && self != 0x7F && !"<>\"`{}|\\^".utf8.contains(self) }
}
