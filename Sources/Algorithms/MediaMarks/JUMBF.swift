// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The box in which a file keeps its signed manifests.
enum JUMBF {
    /// `63327061-0011-0010-8000-00AA00389B71`.
    private static let storeType: [UInt8] = [
        0x63, 0x32, 0x70, 0x61, 0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71,
    ]

    /// Whether the bytes begin with a superbox whose description says that it is a store of manifests.
    static func isStore(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = Cursor(bytes)
        guard let size = cursor.number(4), cursor.skip("jumb".utf8), size != 1 || cursor.skip(8), cursor.skip(4),
            cursor.skip("jumd".utf8)
        else { return false }
        return cursor.skip(storeType)
    }
}

/// The IPTC's vocabulary of how a picture came to be.
enum DigitalSourceType {
    private static let bases = ["cv.iptc.org/newscodes/digitalsourcetype/", "c2pa.org/digitalsourcetype/"].map { Array($0.utf8) }
    /// Some programs write the term without its address; only these are then taken for terms.
    private static let knownTerms: Set<String> = [
        "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "compositeSynthetic",
        "algorithmicallyEnhanced", "digitalCapture", "computationalCapture", "composite", "compositeCapture", "humanEdits",
        "digitalCreation", "dataDrivenMedia", "virtualRecording", "screenCapture", "negativeFilm", "positiveFilm", "print",
        "minorHumanEdits", "digitalArt", "softwareImage",
    ]

    /// The last part of a term's address; nil when it is no such address.
    static func term(of value: [UInt8]) -> String? {
        let value = value.trimmed
        for base in bases {
            for scheme in ["http://", "https://"] where value.starts(with: Array(scheme.utf8) + base) {
                let rest = value.dropFirst(scheme.utf8.count + base.count)
                let term = word(rest)
                return term?.utf8.count == rest.count ? term : nil
            }
        }
        return word(value).flatMap { knownTerms.contains($0) && $0.utf8.count == value.count ? $0 : nil }
    }

    /// The terms of all addresses in binary data, at most eight.
    static func terms(in bytes: ArraySlice<UInt8>) -> [String] {
        var terms: [String] = []
        for base in bases {
            var place = bytes.startIndex
            while terms.count < 8, let start = bytes.find(base, from: place) {
                place = start + base.count
                if let term = word(bytes[place...]), !terms.contains(term) { terms.append(term) }
            }
        }
        return terms
    }

    /// The letters at the beginning, if they are 1 to 64.
    private static func word(_ bytes: ArraySlice<UInt8>) -> String? {
        let word = bytes.prefix(65).prefix { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) }
        return (1...64).contains(word.count) ? String(decoding: word, as: UTF8.self) : nil
    }
}
