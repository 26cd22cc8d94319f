// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Styles, scripts and the icon: read once, served with an ETag.
struct ConsoleAssets: Sendable {
    private struct File: Sendable {
        var type: String
        var bytes: ByteBuffer
        var tag: String
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]
    private var files: [String: File] = [:]

    init() throws {
        let folder = try ConsoleFolder.url("static")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            guard let type = Self.types[file.pathExtension] else { continue }
            let data = try Data(contentsOf: file)
            let tag = SHA256.hash(data: data).prefix(12).map { String($0, radix: 16) }.joined()
            files[file.lastPathComponent] = File(type: type, bytes: ByteBuffer(bytes: data), tag: "\"\(tag)\"")
        }
    }

    func respond(_ visit: ConsoleRequest) throws -> Response {
        guard let file = visit.parameters["file"].flatMap({ files[$0] }) else { throw ConsoleRefusal.notFound }
        let headers: HTTPFields = [.contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache"]
        if visit.headers[.ifNoneMatch]?.contains(file.tag) == true { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    }
}

/// Where the console's files lie in the bundle.
enum ConsoleFolder {
    struct Missing: Error { var name: String }

    static func url(_ name: String) throws -> URL {
        guard let url = Bundle.module.resourceURL?.appendingPathComponent("Assets/console/\(name)"),
            FileManager.default.fileExists(atPath: url.path)
        else { throw Missing(name: name) }
        return url
    }
}
