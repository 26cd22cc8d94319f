// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension MediaMarks {
    private enum ItemKind { case exif, xmp }

    /// EXIF and XMP of a still picture: items that one box names and another places.
    static func readItems(_ meta: ArraySlice<UInt8>, of file: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(meta)
        var boxes: [String: ArraySlice<UInt8>] = [:]
        while findings.countPart(), let box = cursor.box() {
            if boxes[box.type] == nil { boxes[box.type] = box.content }
        }
        guard let names = boxes["iinf"], let places = boxes["iloc"] else { return }
        let wanted = wantedItems(names, counting: &findings)
        guard !wanted.isEmpty else { return }
        for (item, bytes) in itemBytes(places, wanted: wanted, file: file, data: boxes["idat"] ?? [], counting: &findings) {
            switch wanted[item] {
            case .xmp: findings.add(xmp: bytes[...])
            case .exif:
                // First how far away the block is from here.
                var cursor = Cursor(bytes[...])
                if let offset = cursor.number(4), cursor.skip(offset) { findings.add(exif: cursor.rest) }
            case nil: break
            }
        }
    }

    /// The numbers of the items that matter, from `iinf`; at most eight.
    private static func wantedItems(_ content: ArraySlice<UInt8>, counting findings: inout Findings) -> [Int: ItemKind] {
        var cursor = Cursor(content)
        guard let version = cursor.number(1), cursor.skip(3), cursor.skip(version == 0 ? 2 : 4) else { return [:] }
        var wanted: [Int: ItemKind] = [:]
        while wanted.count < 8, findings.countPart(), let box = cursor.box() {
            var entry = Cursor(box.content)
            guard box.type == "infe", let version = entry.number(1), version == 2 || version == 3, entry.skip(3),
                let item = entry.number(version == 2 ? 2 : 4), entry.skip(2), let type = entry.take(4)
            else { continue }
            switch String(decoding: type, as: UTF8.self) {
            case "Exif": wanted[item] = .exif
            case "mime":
                guard entry.text(longest: 1_024) != nil, let mediaType = entry.text(longest: 64),
                    mediaType.elementsEqual("application/rdf+xml".utf8)
                else { continue }
                wanted[item] = .xmp
            default: continue
            }
        }
        return wanted
    }

    /// What the items hold, from `iloc`, whose numbers have the sizes that it tells first.
    private static func itemBytes(
        _ content: ArraySlice<UInt8>, wanted: [Int: ItemKind], file: ArraySlice<UInt8>, data: ArraySlice<UInt8>,
        counting findings: inout Findings
    ) -> [(item: Int, bytes: [UInt8])] {
        var cursor = Cursor(content)
        guard let version = cursor.number(1), version <= 2, cursor.skip(3), let sizes = cursor.number(2),
            let count = cursor.number(version < 2 ? 2 : 4)
        else { return [] }
        let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexSize = version == 0 ? 0 : sizes & 15
        guard [offsetSize, lengthSize, baseSize, indexSize].allSatisfy({ [0, 4, 8].contains($0) }) else { return [] }
        var found: [(item: Int, bytes: [UInt8])] = []
        for _ in 0..<min(count, Limits.parts) {
            guard findings.countPart(), let item = cursor.number(version < 2 ? 2 : 4),
                let construction = version == 0 ? 0 : cursor.number(2), cursor.skip(2), let base = cursor.number(baseSize),
                let extents = cursor.number(2)
            else { break }
            // 0: an offset in the file; 1: in `idat`; 2, in another item, is not followed.
            let source: ArraySlice<UInt8>? = wanted[item] == nil ? nil : [0: file, 1: data][construction & 15]
            var bytes: [UInt8] = []
            for _ in 0..<extents {
                guard findings.countPart(), cursor.skip(indexSize), let offset = cursor.number(offsetSize),
                    let length = cursor.number(lengthSize)
                else { return found }
                guard let source, let start = sum(base, offset) else { continue }
                let part = source.dropFirst(start)
                bytes += part.prefix(length == 0 ? part.count : length).prefix(Limits.chunk - bytes.count)
            }
            if !bytes.isEmpty { found.append((item, bytes)) }
            if found.count == wanted.count { break }
        }
        return found
    }

    private static func sum(_ a: Int, _ b: Int) -> Int? {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : sum
    }
}
