// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// The published vectors, where they are present: in `shared` beside the repository or where HAECHI_SHARED points.
enum SharedVectors {
    static let pdq: URL? = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["HAECHI_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? repository.deletingLastPathComponent().appendingPathComponent("shared")
        let folder = shared.appendingPathComponent("vectors/pdq")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let pdq else { return nil }
        return try JSONDecoder().decode(type, from: Data(contentsOf: pdq.appendingPathComponent(path)))
    }
}
