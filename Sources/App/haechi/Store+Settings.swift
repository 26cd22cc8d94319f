// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Storage

extension Store {
    /// Opens the database that the settings name; the folder of an SQLite file is made, for its owner only, unless one only looks.
    static func open(_ settings: Settings, access: Access) async throws -> Store {
        let url = settings.text("database.url")
        if url.hasPrefix("sqlite:"), access != .reader {
            let folder = URL(filePath: String(url.dropFirst("sqlite:".count))).deletingLastPathComponent()
            try? FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        return try await open(url: url, access: access)
    }
}
