// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension MediaMarks {
    /// A GIF's extensions, between and behind its pictures: comments, XMP, the store of manifests.
    static func readGIF(_ file: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(file)
        guard cursor.skip(10), let flags = cursor.number(1), cursor.skip(2), cursor.skip(colours(flags)) else { return }
        while findings.countPart(), let kind = cursor.number(1) {
            switch kind {
            case 0x21:
                guard let label = cursor.number(1), read(extension: label, &cursor, into: &findings) else { return }
            case 0x2c:
                guard cursor.skip(8), let flags = cursor.number(1), cursor.skip(colours(flags)), cursor.skip(1),
                    cursor.skipBlocks()
                else { return }
            default: return
            }
        }
    }

    /// Bytes of the table of colours that the flags tell of.
    private static func colours(_ flags: Int) -> Int { flags & 0x80 == 0 ? 0 : 3 << (flags & 7 + 1) }

    private static func read(extension label: Int, _ cursor: inout Cursor, into findings: inout Findings) -> Bool {
        switch label {
        case 0xfe:
            guard let text = cursor.blocks(upTo: Limits.chunk) else { return false }
            findings.add(text: text[...])
        case 0xff:
            guard let size = cursor.number(1), let name = cursor.take(size) else { return false }
            if name.elementsEqual("XMP DataXMP".utf8) {
                // The packet lies there as it is; bytes behind it make it look like blocks to others.
                let start = cursor.rest
                guard cursor.skipBlocks() else { return false }
                let packet = start.prefix(start.count - cursor.left)
                if packet.count <= Limits.chunk { findings.add(xmp: packet) }
            } else if name.starts(with: "C2PA_GIF".utf8) {
                guard let store = cursor.blocks(upTo: Limits.chunk) else { return false }
                findings.add(store: store[...])
            } else {
                return cursor.skipBlocks()
            }
        default: return cursor.skipBlocks()
        }
        return true
    }
}

extension Cursor {
    /// Passes blocks that each begin with their length, and the zero that ends them; false when there is none.
    fileprivate mutating func skipBlocks() -> Bool {
        while let length = number(1) {
            if length == 0 { return true }
            guard skip(length) else { return false }
        }
        return false
    }

    /// What such blocks hold; what is beyond the limit is passed.
    fileprivate mutating func blocks(upTo limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while let length = number(1) {
            if length == 0 { return bytes }
            guard let block = take(length) else { return nil }
            if bytes.count + length <= limit { bytes += block }
        }
        return nil
    }
}
