// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CVips
import MediaMarks
import PerceptualHashing

/// Decodes one file and says what it is.
struct Examiner {
    var largestPictureFile: Int
    var pixelLimit: UInt64
    var videoSeconds: Double
    var provenance: ProvenanceExaminer
    /// Its buffers serve every picture and frame.
    let workspace = PDQWorkspace()

    /// - Parameter body: one line of wishes, a line end, the file.
    /// - Returns: nil when the wishes make no sense.
    func examine(_ body: [UInt8]) -> WorkerAnswer? {
        guard let end = body.prefix(WorkerRequest.longestLine).firstIndex(of: UInt8(ascii: "\n")),
            let request = WorkerRequest(body[..<end])
        else { return nil }
        let file = body[(end + 1)...]
        guard let format = MediaFormat(magicOf: file.prefix(MediaFormat.magicLength)) else { return unsupported(request) }
        var answer = examine(file, as: format, request)
        if request.provenance { answer.addProvenance { Self.provenance(of: file, format, by: provenance) } }
        return answer
    }

    private func examine(_ file: ArraySlice<UInt8>, as format: MediaFormat, _ request: WorkerRequest) -> WorkerAnswer {
        switch format {
        case .picture(let format):
            if format.isHEIF, cvips_has_heif() == 0 { return .unsupported("HEIC and AVIF pictures can't be decoded here") }
            guard file.count <= largestPictureFile else {
                return .tooLarge("\(file.count) bytes, more than the \(largestPictureFile) allowed")
            }
            // The decoders read the bytes until they are closed, which happens inside.
            return file.withUnsafeBufferPointer {
                PictureExaminer(
                    bytes: $0, format: format, request: request, pixelLimit: pixelLimit, seconds: videoSeconds,
                    workspace: workspace
                ).answer()
            }
        case .video(let format):
            guard request.video != nil else { return unsupported(request) }
            return file.withUnsafeBufferPointer {
                VideoExaminer(
                    bytes: $0, format: format, request: request, pixelLimit: pixelLimit, seconds: videoSeconds,
                    workspace: workspace
                ).answer()
            }
        }
    }

    private func unsupported(_ request: WorkerRequest) -> WorkerAnswer {
        let pictures = "not a JPEG, PNG, WebP, GIF, HEIC"
        return .unsupported(
            request.video == nil ? "\(pictures) or AVIF file" : "\(pictures), AVIF, MP4, QuickTime, Matroska or WebM file")
    }

    private static func provenance(
        of file: ArraySlice<UInt8>, _ format: MediaFormat, by examiner: ProvenanceExaminer
    ) -> [String] {
        switch format {
        case .picture(.jpeg): examiner.examine(file, .jpeg)
        case .picture(.png): examiner.examine(file, .png)
        case .picture(.webp): examiner.examine(file, .webp)
        case .picture(.gif): examiner.examine(file, .gif)
        case .picture(.heic): examiner.examine(file, .heif)
        case .picture(.avif): examiner.examine(file, .avif)
        case .video(.mp4): examiner.examine(file, .mp4)
        // Nothing is agreed on where marks would stand in these.
        case .video(.matroska): ["manifest none"]
        }
    }
}
