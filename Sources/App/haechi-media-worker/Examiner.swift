// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// Decodes one file and says what it is.
struct Examiner {
    var largestPictureFile: Int
    var pixelLimit: UInt64
    var videoSeconds: Double
    /// Its buffers serve every picture and frame.
    let workspace = PDQWorkspace()

    func examine(_ message: WorkerChannel.Message) -> WorkerAnswer {
        let request = message.request
        switch MediaFormat(magicOf: message.file.prefix(64)) {
        case nil where request.video == nil, .video where request.video == nil:
            return .unsupported("not a JPEG, PNG, WebP or GIF file")
        case nil:
            return .unsupported("not a JPEG, PNG, WebP, GIF, MP4, QuickTime, Matroska or WebM file")
        case .picture(let format):
            guard message.file.count <= largestPictureFile else {
                return .tooLarge("\(message.file.count) bytes, more than the \(largestPictureFile) allowed")
            }
            // The decoders read the bytes until they are closed, which happens inside.
            return message.file.withUnsafeBufferPointer {
                PictureExaminer(
                    bytes: $0, format: format, request: request, pixelLimit: pixelLimit, workspace: workspace
                ).answer()
            }
        case .video(let format):
            return message.file.withUnsafeBufferPointer {
                VideoExaminer(
                    bytes: $0, format: format, request: request, pixelLimit: pixelLimit, seconds: videoSeconds,
                    workspace: workspace
                ).answer()
            }
        }
    }
}
