// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Hosts that lead to a person, a room or anywhere, and what of their links says where.
enum ContactHosts {
    struct Service: Sendable {
        let type: String
        /// Where the link leads, in one form; nil when it is none of the kind.
        let read: @Sendable (_ below: String, _ path: [String], _ query: String) -> String?

        func entry(below: String, path: ContactPath, isFolded: Bool, domain: String) -> String? {
            if type == "shortener" {
                return path.parts.isEmpty || !below.isEmpty && below != "www"
                    ? nil : "shortener:\(domain)/" + path.parts.joined(separator: "/")
            }
            return read(below, path.parts, path.query).map { "\(type):\($0)" }
        }
    }

    static let services: [String: Service] = {
        var services: [String: Service] = [:]
        for domain in ["t.me", "telegram.me", "telegram.dog"] { services[domain] = Service(type: "telegram", read: telegram) }
        services["kakao.com"] = Service(type: "kakao", read: kakao)
        services["discord.gg"] = Service(type: "discord") { _, path, _ in path.first { $0 != "invite" } }
        services["dsc.gg"] = Service(type: "discord") { _, path, _ in path.first.map { "dsc.gg/\($0)" } }
        for domain in ["discord.com", "discordapp.com"] {
            services[domain] = Service(type: "discord") { _, path, _ in path.first == "invite" ? path.dropFirst().first : nil }
        }
        services["line.me"] = Service(type: "line", read: line)
        services["lin.ee"] = Service(type: "line") { _, path, _ in path.first.map { "lin.ee/\($0)" } }
        services["wa.me"] = Service(type: "whatsapp") { _, path, _ in
            path.first.flatMap { $0 == "message" ? path.dropFirst().first : number($0) }
        }
        services["whatsapp.com"] = Service(type: "whatsapp", read: whatsApp)
        for domain in shorteners { services[domain] = Service(type: "shortener") { _, _, _ in nil } }
        return services
    }()

    /// Services that shorten links of anybody to anywhere. They are not followed: that would tell the writer who reads, and let
    /// messages send the server where they like. A policy names more in a list of kind `link`.
    static let shorteners = [
        "bit.ly", "bitly.com", "tinyurl.com", "is.gd", "v.gd", "ow.ly", "buff.ly", "cutt.ly", "rb.gy", "rebrand.ly",
        "shorturl.at",
        "t.ly", "tiny.cc", "t.co", "lnkd.in", "s.id", "soo.gd", "bl.ink", "adf.ly", "ouo.io", "shrtco.de", "han.gl", "me2.do",
        "url.kr", "buly.kr", "vo.la", "c11.kr", "x.gd", "qr.ae", "linktr.ee",
    ]

    private static let telegramPages: Set<String> = [
        "share", "addstickers", "addemoji", "proxy", "socks", "setlanguage", "iv", "bg", "login", "confirmphone", "invoice",
    ]

    private static func telegram(_ below: String, _ path: [String], _ query: String) -> String? {
        if !below.isEmpty, below != "www" { return name(below) }
        var path = path
        if path.first == "s" { path.removeFirst() }
        guard let first = path.first else { return nil }
        if first.hasPrefix("+") { return first.count > 6 ? first : nil }
        switch first {
        case "joinchat": return path.dropFirst().first.map { "+\($0)" }
        case "addlist", "boost": return path.dropFirst().first.map { "\(first)/\($0)" }
        case "c": return path.dropFirst().first.map { "c/\($0)" }
        default: return telegramPages.contains(first) ? nil : name(first)
        }
    }

    private static func name(_ text: String) -> String? {
        let lower = text.lowercased()
        guard (4...32).contains(lower.utf8.count), lower.utf8.first?.isASCIILetter == true, lower.utf8.allSatisfy(\.isASCIIWord)
        else {
            return nil
        }
        return lower
    }

    private static func kakao(_ below: String, _ path: [String], _ query: String) -> String? {
        switch (below, path.first) {
        case ("open", "o"), ("open", "me"): path.dropFirst().first.map { "\(path[0])/\($0)" }
        case ("pf", .some(let channel)): "pf/\(channel)"
        case ("qr", "talk"): path.dropFirst().first.map { "talk/\($0)" }
        default: nil
        }
    }

    private static func line(_ below: String, _ path: [String], _ query: String) -> String? {
        var path = path[...]
        if path.first == "R" || path.first == "r" { path.removeFirst() }
        guard path.first == "ti", path.count > 2, let last = path.last else { return nil }
        return last.hasPrefix("~") || last.hasPrefix("@") ? String(last.dropFirst()).lowercased() : last
    }

    private static func whatsApp(_ below: String, _ path: [String], _ query: String) -> String? {
        switch below {
        case "chat": return path.first
        case "api", "web":
            return query.split(separator: "&").first { $0.hasPrefix("phone=") }.flatMap { number(String($0.dropFirst(6))) }
        default: return path.first == "channel" ? path.dropFirst().first.map { "channel/\($0)" } : nil
        }
    }

    private static func number(_ text: String) -> String? {
        let digits = text.drop { $0 == "+" }
        return (8...15).contains(digits.utf8.count) && digits.utf8.allSatisfy(\.isASCIIDigit) ? "+\(digits)" : nil
    }
}

/// The path and query of a link, also where spaces were set around its strokes.
struct ContactPath {
    private(set) var parts: [String] = []
    private(set) var query = ""
    private(set) var end: Int

    init(_ bytes: [UInt8], from start: Int) {
        end = start
        var next = start
        while parts.count < 5 {
            var begin = next
            if begin < bytes.count, bytes[begin] == 0x20 { begin += 1 }
            guard begin < bytes.count, bytes[begin] == UInt8(ascii: "/") else { break }
            begin += 1
            // A space after the stroke is a trick only where something like a name follows.
            if begin < bytes.count, bytes[begin] == 0x20 { begin += 1 }
            let range = Self.part(bytes, from: begin)
            guard !range.isEmpty else { break }
            parts.append(String(decoding: bytes[range], as: UTF8.self))
            next = range.upperBound
            end = next
        }
        guard !parts.isEmpty, end < bytes.count, bytes[end] == UInt8(ascii: "?") else { return }
        var last = end + 1
        while last < bytes.count, last - end < 128, bytes[last].isASCIIWord || "=&+-".utf8.contains(bytes[last]) { last += 1 }
        query = String(decoding: bytes[(end + 1)..<last], as: UTF8.self)
        end = last
    }

    private static func part(_ bytes: [UInt8], from start: Int) -> Range<Int> {
        var end = start
        while end < bytes.count, end - start < 64, bytes[end].isASCIIWord || "+-~@".utf8.contains(bytes[end]) { end += 1 }
        while end > start, "-~@".utf8.contains(bytes[end - 1]) { end -= 1 }
        return start..<end
    }
}

/// Addresses for payment, told from other long words by their check digits.
enum Wallets {
    static func read(_ word: ArraySlice<UInt8>) -> String? {
        guard let first = word.first else { return nil }
        let text = String(decoding: word, as: UTF8.self)
        switch (first, word.count) {
        case (UInt8(ascii: "0"), 42):
            let digits = Array(word.dropFirst(2))
            let isHex = word[word.startIndex + 1] | 0x20 == UInt8(ascii: "x") && digits.allSatisfy(isHexDigit)
            return isHex && Checks.ethereum(digits) ? "ethereum:" + text.lowercased() : nil
        case (UInt8(ascii: "1"), 26...35): return Checks.base58Check(word)?.first == 0 ? "bitcoin:" + text : nil
        case (UInt8(ascii: "3"), 26...35): return Checks.base58Check(word)?.first == 5 ? "bitcoin:" + text : nil
        case (UInt8(ascii: "T"), 34): return Checks.base58Check(word)?.first == 0x41 ? "tron:" + text : nil
        case (UInt8(ascii: "b"), 14...74), (UInt8(ascii: "B"), 14...74):
            // Both cases in one address are an error of the standard.
            let isMixed = word.contains { (0x41...0x5A).contains($0) } && word.contains { (0x61...0x7A).contains($0) }
            return !isMixed && Checks.bitcoinWitness(word) ? "bitcoin:" + text.lowercased() : nil
        default: return nil
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool { byte.isASCIIDigit || (0x61...0x66).contains(byte | 0x20) }
}
