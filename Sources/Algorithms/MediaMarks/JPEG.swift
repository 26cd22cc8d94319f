// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

enum JPEGSegment {
    static let exif = Array("Exif\0\0".utf8)
    static let xmp = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    static let extendedXMP = Array("http://ns.adobe.com/xmp/extension/\0".utf8)
}

extension MediaMarks {
    /// A JPEG's segments up to its pixels: EXIF, XMP with what is continued in further segments, the store of manifests, comments.
    static func readJPEG(_ file: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(file)
        guard cursor.skip([0xff, 0xd8]) else { return }
        var xmp = XMPPieces()
        var stores = JUMBFPieces()
        while findings.countPart(), cursor.number(1) == 0xff {
            cursor.skipAll(0xff)
            // Pixels begin with 0xda, and nothing is expected behind them; 0xd9 ends the picture.
            guard let marker = cursor.number(1), marker != 0xda, marker != 0xd9 else { break }
            if marker == 0x01 || (0xd0...0xd7).contains(marker) { continue }
            guard let length = cursor.number(2), let data = cursor.take(length - 2) else { break }
            switch marker {
            case 0xe1 where data.starts(with: JPEGSegment.exif): findings.add(exif: data)
            case 0xe1: xmp.add(data, into: &findings)
            case 0xeb: stores.add(data)
            case 0xfe: findings.add(text: data)
            default: break
            }
        }
        if let packet = xmp.joined { findings.add(xmp: packet[...]) }
        for store in stores.joined { findings.add(store: store[...]) }
    }
}

/// XMP that is too long for one segment goes on in others, which name it by a digest (the GUID) and say where they belong.
private struct XMPPieces {
    private static let mostPieces = 64

    /// As the first packet names it.
    private var wanted: [UInt8]?
    private var pieces: [(guid: ArraySlice<UInt8>, total: Int, offset: Int, data: ArraySlice<UInt8>)] = []

    mutating func add(_ segment: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(segment)
        if cursor.skip(JPEGSegment.xmp) {
            let isRead = findings.mayReadPacket
            findings.add(xmp: cursor.rest)
            if wanted == nil, isRead { wanted = XMPPacket(cursor.rest).values(of: .extendedPacket).first }
        } else if cursor.skip(JPEGSegment.extendedXMP), let guid = cursor.take(32), let total = cursor.number(4),
            let offset = cursor.number(4), pieces.count < Self.mostPieces
        {
            pieces.append((guid, total, offset, cursor.rest))
        }
    }

    /// The packet that goes on, if its pieces lie one after the other from the beginning to the end.
    var joined: [UInt8]? {
        guard let wanted else { return nil }
        var packet: [UInt8] = []
        var total: Int?
        for piece in pieces.filter({ $0.guid.elementsEqual(wanted) }).sorted(by: { $0.offset < $1.offset }) {
            guard piece.offset == packet.count, total ?? piece.total == piece.total,
                packet.count + piece.data.count <= MediaMarks.Limits.chunk
            else { return nil }
            total = piece.total
            packet += piece.data
        }
        return total == packet.count ? packet : nil
    }
}

/// JUMBF that is too long for one segment goes on in others: same number of the box, counted on, each with the box's header again.
private struct JUMBFPieces {
    private static let mostBoxes = 8
    private static let mostPieces = 2_048

    private var pieces: [Int: [(order: Int, data: ArraySlice<UInt8>)]] = [:]
    private var count = 0

    mutating func add(_ segment: ArraySlice<UInt8>) {
        var cursor = Cursor(segment)
        guard cursor.skip("JP".utf8), let box = cursor.number(2), let order = cursor.number(4), count < Self.mostPieces,
            pieces[box] != nil || pieces.count < Self.mostBoxes
        else { return }
        count += 1
        pieces[box, default: []].append((order, cursor.rest))
    }

    /// What is at the beginning of each box, as far as it is looked at.
    var joined: [[UInt8]] {
        pieces.sorted { $0.key < $1.key }.map { _, pieces in
            var box: [UInt8] = []
            for piece in pieces.sorted(by: { $0.order < $1.order }) where box.count < MediaMarks.Limits.chunk {
                let header = piece.data.starts(with: [0, 0, 0, 1]) ? 16 : 8
                box += box.isEmpty ? piece.data : piece.data.dropFirst(header)
            }
            return box
        }
    }
}
