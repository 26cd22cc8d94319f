// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import ModelInputs

/// Reads text in pictures, with Tesseract.
final class OCREngine: ThinkerEngine {
    /// Texts are cut to so many bytes.
    static let longestText = 4_096
    /// Words of which Tesseract is less sure (0 to 100) are left out: what it sees in foliage and hair.
    static let leastConfidence: Float = 40
    /// A reading that takes longer is given up, before the asker gives up (`deadline_ms` of picture-text.yaml).
    static let milliseconds: Int32 = 3_000

    /// Lives as long as the process.
    private let reader: OpaquePointer

    private init(_ reader: OpaquePointer) { self.reader = reader }

    /// The last part of the load's file names the languages: `eng+kor`.
    static func load(_ load: ModelLoad, native: String) throws(ThinkerProblem) -> (engine: any ThinkerEngine, precision: String) {
        let languages = load.file.split(separator: "/").last.map(String.init) ?? ""
        var why = [CChar](repeating: 0, count: 300)
        // Both pointers are for the call only; the C side writes at most the buffer's count, with an end.
        guard let reader = cnative_tesseract_new(languages, &why, why.count) else {
            throw ThinkerProblem(message: String(decoding: why.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        let engine = OCREngine(reader)
        // Everything that the first reading opens and allocates, while it still may.
        guard case .text = engine.run(.raster(sample)) else { throw ThinkerProblem(message: "a first reading fails") }
        return (engine, languages)
    }

    func run(_ input: ThinkerInput) -> ThinkerAnswer {
        guard case .raster(let raster) = input, raster.channels == 1 else { return .unknown("it reads grey pictures only") }
        guard raster.width >= 8, raster.height >= 8, raster.pixels.count == raster.width * raster.height else {
            return .unknown("the picture is too small to be read")
        }
        // In bounds: the picture has width times height bytes, and at most the buffer's capacity is written.
        var status = -1
        let text = String(unsafeUninitializedCapacity: Self.longestText) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                status = cnative_tesseract_read(
                    reader, raster.pixels, Int32(raster.width), Int32(raster.height), Self.milliseconds, Self.leastConfidence,
                    text.baseAddress, text.count)
            }
            return max(0, status)
        }
        switch status {
        case -2: return .unknown("reading took too long")
        case ..<0: return .unknown("it could not be read")
        default: return .text(text)
        }
    }

    /// Bars as high as letters: enough for all stages to run.
    private static let sample: ThinkerRaster = {
        let (width, height) = (160, 48)
        var pixels = [UInt8](repeating: 255, count: width * height)
        for y in 12..<36 {
            for x in 8..<152 where x % 12 < 4 || (x % 12 < 9 && (y < 16 || y > 31)) { pixels[y * width + x] = 0 }
        }
        return ThinkerRaster(width: width, height: height, channels: 1, pixels: pixels)
    }()
}
