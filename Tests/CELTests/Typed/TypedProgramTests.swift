// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

@Suite("Typed programs")
struct TypedProgramTests {
    private static func programs(_ sources: [String]) throws -> ([Program], FrameLayout) {
        let programs = try sources.map { try Program.compile($0, declarations: SmallEvent.declarations) }
        return (programs, FrameLayout(programs.map(\.checked), declarations: SmallEvent.declarations))
    }

    @Test("give what the generic tier gives, for errors and unknowns too", arguments: [1, 2, 3, 4] as [UInt64])
    func agree(seed: UInt64) throws {
        var generator = ExpressionGenerator(seed)
        var random = Numbers(seed &+ 1_000)
        var seen: [Outcome: Int] = [:]
        let sources = (0..<400).map { _ in generator.condition(1 + generator.random.below(3)) }
        let (programs, layout) = try Self.programs(sources)
        let frame = Frame(layout)
        let typed = try programs.map { program throws(NotTyped) in try TypedProgram(program, layout: layout) }
        for _ in 0..<60 {
            SmallEvent.fill(frame, &random)
            for (program, typed) in zip(programs, typed) {
                let value = program.evaluate(FrameBindings(frame))
                let (outcome, failure) = typed.diagnose(frame)
                seen[outcome, default: 0] += 1
                let source = String(decoding: program.checked.source.bytes, as: UTF8.self)
                #expect(outcome == Outcome(value), "seed \(seed): \(source) gives \(value)")
                if case .error(let error) = value, let failure {
                    #expect(failure.code == Self.code(error.code), "seed \(seed): \(source) gives \(value)")
                }
            }
        }
        // All four kinds of outcome came up, or the test says little.
        for outcome in [Outcome.no, .yes, .error, .unknown] { #expect(seen[outcome, default: 0] > 500, "seed \(seed)") }
    }

    private static func code(_ code: EvaluationError.Code) -> Failure.Code {
        switch code {
        case .overflow: .overflow
        case .divideByZero: .divideByZero
        case .limitExceeded: .limitExceeded
        default: .unbound
        }
    }

    private static func outcome(_ source: String, _ fill: (Frame) -> Void = { _ in }) throws -> Outcome {
        let (programs, layout) = try programs([source])
        let frame = Frame(layout)
        fill(frame)
        return try TypedProgram(programs[0], layout: layout).evaluate(frame)
    }

    @Test("an input without a value is an error unless another operand decides")
    func absent() throws {
        #expect(try Self.outcome("members > 3") == .error)
        #expect(try Self.outcome("members > 3 && false") == .no)
        #expect(try Self.outcome("members > 3 || true") == .yes)
        #expect(try Self.outcome("has(signal.score)") == .no)
    }

    @Test("an unknown input weighs more than an error")
    func unknown() throws {
        let fill: (Frame) -> Void = { frame in
            if let slot = frame.layout.slot("score") { frame.setUnknown(slot, ["no model"]) }
        }
        #expect(try Self.outcome("members > 3 && score > 0.5", fill) == .unknown)
        #expect(try Self.outcome("score > 0.5 && members > 3", fill) == .unknown)
        #expect(try Self.outcome("score > 0.5 && false", fill) == .no)
    }

    @Test("sizes of texts are code points", arguments: [("", 0), ("nitro", 5), ("stéam", 5), ("안녕하세요", 5), ("🙂🙂", 2)])
    func size(text: String, count: Int) throws {
        let outcome = try Self.outcome("size(text) == \(count)") { frame in
            if let slot = frame.layout.slot("text") { frame.set(slot, .string(text)) }
        }
        #expect(outcome == .yes)
    }

    @Test("values that bind names are computed where they are used")
    func bind() throws {
        var declarations = SmallEvent.declarations
        declarations.libraries = [.bindings]
        let source = "cel.bind(x, matches.exists(m, m.distance == 1), roles.all(r, r != \"\" && x))"
        let program = try Program.compile(source, declarations: declarations)
        let layout = FrameLayout([program.checked], declarations: declarations)
        let frame = Frame(layout)
        let typed = try TypedProgram(program, layout: layout)
        var random = Numbers(5)
        for _ in 0..<200 {
            SmallEvent.fill(frame, &random)
            #expect(typed.evaluate(frame) == Outcome(program.evaluate(FrameBindings(frame))))
        }
    }

    @Test("lists that the caller declares as constants are looked into")
    func constantLists() throws {
        var declarations = SmallEvent.declarations
        let words = (0..<1_000).map { Value.string("word\($0)") }
        declarations.libraries = [Library("lists", constants: ["bad_words": .list(words)])]
        let program = try Program.compile("text in bad_words && roles.exists(r, r in bad_words)", declarations: declarations)
        let layout = FrameLayout([program.checked], declarations: declarations)
        let frame = Frame(layout)
        let typed = try TypedProgram(program, layout: layout)
        for (text, role, holds) in [("word999", "word0", true), ("word1000", "word0", false), ("word5", "wor", false)] {
            frame.reset()
            frame.set(try layout.require("text"), .string(text))
            frame.set(try layout.require("roles"), texts: ["a", role])
            #expect(typed.evaluate(frame) == (holds ? .yes : .no))
        }
    }

    @Test(
        "what has no typed form says why",
        arguments: [
            ("weights[\"nsfw\"] > 0.5", "'_[_]' has no typed form"), ("dyn(members) == 3", "operands of the types dyn and int"),
            ("members", "it gives int, not a bool"),
            ("roles.map(r, r + \"s\").exists(x, x == \"a\")", "only lists of the event itself have a typed form"),
            ("string(members) == \"3\"", "'string' has no typed form"),
        ])
    func refuses(source: String, reason: String) throws {
        let (programs, layout) = try Self.programs([source])
        #expect { try TypedProgram(programs[0], layout: layout) } throws: { ($0 as? NotTyped)?.reason == reason }
    }

    @Test("a program that takes too many turns is an error that nothing absorbs")
    func budget() throws {
        var options = Program.Options()
        options.limits.steps = 10
        let source = "matches.exists(a, matches.exists(b, matches.exists(c, false))) || true"
        let program = try Program.compile(source, declarations: SmallEvent.declarations, options: options)
        let layout = FrameLayout([program.checked], declarations: SmallEvent.declarations)
        let frame = Frame(layout)
        let slot = try layout.require("matches")
        _ = frame.makeList(slot, count: 4)
        let (outcome, failure) = try TypedProgram(program, layout: layout).diagnose(frame)
        #expect(outcome == .error && failure?.code == .limitExceeded)
        #expect(Outcome(program.evaluate(FrameBindings(frame))) == .error)
    }

    @Test("a frame of another layout is refused")
    func otherLayout() throws {
        let (programs, layout) = try Self.programs(["true"])
        let (_, other) = try Self.programs(["true"])
        #expect(try TypedProgram(programs[0], layout: layout).evaluate(Frame(other)) == .error)
    }
}
