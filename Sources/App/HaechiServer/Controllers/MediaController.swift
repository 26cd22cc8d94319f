// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Hummingbird
import Pipeline

/// Takes media before the event that speaks of it.
struct MediaController {
    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/media", use: upload)
    }

    @Sendable func upload(_ request: Request, context: ServerContext) async throws -> Response {
        let type = request.mediaType
        guard type == "application/octet-stream" || ["image/", "video/", "audio/"].contains(where: type.hasPrefix) else {
            throw APIError.unsupportedType("application/octet-stream, image/*, video/* or audio/*")
        }
        let bytes = try await request.bytes(atMost: options.uploadLimit)
        guard !bytes.isEmpty else { throw APIError.invalid("", "at least one byte") }
        let sha256 = Hexadecimal.text(SHA256.hash(data: bytes))
        try await ports.uploads.putUpload(bytes, sha256: sha256, at: ports.now())
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("sha256", sha256)
            writer.integer("size", bytes.count)
        }
        return .json(writer)
    }
}
