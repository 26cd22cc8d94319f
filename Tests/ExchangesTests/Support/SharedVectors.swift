// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PublishedVectors

/// The published fixtures of exchanges. A test that reads them returns where they are absent.
enum SharedVectors {
    static var arePresent: Bool {
        get throws { try folder != nil }
    }

    private static var folder: URL? {
        get throws { try PublishedVectors.here.folder("pdq/exchange") }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try folder ?? URL(filePath: "/nowhere")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }
}
