// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CAV
import CTurboJPEG
import CVips
import Glibc
import MediaMarks

/// Decodes hostile files.
struct DecoderRole: WorkerRole {
    private let examiner: Examiner
    private let provenance: ProvenanceExaminer
    /// `on`, `off` (none given), `unreadable` or `invalid` (no certificates, or the library refuses them).
    private let trust: String

    init(_ arguments: WorkerArguments) throws(WorkerStartProblem) {
        guard cvips_start() == 0 else {
            throw WorkerStartProblem(message: "libvips can't decode JPEG, PNG, WebP and GIF here")
        }
        guard cturbojpeg_start() == 0 else { throw WorkerStartProblem(message: "TurboJPEG can't decode JPEG here") }
        guard cav_start() == 0 else {
            throw WorkerStartProblem(message: "FFmpeg can't decode H.264, HEVC, VP8, VP9, AV1 and MPEG-4 here")
        }
        let anchors = arguments.trustAnchors.flatMap(Self.read)
        provenance = ProvenanceExaminer(native: arguments.native, trustAnchors: anchors)
        trust =
            arguments.trustAnchors == nil ? "off" : anchors == nil ? "unreadable" : provenance.trustsAnchors ? "on" : "invalid"
        examiner = Examiner(
            largestPictureFile: arguments.largestFile, pixelLimit: arguments.pixelLimit,
            videoSeconds: Double(arguments.videoMilliseconds) / 1_000, provenance: provenance)
    }

    func greeting(defences: String) -> String {
        "ready role=decoder \(defences) c2pa=\(provenance.isVerifying ? "on" : "off") trust=\(trust) "
            + "heif=\(cvips_has_heif() == 1 ? "on" : "off")"
    }

    func answer(_ message: [UInt8]) -> (lines: String, parts: [[UInt8]])? {
        examiner.examine(message).map { ($0.lines, $0.parts) }
    }

    /// Nil when it is no file, cannot be read, is empty or too long for a list of certificates.
    private static func read(_ path: String) -> [UInt8]? {
        // What is no file, such as a pipe, must not be waited for.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: CertificateList.longest + 1)
        var filled = 0
        while filled < bytes.count {
            let got = bytes[filled...].withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            filled += got
        }
        return filled == 0 || filled == bytes.count ? nil : Array(bytes[..<filled])
    }
}
