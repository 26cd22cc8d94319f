// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Constants by their bytes: a table with open addresses, half full at most.
struct TextTable {
    private struct Place {
        let bytes: UnsafeRawBufferPointer
        let index: Int
    }

    private let places: UnsafeMutablePointer<Place>
    private let mask: Int
    private let owned: [ConstantBytes]

    init(_ constants: [[UInt8]]) {
        var capacity = 16
        while capacity < constants.count * 2 { capacity *= 2 }
        mask = capacity - 1
        places = .allocate(capacity: capacity)
        places.initialize(repeating: Place(bytes: UnsafeRawBufferPointer(start: nil, count: 0), index: -1), count: capacity)
        owned = constants.map { ConstantBytes($0) }
        for (number, text) in owned.enumerated() where index(of: text.bytes) == nil {
            var index = Int(truncatingIfNeeded: ByteText.hash(text.bytes)) & mask
            while places[index].index >= 0 { index = (index + 1) & mask }
            places[index] = Place(bytes: text.bytes, index: number)
        }
    }

    func deallocate() {
        places.deallocate()
        for text in owned { text.deallocate() }
    }

    /// The place of the text among the constants.
    @inline(__always)
    func index(of text: UnsafeRawBufferPointer) -> Int? {
        var index = Int(truncatingIfNeeded: ByteText.hash(text)) & mask
        while places[index].index >= 0 {
            if ByteText.equal(places[index].bytes, text) { return places[index].index }
            index = (index + 1) & mask
        }
        return nil
    }

    @inline(__always)
    func contains(_ text: UnsafeRawBufferPointer) -> Bool { index(of: text) != nil }
}
