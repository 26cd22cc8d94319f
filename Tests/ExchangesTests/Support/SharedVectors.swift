// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// The published fixtures of exchanges, where they are present: in `shared` beside the repository or where HAECHI_SHARED
/// points.
enum SharedVectors {
    static let folder: URL = {
        let shared =
            ProcessInfo.processInfo.environment["HAECHI_SHARED"].map { URL(filePath: $0) }
            ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../../shared").standardizedFileURL
        return shared.appending(path: "vectors/pdq/exchange")
    }()

    static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }
}
