// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Hummingbird
import Moderation
import Pipeline
import Signals

/// `/h`: from media to fingerprints.
extension HMARoutes {
    func addHashing(to group: RouterGroup<ServerContext>) {
        group.get("/hash") { request, _ in
            try Self.json(try await hashesOfURL(request))
        }
        group.post("/hash") { request, _ in
            try Self.json(try await hashesOfForm(request))
        }
    }

    /// Media that `url` names, fetched with the same care as media of events.
    func hashesOfURL(_ request: Request) async throws -> [HMASignalType: String] {
        guard let url = request.uri.queryParameters["url"].map(String.init), !url.isEmpty else {
            throw APIError.hma(.badRequest, "url is required")
        }
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw APIError.hma(.badRequest, "url: expected an https: or http: address")
        }
        let bytes: [UInt8]
        do throws(ConnectorError) {
            bytes = try await ports.fetch(url, options.uploadLimit)
        } catch {
            throw APIError.hma(.badRequest, "url: \(error.message)")
        }
        let hint = request.uri.queryParameters["content_type"].map(String.init)
        let looksLike = MediaKind(beginningOf: bytes) == .video ? "video" : "photo"
        return try await hashes(of: bytes, as: hint ?? looksLike, for: request)
    }

    /// The one file of the form, whose field is named `photo` or `video`.
    func hashesOfForm(_ request: Request) async throws -> [HMASignalType: String] {
        guard request.mediaType == "multipart/form-data" else {
            throw APIError.hma(.badRequest, "Missing multipart/form-data file upload")
        }
        let body = try await request.bytes(atMost: options.uploadLimit)
        let form = try MultipartForm(body, contentType: request.headers[.contentType] ?? "")
        let files = form.parts.filter { $0.filename != nil }
        guard let file = files.first else { throw APIError.hma(.badRequest, "Missing multipart/form-data file upload") }
        guard files.count == 1 else { throw APIError.hma(.badRequest, "Only one file allowed per request") }
        return try await hashes(of: Array(file.bytes), as: file.name, for: request)
    }

    private func hashes(
        of bytes: [UInt8], as contentType: String, for request: Request
    ) async throws -> [HMASignalType: String] {
        let offered: HMASignalType
        switch contentType {
        case "photo": offered = .pdq
        case "video": offered = .videoMD5
        default: throw APIError.hma(.badRequest, "no such content_type: '\(contentType)'; there are: photo, video")
        }
        if let wanted = request.uri.queryParameters["types"].map(String.init) {
            for name in wanted.split(separator: ",") where try HMASignalType(named: name) != offered {
                throw APIError.hma(.badRequest, "signal type '\(name)' does not exist for a \(contentType)")
            }
        }
        switch offered {
        case .videoMD5: return [.videoMD5: Hexadecimal.text(Insecure.MD5.hash(data: bytes))]
        case .pdq:
            let facts = try await ports.inspector.inspect(bytes)
            // Like HMA: a picture with too little in it has an empty hash.
            return [.pdq: facts.quality >= Bank.usualQualityGate ? facts.pdq : ""]
        }
    }

    static func json(_ hashes: [HMASignalType: String]) throws -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            for (type, value) in hashes { writer.string(type.rawValue, value) }
        }
        return .json(writer)
    }
}
