// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Where a record lies and whom it names.
struct RecordOutline {
    var place: Range<Int>
    var space: Int
    var actor: Int
    var isDeleted: Bool
}

extension RecordBlock {
    /// Appends the outlines of so many records; false when the bytes are no block.
    func outline(
        _ bytes: Span<UInt8>, _ range: Range<Int>, count: Int, shift: Int, into outlines: inout [RecordOutline]
    ) -> Bool {
        var place = range.lowerBound
        let end = range.upperBound
        /// -1 when no number is there.
        func varint() -> Int {
            var value = 0
            var bits = 0
            while place < end, bits < 63 {
                let byte = bytes[place]
                place += 1
                value |= Int(byte & 127) << bits
                if byte < 128 { return value }
                bits += 7
            }
            return -1
        }
        var before: (space: Int, actor: Int)?
        for _ in 0..<count {
            let start = place
            let code = varint()
            guard code >= 0 else { return false }
            var tag = usualTag
            if code & 1 == 1 {
                guard place < end else { return false }
                tag = bytes[place]
                place += 1
            }
            switch tag & 7 {
            case Self.deleted:
                var length = Int(tag >> 3)
                if length == Int(Self.lengthFollows) {
                    guard place + 4 <= end else { return false }
                    length = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
                }
                guard length >= 2, length <= end - start else { return false }
                place = start + length
                before = nil
                outlines.append(RecordOutline(place: start + shift..<place + shift, space: 0, actor: 0, isDeleted: true))
                continue
            case Self.sameAsBefore:
                if tag >> 4 == Self.mediaFollows, varint() < 0 { return false }
                guard before != nil else { return false }
            case let shape:
                if tag >> 4 == Self.mediaFollows, varint() < 0 { return false }
                let actor = varint()
                guard actor >= 0, varint() >= 0 else { return false }
                before = (code >> 1, actor)
                switch ItemCode.Shape(rawValue: shape) {
                case .matrix: place += 32
                case .uuid: place += 16
                case .decimal: if varint() < 0 { return false }
                case .text:
                    let length = varint()
                    guard length >= 0, length <= end - place else { return false }
                    place += length
                case nil: return false
                }
                guard place <= end else { return false }
            }
            guard let before else { return false }
            outlines.append(
                RecordOutline(
                    place: start + shift..<place + shift, space: before.space, actor: before.actor, isDeleted: false))
        }
        return true
    }
}
