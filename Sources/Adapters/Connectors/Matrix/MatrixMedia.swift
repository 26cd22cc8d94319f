// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// The media that people see of a message.
enum MatrixMedia {
    /// More are not taken from one event.
    static let most = 32

    /// Every file, the preview that people see first, and the pictures within formatted text; none twice.
    ///
    /// An edit has two versions, and which one is shown depends on the client, so both count. Content that is encrypted (`file`) is
    /// never taken.
    static func shown(_ content: JSONValue) -> [Media] {
        let versions = [content] + (MatrixText.newVersion(of: content).map { [$0] } ?? [])
        // Files first: they must not be crowded out by addresses in a text.
        let candidates = versions.flatMap(files) + versions.flatMap(inline)
        var media: [Media] = []
        var seen: Set<String> = []
        for (address, type) in candidates where media.count < most {
            guard MatrixMediaAddress(address) != nil, seen.insert(address).inserted else { continue }
            media.append(Media(id: MediaID(address), type: type.map { String($0.prefix(127)) }, url: address))
        }
        return media
    }

    private static func files(_ content: JSONValue) -> [(address: String, type: String?)] {
        let info = content["info"]
        return [
            (content["url"]?.string, info?["mimetype"]?.string),
            (info?["thumbnail_url"]?.string, info?["thumbnail_info"]?["mimetype"]?.string),
        ].compactMap { address, type in address.map { ($0, type) } }
    }

    private static func inline(_ content: JSONValue) -> [(address: String, type: String?)] {
        guard let formatted = content["formatted_body"]?.string else { return [] }
        return MatrixMarkup.mediaAddresses(formatted).map { ($0, nil) }
    }
}
