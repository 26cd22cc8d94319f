// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ThinkerAnswer {
    /// Without what the parent would take for nonsense: numbers that are none or out of range become words.
    var checked: ThinkerAnswer {
        switch self {
        case .scores(let scores):
            scores.allSatisfy { (0...1).contains($0) } && scores.count <= 64
                ? self : .unknown("the model's scores are not numbers from 0 to 1")
        case .regions(let regions):
            regions.allSatisfy(\.isFinite)
                ? .regions(regions.prefix(1_024).map(\.clipped)) : .unknown("the model's regions are no numbers")
        case .vector(let vector):
            vector.allSatisfy(\.isFinite) && vector.count <= 8_192 ? self : .unknown("the model's vector is no numbers")
        case .tensor(let shape, let values):
            values.allSatisfy(\.isFinite) && values.count <= 4_194_304 && values.count == shape.reduce(1, *)
                ? self : .unknown("what the model would be given is no numbers")
        case .text(let text): .text(text.readable(atMost: 16_384))
        case .label(let word, _): word.isWord ? self : .unknown("the model's label is no word")
        case .unknown(let words): .unknown(words.printable(atMost: 240))
        }
    }

    /// The first line, and the bytes that follow the lines.
    var message: (line: String, part: [UInt8]?) {
        switch self {
        case .scores(let scores): ("scores \(scores.count)", Self.bytes(scores))
        case .regions(let regions):
            ("regions \(regions.count)", Self.bytes(regions.flatMap { [$0.x, $0.y, $0.width, $0.height, $0.score] }))
        case .vector(let vector): ("vector \(vector.count)", Self.bytes(vector))
        case .text(let text): ("text", Array(text.utf8))
        case .label(let word, let isSure): ("label \(word) \(isSure ? "sure" : "unsure")", nil)
        case .tensor(let shape, let values): ("tensor " + shape.map { "\($0)" }.joined(separator: "x"), Self.bytes(values))
        case .unknown(let words): ("unknown \(words)", nil)
        }
    }

    private static func bytes(_ numbers: [Double]) -> [UInt8] {
        numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
    }

    /// One copy: a tensor has hundreds of thousands.
    private static func bytes(_ numbers: [Float]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: numbers.count * 4) { buffer, filled in
            for (index, number) in numbers.enumerated() {
                withUnsafeBytes(of: number.bitPattern.littleEndian) { word in
                    for at in 0..<4 { buffer[index * 4 + at] = word[at] }
                }
            }
            filled = numbers.count * 4
        }
    }
}

extension ThinkerRegion {
    fileprivate var isFinite: Bool { [x, y, width, height, score].allSatisfy(\.isFinite) }

    /// What lies in the picture.
    fileprivate var clipped: ThinkerRegion {
        func unit(_ value: Double) -> Double { min(1, max(0, value)) }
        let (left, top) = (unit(x), unit(y))
        return ThinkerRegion(
            x: left, y: top, width: max(0, unit(x + width) - left), height: max(0, unit(y + height) - top), score: unit(score))
    }
}

extension String {
    /// Without blanks, as one word of a line.
    var oneWord: String { String(printable(atMost: 64).map { $0 == " " ? "-" : $0 }) }

    /// In printable ASCII, on one line, never empty.
    func printable(atMost limit: Int) -> String {
        let clean = unicodeScalars.map { (0x20..<0x7f).contains($0.value) ? Character($0) : " " }.prefix(limit)
        return clean.isEmpty ? "no reason given" : String(clean)
    }

    /// A language tag or another word of a fixed set.
    fileprivate var isWord: Bool {
        (1...32).contains(utf8.count)
            && utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// Without what controls a terminal or a page.
    fileprivate func readable(atMost limit: Int) -> String {
        var kept = ""
        var size = 0
        for scalar in unicodeScalars {
            guard scalar == "\n" || scalar == "\t" || scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value) else {
                continue
            }
            size += UTF8.width(scalar)
            guard size <= limit else { break }
            kept.unicodeScalars.append(scalar)
        }
        return kept
    }
}
