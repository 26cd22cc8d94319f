// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// `contains`, `startsWith` or `endsWith` of two texts.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextTestNode: BoolNode, @unchecked Sendable {
    private let test: Term.TextTest
    private let text: CellNode
    private let part: CellNode

    init(_ test: Term.TextTest, _ text: CellNode, _ part: CellNode) {
        self.test = test
        self.text = text
        self.part = part
    }

    override func outcome(_ run: Run) -> Outcome {
        let (text, part) = (text.cell(run), part.cell(run))
        guard run.pointee.trouble == .no else { return run.settle() }
        return Outcome(test.holds(text.text, part.text))
    }
}

extension Term.TextTest {
    @inline(__always)
    func holds(_ text: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .contains: ByteText.contains(text, part)
        case .startsWith: ByteText.starts(text, with: part)
        case .endsWith: ByteText.ends(text, with: part)
        }
    }
}

/// `startsWith` or `endsWith` of a text in a cell and a constant.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class TextTestLeaf: BoolNode, @unchecked Sendable {
    private let test: Term.TextTest
    private let place: Place
    private let part: ConstantBytes
    private let id: Int32

    init(_ test: Term.TextTest, _ place: Place, _ part: [UInt8], id: Int32) {
        self.test = test
        self.place = place
        self.part = ConstantBytes(part)
        self.id = id
    }

    deinit { part.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        return Outcome(test.holds(cell.text, part.bytes))
    }
}

/// `contains` of a text in a cell and a constant that is not empty.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ContainsLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let part: ConstantBytes
    private let needle: Needle
    private let id: Int32

    init(_ place: Place, _ part: [UInt8], id: Int32) {
        self.place = place
        self.part = ConstantBytes(part)
        needle = Needle(choosingIn: self.part.bytes)
        self.id = id
    }

    deinit { part.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        return Outcome(needle.isIn(cell.text))
    }
}

/// How far the bits that a caller sets for the constants of a text can be trusted.
public enum LiteralTrust: UInt8, Sendable {
    /// Nobody looked: every constant is searched for.
    case none
    /// What has no bit is not in the text; what has one may be (the caller looked in another form of the text).
    case misses
    /// The bits say it.
    case all
}

/// `text.contains("constant")` where the caller of a set looks for all constants in one pass.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class LiteralLeaf: BoolNode, @unchecked Sendable {
    private let place: Place
    private let part: ConstantBytes
    private let bit: Int
    private let text: Int
    private let id: Int32

    /// - Parameter text: the place of the text among the texts of the set.
    init(_ place: Place, _ part: [UInt8], bit: Int, text: Int, id: Int32) {
        self.place = place
        self.part = ConstantBytes(part)
        self.bit = bit
        self.text = text
        self.id = id
    }

    deinit { part.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .string else { return run.outcome(cell.tag, at: id) }
        if let trust = run.pointee.literalTrust?[text], trust != .none, let hits = run.pointee.literalHits {
            let isHit = hits[bit >> 6] >> UInt64(bit & 63) & 1 != 0
            if !isHit { return .no }
            if trust == .all { return .yes }
        }
        return Outcome(ByteText.contains(cell.text, part.bytes))
    }
}
