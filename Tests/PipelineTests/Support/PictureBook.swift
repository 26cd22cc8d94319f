// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// Says of bytes what a test wants said: `bad:` bytes are undecodable, `file:` bytes no picture, all others a small picture without PDQ.
struct PictureBook: MediaInspector {
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts {
        if bytes.starts(with: Array("bad:".utf8)) { throw .undecodable("broken on purpose") }
        if bytes.starts(with: Array("file:".utf8)) { throw .unsupported("no picture") }
        return MediaFacts(format: "png", width: 8, height: 8, pdq: String(repeating: "0", count: 64), quality: 0)
    }
}
