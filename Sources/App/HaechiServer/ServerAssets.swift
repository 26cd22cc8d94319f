// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import NIOCore

/// Files that belong to the server, read once at its start.
struct ServerAssets: Sendable {
    /// The API's description, as it is served.
    let openAPI: ByteBuffer

    init() throws {
        openAPI = try Self.read("openapi.json")
    }

    private static func read(_ name: String) throws -> ByteBuffer {
        guard let url = Bundle.module.resourceURL?.appendingPathComponent("Assets/\(name)"), let data = try? Data(contentsOf: url)
        else { throw MissingAsset(name: name, folder: Bundle.module.bundlePath) }
        return ByteBuffer(bytes: data)
    }
}

/// The installation is incomplete.
struct MissingAsset: Error, CustomStringConvertible {
    var name: String
    var folder: String

    var description: String {
        "the server's file '\(name)' is missing from \(folder)/Assets: install the resource folder beside the binary"
    }
}
