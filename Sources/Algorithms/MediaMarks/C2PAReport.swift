// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a library found when it verified the signed manifests of a file. The report was made from a hostile file: of it only words
/// from fixed sets remain, and two names: that of a program, and that of the signing certificate's holder.
package struct C2PAReport: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        /// Whole, and signed by somebody on the trust list.
        case trusted
        /// Whole, and signed by somebody else.
        case untrusted
        /// It does not fit the file, or is broken.
        case invalid
    }

    /// Longer reports are not read.
    package static let longest = 256 << 10
    private static let mostCodes = 16
    private static let mostManifests = 64
    private static let mostTerms = 256

    package private(set) var state: State
    /// What is wrong, in the library's codes: letters, digits and dots, at most 64, each once, at most 16.
    package private(set) var codes: [String]
    /// What the program that made the last claim calls itself: printable ASCII, at most 64 characters.
    package private(set) var claimGenerator: String?
    /// Whom the certificate of the last claim's signature names as its holder: printable ASCII, at most 64 characters. Nil when
    /// the manifest does not hold: then anybody's certificate may lie in it.
    ///
    /// Whether that is true only the state says: a certificate that is not trusted names whomever its maker liked.
    package private(set) var signer: String?
    /// How the picture or a part of it came to be, by the claims about it: terms of the IPTC, and generators that are known. What
    /// the last manifest says has the place `c2pa`; what only those of its ingredients say, which anybody may have signed,
    /// `c2pa-ingredient`.
    package private(set) var marks: [MediaMarks.Mark]

    /// Nil when the report is no JSON or tells no state.
    package init?(json: [UInt8]) {
        guard json.count <= Self.longest else { return nil }
        var reading = Reading()
        guard JSONScan.strings(of: json, { reading.take($0, $1) }), let state = reading.state else { return nil }
        self.state = state
        codes = Array(reading.codes.prefix(Self.mostCodes))
        claimGenerator = reading.active.flatMap { reading.generators[$0] }.flatMap(Self.cleaned)
        signer = state == .invalid ? nil : reading.active.flatMap { reading.holders[$0] }.flatMap(Self.words)
        // The last manifest's come first: they are those that count as signed, and what the others say twice is not said again.
        var marks = reading.marks(.c2pa) { $0 == reading.active }
        for mark in reading.marks(.ingredient, where: { $0 != reading.active }) {
            if !marks.contains(where: { $0.kind == mark.kind && $0.value == mark.value }) { marks.append(mark) }
        }
        self.marks = Array(marks.prefix(MediaMarks.Limits.marks))
    }

    /// Printable ASCII, at most 64 characters; a question mark stands for any other character, so that none goes unseen.
    private static func cleaned(_ name: [UInt8]) -> String? {
        let printable = String(decoding: name, as: UTF8.self).unicodeScalars.map { scalar -> UInt8 in
            (0x20..<0x7f).contains(scalar.value) ? UInt8(scalar.value) : UInt8(ascii: "?")
        }
        let words = printable.trimmed.prefix(64).trimmed
        return words.isEmpty ? nil : String(decoding: words, as: UTF8.self)
    }

    /// `ORGANISATION, NAME`, or the one that there is.
    private static func words(_ holder: Holder) -> String? {
        let parts = [holder.organisation, holder.name].compactMap { $0.flatMap(cleaned) }
        let different = parts.first == parts.last ? Array(parts.prefix(1)) : parts
        return cleaned(Array(different.joined(separator: ", ").utf8))
    }

    /// The subject of a certificate, as the library tells it.
    private struct Holder {
        var organisation: [UInt8]?
        var name: [UInt8]?
    }

    /// What is gathered on the way through the report.
    private struct Reading {
        var state: State?
        var codes: [String] = []
        var active: [UInt8]?
        /// By the label of the manifest.
        var generators: [[UInt8]: [UInt8]] = [:]
        var holders: [[UInt8]: Holder] = [:]
        var terms: [(manifest: [UInt8], term: String)] = []
        /// Of the assertion that is being read: its label comes before its data.
        private var assertion: [UInt8] = []

        mutating func take(_ path: [[UInt8]?], _ value: [UInt8]) {
            let words = path.map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "*" }
            switch words.first {
            case "active_manifest" where words.count == 1: active = value
            case "validation_state" where words.count == 1:
                state = ["Trusted": .trusted, "Valid": .untrusted, "Invalid": .invalid][String(decoding: value, as: UTF8.self)]
            case "validation_status" where words == ["validation_status", "*", "code"],
                "validation_results" where words == ["validation_results", "activeManifest", "failure", "*", "code"]:
                add(code: value)
            case "manifests" where words.count > 2: take(manifest: path[1] ?? [], Array(words[2...]), value)
            default: break
            }
        }

        private mutating func take(manifest: [UInt8], _ words: [String], _ value: [UInt8]) {
            switch words {
            case ["claim_generator"], ["claim_generator_info", "*", "name"]:
                guard generators[manifest] != nil || manifest == active || generators.count < mostManifests,
                    generators[manifest] == nil || words.count > 1
                else { return }
                generators[manifest] = value
            // The library's `issuer` is the organisation of the subject, not of whoever issued the certificate.
            case ["signature_info", "issuer"]: name(holderOf: manifest) { $0.organisation = value }
            case ["signature_info", "common_name"]: name(holderOf: manifest) { $0.name = value }
            case ["assertions", "*", "label"]: assertion = value
            case ["assertions", "*", "data", "actions", "*", "digitalSourceType"]:
                guard assertion.starts(with: "c2pa.actions".utf8), let term = DigitalSourceType.term(of: value),
                    !terms.contains(where: { $0 == (manifest, term) }), terms.count < mostTerms || manifest == active
                else { return }
                terms.append((manifest, term))
            default: break
            }
        }

        /// Of the manifests that are meant: terms in the order of the report, then generators by name; each once.
        func marks(_ place: MediaMarks.Mark.Place, where isMeant: ([UInt8]) -> Bool) -> [MediaMarks.Mark] {
            let names = generators.filter { isMeant($0.key) }.compactMap { GeneratorTraces.name(software: $0.value) }.sorted()
            let all =
                terms.filter { isMeant($0.manifest) }.map { MediaMarks.Mark(.digitalSourceType, place, $0.term) }
                + names.map { MediaMarks.Mark(.generator, place, $0) }
            return all.reduce(into: []) { marks, mark in if !marks.contains(mark) { marks.append(mark) } }
        }

        private mutating func name(holderOf manifest: [UInt8], _ change: (inout Holder) -> Void) {
            guard holders[manifest] != nil || manifest == active || holders.count < mostManifests else { return }
            change(&holders[manifest, default: Holder()])
        }

        private mutating func add(code: [UInt8]) {
            let isCode =
                (1...64).contains(code.count)
                && code.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2e
                }
            let code = String(decoding: code, as: UTF8.self)
            guard isCode, codes.count < mostCodes, !codes.contains(code) else { return }
            codes.append(code)
        }
    }
}
