// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import MediaMarks

/// Reads what a file says of its origin, and verifies signed manifests where the library for it is installed.
///
/// The answer is lines of words:
///
///     manifest none|trusted|untrusted|invalid|unverified|elsewhere [CODE …]
///     signer WORDS                whom the certificate names, when the signature holds and there is a name
///     claim WORDS                 what the program that made the claim calls itself, if it does
///     mark KIND PLACE VALUE       any number of them
///     time marks MICROSECONDS
///     time c2pa MICROSECONDS      when a manifest was verified
final class ProvenanceExaminer {
    /// Why signed manifests can't be verified, in words; nil when they can.
    let whyNotVerifying: String?

    /// Whether the library verifies with the trust anchors; without them no signer is trusted, and all else is told as ever.
    let trustsAnchors: Bool

    /// Whether signed manifests can be verified.
    var isVerifying: Bool { whyNotVerifying == nil }

    /// Opens the library; to be done before the box closes.
    ///
    /// - Parameters:
    ///   - native: the folder that has `c2pa/libc2pa_c.so`, absolute; nil when there is none.
    ///   - trustAnchors: certificates in PEM, whose signatures are trusted.
    init(native: String?, trustAnchors: [UInt8]?) {
        let isList = trustAnchors.map { CertificateList.problem(in: $0) == nil } ?? false
        guard let native else {
            (whyNotVerifying, trustsAnchors) = ("no folder of native parts is given", isList)
            return
        }
        let library = native + "/c2pa/libc2pa_c.so"
        if isList, let trustAnchors, let settings = Self.settings(trustAnchors: trustAnchors), Self.open(library, settings) == nil
        {
            (whyNotVerifying, trustsAnchors) = (nil, true)
        } else {
            // A list that is bad must not hide that a manifest is forged.
            (whyNotVerifying, trustsAnchors) = (Self.open(library, Self.settings(trustAnchors: []) ?? "{}"), false)
        }
        // What the library sets up at its first use is set up now, while it still may.
        if isVerifying { _ = verify(Self.smallestFile[...], .gif) }
    }

    /// Why the library cannot be used with these settings, in words; nil when it can.
    private static func open(_ library: String, _ settings: String) -> String? {
        var why = [CChar](repeating: 0, count: 512)
        guard cnative_c2pa_open(library, settings, &why, why.count) != 0 else { return nil }
        return String(decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func examine(_ file: ArraySlice<UInt8>, _ container: MediaMarks.Container) -> [String] {
        let clock = ContinuousClock()
        let start = clock.now
        let found = MediaMarks.read(file, as: container)
        let afterMarks = clock.now
        var answer = Answer(found)
        if found.hasManifest, isVerifying { answer.take(verify(file, container)) }
        var lines = answer.lines + ["time marks \((afterMarks - start).microseconds)"]
        // The library sees only files in which a manifest was found: less for the hostile ones to reach.
        if found.hasManifest, isVerifying { lines.append("time c2pa \((clock.now - afterMarks).microseconds)") }
        return lines
    }

    private enum Verdict {
        case report(C2PAReport)
        case elsewhere
        /// With the code that says why.
        case unreadable(String)
    }

    private func verify(_ file: ArraySlice<UInt8>, _ container: MediaMarks.Container) -> Verdict {
        var length = 0
        var outcome = CNATIVE_C2PA_UNREADABLE
        let report = [UInt8](unsafeUninitializedCapacity: C2PAReport.longest) { room, filled in
            // The library reads the file only during this call.
            outcome = file.withUnsafeBufferPointer {
                cnative_c2pa_read($0.baseAddress, $0.count, container.rawValue, room.baseAddress, room.count, &length)
            }
            filled = length
        }
        switch outcome {
        case CNATIVE_C2PA_REPORT: return C2PAReport(json: report).map(Verdict.report) ?? .unreadable("haechi.reportUnreadable")
        case CNATIVE_C2PA_ELSEWHERE: return .elsewhere
        case CNATIVE_C2PA_TOO_LONG: return .unreadable("haechi.reportTooLong")
        case CNATIVE_C2PA_NONE: return .unreadable("haechi.storeEmpty")
        default: return .unreadable("haechi.storeUnreadable")
        }
    }

    /// What is said, before and after the library was asked.
    private struct Answer {
        var state: String
        var codes: [String] = []
        var signer: String?
        var claim: String?
        var marks: [MediaMarks.Mark]

        init(_ found: MediaMarks.Found) {
            state = found.hasManifest ? "unverified" : found.namesRemoteManifest ? "elsewhere" : "none"
            marks = found.marks
        }

        mutating func take(_ verdict: Verdict) {
            switch verdict {
            case .report(let report):
                state = report.state.rawValue
                codes = report.codes
                signer = report.signer
                claim = report.claimGenerator
                // The library knows which claims are assertions and which are only bytes.
                marks = marks.filter { $0.place != .c2pa } + report.marks
            case .elsewhere: state = "elsewhere"
            // There is a store, and the library can make nothing of it: that is no proof of a forgery.
            case .unreadable(let code): codes = [code]
            }
        }

        var lines: [String] {
            let names = [signer.map { "signer \($0)" }, claim.map { "claim \($0)" }].compactMap { $0 }
            let said = marks.map { "mark \($0.kind.rawValue) \($0.place.rawValue) \($0.value)" }
            return [(["manifest", state] + codes).joined(separator: " ")] + names + said
        }
    }
}

extension ProvenanceExaminer {
    /// The library's settings, as JSON: nothing is fetched from anywhere. Nil when the anchors have what no PEM file has.
    private static func settings(trustAnchors: [UInt8]) -> String? {
        let fixed = """
            "verify": {"verify_after_reading": true, "verify_trust": true, "remote_manifest_fetch": false, "ocsp_fetch": false}, \
            "core": {"allowed_network_hosts": [], "allow_redirects": false, "max_decompressed_manifest_size_in_mb": 16}
            """
        let text = String(decoding: trustAnchors, as: UTF8.self)
        // An empty list is an error to the library: it is left out.
        if text.isEmpty { return "{\(fixed)}" }
        guard let quoted = quoted(text) else { return nil }
        return "{\(fixed), \"trust\": {\"trust_anchors\": \(quoted)}}"
    }

    private static func quoted(_ text: String) -> String? {
        var quoted = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): quoted += "\\n"
            case UInt8(ascii: "\r"), UInt8(ascii: "\t"): quoted += " "
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += "\\" + String(UnicodeScalar(byte))
            // A comment between two certificates, in letters that are not ASCII.
            case 0x80...: quoted += "?"
            case 0x20..<0x7f: quoted += String(UnicodeScalar(byte))
            default: return nil
            }
        }
        return quoted + "\""
    }

    /// A GIF of one pixel, without a manifest.
    private static let smallestFile: [UInt8] =
        Array("GIF89a".utf8) + [
            1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b,
        ]
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
