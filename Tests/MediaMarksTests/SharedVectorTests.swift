// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaMarks
import PublishedVectors
import Testing

/// The published files, where they are at hand. Without them the other tests build files of every kind themselves.
@Suite("Published provenance files")
struct SharedVectorTests {
    private struct Expected: Decodable {
        struct File: Decodable { var expect: [String] }
        var files: [String: File]
    }

    @Test("every file says what is expected of it, and nothing else")
    func files() throws {
        guard let folder = try PublishedVectors.here.folder("provenance") else { return }
        let list = folder.appending(path: "expected.json")
        let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: list))
        #expect(expected.files.count >= 19)
        for (name, file) in expected.files {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
            let container: MediaMarks.Container? =
                switch name.split(separator: ".").last {
                case "png": .png
                case "jpg": .jpeg
                case "webp": .webp
                case "gif": .gif
                case "mp4": .mp4
                default: nil
                }
            let said = said(bytes, try #require(container)).map { $0 == "c2pa:present" ? "c2pa:present-unverified" : $0 }
            #expect(said == file.expect, "\(name)")
        }
    }
}
