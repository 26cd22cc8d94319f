// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds links: http and https addresses, bare domains with a path (`t.me/…`, `discord.gg/…`), and on request handles of bots.
///
/// Characters that show nothing are seen through. Each byte is looked at a bounded number of times, whatever the text.
public struct LinkExtractor: Sendable {
    /// Whether `@some_bot` is a link to `t.me/some_bot`.
    public var findsBotHandles: Bool
    /// Longer links are cut.
    public static let longestLink = 2_048

    public init(findsBotHandles: Bool = false) { self.findsBotHandles = findsBotHandles }

    /// The links in the order of the text, at most `limit` of them.
    public func links(in text: String, limit: Int = 1_000) -> [Link] { scan(text, limit: limit).links }

    /// The links and the number of bytes that were looked at.
    func scan(_ text: String, limit: Int = 1_000) -> (links: [Link], steps: Int) {
        // No link is without a full stop, but for handles.
        let (stop, at) = (UInt8(ascii: "."), UInt8(ascii: "@"))
        guard QuickText.mayShow(stop, or: findsBotHandles ? at : stop, in: text.utf8Span.span) else { return ([], 0) }
        let normalized = Normalizer(view: .visible).normalize(text)
        var scanner = LinkScanner(bytes: normalized.bytes, findsBotHandles: findsBotHandles)
        var links: [Link] = []
        while links.count < limit, let found = scanner.next() {
            links.append(
                Link(normalized: found.normalized, host: found.host, range: normalized.originalRange(of: found.range)))
        }
        return (links, scanner.steps)
    }
}
