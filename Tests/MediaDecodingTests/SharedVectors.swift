// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PublishedVectors

/// The published vectors of PDQ, where they are at hand.
enum SharedVectors {
    static var pdq: URL? {
        get throws { try PublishedVectors.here.folder("pdq") }
    }

    static func json<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let pdq = try pdq else { return nil }
        return try JSONDecoder().decode(type, from: Data(contentsOf: pdq.appendingPathComponent(path)))
    }
}
