// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Gathers what the readers find, within the limits of one file.
struct Findings {
    private(set) var found = MediaMarks.Found()
    private var parts = MediaMarks.Limits.parts
    private var texts = MediaMarks.Limits.textChunks
    private var packets = MediaMarks.Limits.packets
    private var searchable = MediaMarks.Limits.searched
    private var inflatable = MediaMarks.Limits.inflated

    /// Counts a chunk, segment, block, box or item; false when there were too many.
    mutating func countPart() -> Bool {
        parts -= 1
        return parts >= 0
    }

    mutating func add(_ kind: MediaMarks.Mark.Kind, _ place: MediaMarks.Mark.Place, _ value: String) {
        let mark = MediaMarks.Mark(kind, place, value)
        guard found.marks.count < MediaMarks.Limits.marks, !found.marks.contains(mark) else { return }
        found.marks.append(mark)
    }

    /// A text without a keyword, or under one.
    mutating func add(text: ArraySlice<UInt8>, keyword: ArraySlice<UInt8> = []) {
        texts -= 1
        guard texts >= 0, maySearch(text) else { return }
        if let name = GeneratorTraces.name(keyword: keyword, text: text) { add(.generator, .text, name) }
    }

    mutating func add(exif bytes: ArraySlice<UInt8>) {
        packets -= 1
        guard packets >= 0, maySearch(bytes) else { return }
        for name in EXIF.generators(in: bytes) { add(.generator, .exif, name) }
    }

    /// Whether another packet would be read.
    var mayReadPacket: Bool { packets > 0 }

    mutating func add(xmp bytes: ArraySlice<UInt8>) {
        packets -= 1
        guard packets >= 0, maySearch(bytes) else { return }
        let packet = XMPPacket(bytes)
        for value in packet.values(of: .digitalSourceType) {
            if let term = DigitalSourceType.term(of: value) { add(.digitalSourceType, .xmp, term) }
        }
        for property in [XMPPacket.Property.creatorTool, .software, .credit, .systemUsed] {
            for value in packet.values(of: property) {
                if let name = GeneratorTraces.name(software: value) { add(.generator, .xmp, name) }
            }
        }
        for value in packet.values(of: .userComment) {
            if let name = GeneratorTraces.name(xmpComment: value) { add(.generator, .xmp, name) }
        }
        if packet.values(of: .provenance).contains(where: { $0.starts(with: "http".utf8) }) { found.namesRemoteManifest = true }
    }

    /// What may be a store of manifests: a JUMBF superbox.
    mutating func add(store bytes: ArraySlice<UInt8>) {
        guard JUMBF.isStore(bytes) else { return }
        found.hasManifest = true
        let searched = bytes.prefix(MediaMarks.Limits.chunk)
        guard maySearch(searched) else { return }
        for term in DigitalSourceType.terms(in: searched) { add(.digitalSourceType, .c2pa, term) }
    }

    /// What a zlib stream holds, as far as the limits allow.
    mutating func inflated(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let limit = min(inflatable, MediaMarks.Limits.inflatedTimes * bytes.count, MediaMarks.Limits.inflated)
        guard bytes.count <= MediaMarks.Limits.chunk, limit > 0, texts > 0 else { return [] }
        let output = Inflate.zlib(bytes, limit: limit).bytes
        // A stream of nothing but tables gives nothing out and takes its time all the same.
        inflatable -= max(output.count, bytes.count)
        return output
    }

    private mutating func maySearch(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count <= MediaMarks.Limits.inflated, bytes.count <= searchable else { return false }
        searchable -= bytes.count
        return true
    }
}
