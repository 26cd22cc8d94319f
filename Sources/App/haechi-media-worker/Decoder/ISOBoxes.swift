// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The boxes of the outermost level of a file in the ISO base format, without what is in them.
///
/// Films, sound and pictures are all written in it, and one file can be several of them: what is a song to a player of films is a
/// picture to a browser that finds a `meta` box.
struct ISOBoxes {
    /// What may hold moving pictures: `moov`.
    private(set) var films = 0
    /// What may hold pictures: `meta`.
    private(set) var metas = 0
    private var types = 0
    private var brands = FileBrands([])
    /// They begin with a `ftyp` and fill the file to its end.
    private var isRegular = false

    private static let most = 1_000_000
    /// Longer lists of brands are not looked at, so they are not believed either.
    private static let longestType = MediaFormat.magicLength

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var (place, count) = (0, 0)
        func number(at start: Int, _ length: Int) -> UInt64 {
            bytes[start..<start + length].reduce(0) { $0 << 8 | UInt64($1) }
        }
        while bytes.count - place >= 8, count < Self.most {
            let left = bytes.count - place
            var length = number(at: place, 4)
            switch length {
            case 0: length = UInt64(left)
            case 1 where left >= 16: length = number(at: place + 8, 8)
            default: break
            }
            guard length >= 8, length <= UInt64(left) else {
                // What is cut short still counts as what it is called.
                add(bytes, place, left)
                return
            }
            add(bytes, place, Int(length))
            if count == 0, types != 1 || length >= UInt64(Self.longestType) { return }
            place += Int(length)
            count += 1
        }
        isRegular = place == bytes.count
    }

    private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ length: Int) {
        switch String(decoding: bytes[place + 4..<place + 8], as: UTF8.self) {
        case "ftyp":
            types += 1
            brands = FileBrands(Array(bytes[place..<place + min(length, Self.longestType)])[...])
        case "moov": films += 1
        case "meta": metas += 1
        default: break
        }
    }

    /// Whether a file in which a player of films finds nothing but sound can be taken at its word: nothing in it says that it is, or
    /// holds, a picture.
    var mayBeOnlySound: Bool {
        isRegular && types == 1 && films == 1 && metas == 0 && !brands.contains(FileBrands.pictures)
    }
}
