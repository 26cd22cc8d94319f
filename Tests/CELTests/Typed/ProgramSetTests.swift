// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

@Suite("Program sets")
struct ProgramSetTests {
    private static func entries(_ generator: inout ExpressionGenerator, _ count: Int) throws -> [ProgramSet.Entry] {
        var shared: [String] = []
        return try (0..<count).map { _ in
            // Some parts come up in several conditions, some conditions cannot be typed, most are conjunctions.
            var parts = (0..<1 + generator.random.below(3)).map { _ in generator.condition(generator.random.below(3)) }
            if generator.random.below(3) == 0, !shared.isEmpty { parts.append(generator.random.pick(shared)) }
            if generator.random.below(3) == 0 { parts.insert("kind == \"\(generator.random.pick(SmallEvent.kinds))\"", at: 0) }
            if generator.random.below(15) == 0 { parts.append("weights[\"nsfw\"] > 0.2") }
            shared += parts.filter { $0.utf8.count > 12 }
            let source = parts.map { "(\($0))" }.joined(separator: generator.random.below(5) == 0 ? " || " : " && ")
            let program = try Program.compile(source, declarations: SmallEvent.declarations)
            let only = generator.random.below(4) == 0 ? ("kind", [generator.random.pick(SmallEvent.kinds)]) : nil
            return ProgramSet.Entry(program, only: only)
        }
    }

    /// What a loop over all programs gives, each in the generic tier.
    private static func plainly(_ entry: ProgramSet.Entry, _ bindings: FrameBindings) -> Outcome {
        if let only = entry.only {
            switch bindings.value(of: Slot(index: 0, path: only.path, type: .string)) {
            case .string(let value)?: if !only.values.contains(value) { return .no }
            case .unknown?: return Outcome(entry.program.evaluate(bindings)) == .no ? .no : .unknown
            default:
                return Outcome(entry.program.evaluate(bindings)) == .no
                    ? .no : Outcome(entry.program.evaluate(bindings)) == .unknown ? .unknown : .error
            }
        }
        return Outcome(entry.program.evaluate(bindings))
    }

    @Test("give what each program gives alone", arguments: [21, 22, 23, 24, 25, 26] as [UInt64])
    func agree(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed)
        var random = Numbers(seed &+ 500)
        let entries = try Self.entries(&generator, 30 + random.below(150))
        let layout = FrameLayout(entries.map(\.program.checked), paths: ["kind"], declarations: SmallEvent.declarations)
        let set = ProgramSet(entries, layout: layout)
        let judge = Judge(set)
        let frame = Frame(layout)
        #expect(!set.untyped.isEmpty && set.sharedCount > 0, "seed \(seed)")
        var spared = 0
        for round in 0..<150 {
            SmallEvent.fill(frame, &random)
            judge.evaluate(frame)
            var expected: [Int] = []
            for (number, entry) in entries.enumerated() {
                let outcome = Self.plainly(entry, FrameBindings(frame))
                let source = String(decoding: entry.program.checked.source.bytes, as: UTF8.self)
                if set.untyped[number] == nil || entry.only == nil {
                    #expect(
                        judge.outcome(of: number) == outcome,
                        "seed \(seed), round \(round), \(entry.only?.values ?? []): \(source)")
                }
                if judge.outcome(of: number) != .no { expected.append(number) }
            }
            #expect(judge.reported.map(\.program) == expected, "seed \(seed)")
            spared += entries.count - judge.candidateCount
        }
        // An index that rules nothing out would pass as well.
        #expect(spared > 150 * entries.count / 10, "seed \(seed)")
    }

    @Test("take the constants that the caller has found", arguments: [LiteralTrust.misses, .all])
    func literals(trust: LiteralTrust) throws {
        let sources = ["text.contains(\"free nitro\")", "text.contains(\"gift\") && members > 1", "!text.contains(\"gift\")"]
        let entries = try sources.map { ProgramSet.Entry(try Program.compile($0, declarations: SmallEvent.declarations)) }
        let layout = FrameLayout(entries.map(\.program.checked), declarations: SmallEvent.declarations)
        let set = ProgramSet(entries, layout: layout)
        let judge = Judge(set)
        let frame = Frame(layout)
        let text = try layout.require("text")
        #expect(set.literals(of: text) == ["free nitro", "gift"])
        frame.set(text, .string("a GIFT for you"))
        frame.set(try layout.require("members"), .int(5))
        // The caller looks in lower case: it finds what the text as it stands does not have.
        judge.evaluate(frame) { hits in
            hits.trust(text, trust)
            hits.mark(1, in: text)
        }
        #expect(judge.reported.map(\.program) == (trust == .all ? [1] : [2]))
    }

    @Test("look only at what the event does not rule out")
    func candidates() throws {
        var sources: [String] = []
        for number in 0..<100 { sources.append("kind == \"kind\(number % 10)\" && text.contains(\"word\(number)\")") }
        let entries = try sources.map { ProgramSet.Entry(try Program.compile($0, declarations: SmallEvent.declarations)) }
        let layout = FrameLayout(entries.map(\.program.checked), declarations: SmallEvent.declarations)
        let judge = Judge(ProgramSet(entries, layout: layout))
        let frame = Frame(layout)
        frame.set(try layout.require("kind"), .string("kind7"))
        frame.set(try layout.require("text"), .string("this is word17, and word18"))
        judge.evaluate(frame)
        #expect(judge.reported.map(\.program) == [17])
        #expect(judge.candidateCount <= 2)
    }

    @Test("a frame of another layout is an error of every program")
    func otherLayout() throws {
        let entry = ProgramSet.Entry(try Program.compile("members > 3", declarations: SmallEvent.declarations))
        let layouts = (0..<2).map { _ in FrameLayout([entry.program.checked], declarations: SmallEvent.declarations) }
        let judge = Judge(ProgramSet([entry, entry], layout: layouts[0]))
        judge.evaluate(Frame(layouts[1]))
        #expect(judge.reported.map(\.outcome) == [.error, .error])
        let frame = Frame(layouts[0])
        frame.set(try layouts[0].require("members"), .int(1))
        judge.evaluate(frame)
        #expect(judge.reportedCount == 0)
    }

    @Test("find constants wherever they are", arguments: [31] as [UInt64])
    func scanner(seed: UInt64) {
        var random = Numbers(seed)
        for _ in 0..<300 {
            let literals = (0..<1 + random.below(80)).map { bit in
                (bytes: (0..<1 + random.below(9)).map { _ in UInt8(97 + random.below(3)) }, bit: bit)
            }
            let scanner = LiteralScanner(literals)
            defer { scanner.deallocate() }
            let text = (0..<random.below(60)).map { _ in UInt8(97 + random.below(3)) }
            let hits = Bits(count: 80)
            defer { hits.deallocate() }
            text.withUnsafeBytes { scanner.scan($0, into: hits.words) }
            for literal in literals {
                let expected = text.withUnsafeBytes { text in literal.bytes.withUnsafeBytes { ByteText.contains(text, $0) } }
                #expect(hits.contains(literal.bit) == expected, "seed \(seed): \(literal.bytes) in \(text)")
            }
        }
    }
}
