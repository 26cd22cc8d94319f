// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Programs know their inputs and explain themselves")
struct ProgramTests {
    @Test("a field path of a declared message is one slot")
    func slots() throws {
        let program = try Program.compile(
            #"actor.age < duration("24h") && media_match.matched && actor.age > duration("0s")"#, declarations: sampleDeclarations
        )
        #expect(program.slots.map(\.path) == ["actor.age", "media_match.matched"])
        #expect(program.resultType == .bool)
        let value = program.evaluate(
            ["actor.age": .duration(nanoseconds: 1), "media_match.matched": .bool(true)] as NamedBindings)
        #expect(value.description == "true")
    }

    @Test("has of a declared field asks whether it is set")
    func presence() throws {
        let program = try Program.compile("has(actor.age)", declarations: sampleDeclarations)
        #expect(program.evaluate(NamedBindings([:])).description == "false")
        #expect(program.evaluate(["actor.age": .duration(nanoseconds: 0)] as NamedBindings).description == "true")
        #expect(program.evaluate(["actor.age": .unknown(["no date"])] as NamedBindings).description == "unknown: no date")
    }

    @Test(
        "problems name the place, the expectation and the likely meaning",
        arguments: [
            ("actr.age < duration('24h')", "1:1", "'actr' is not declared", "did you mean 'actor'?"),
            ("actor.agee < duration('24h')", "1:7", "there is no field 'agee'", "did you mean 'age'?"),
            ("actor.age < '24h'", "1:11", "'<' cannot take duration and string", "write duration('24h')"),
            ("count > 1.5", "1:7", "'>' cannot take int and double", "convert the int with double(...)"),
            ("text.containz('a')", "1:6", "there is no function 'containz'", "did you mean 'contains'?"),
            ("text.matches('a(')", "1:16", "this is no regular expression: this group is never closed", "add )"),
            ("count && true", "1:1", "this is int, not a condition", "compare it, for example '> 0'"),
            ("links.exists(l, l.host == 'a')", "1:19", "string has no fields", ""),
            ("size(count) > 1", "1:1", "'size' cannot take (int)", ""),
        ])
    func diagnoses(source: String, place: String, message: String, hint: String) throws {
        let problem = try #require(problems(source).first)
        #expect("\(problem.span.line):\(problem.span.column)" == place)
        #expect(problem.message == message)
        #expect(problem.hint ?? "" == hint)
    }

    @Test("all problems are told at once, each once")
    func together() {
        let found = problems("actr.age < duration('1h') && count == 'a' || txt == ''")
        #expect(found.map(\.message) == ["'actr' is not declared", "'==' cannot take int and string", "'txt' is not declared"])
    }

    @Test("a problem is drawn with a caret")
    func caret() {
        let text = problems("count > 0 && actor.agee > duration('1h')").first?.description
        #expect(
            text == """
                1:20: there is no field 'agee'; expected one of age, id (did you mean 'age'?)
                  count > 0 && actor.agee > duration('1h')
                                     ^^^^
                """)
    }

    @Test("records what the sub-expressions came to")
    func trace() throws {
        let program = try Program.compile("count > 3 && links.exists(l, l.contains('b'))", declarations: sampleDeclarations)
        var trace = Trace()
        let value = program.evaluate(
            ["count": .int(4), "links": .list([.string("a"), .string("b"), .string("c")])] as NamedBindings, recording: &trace)
        #expect(value.description == "true")
        #expect(
            trace.steps.map { "\($0.text) = \($0.value)" } == [
                "count = 4", "count > 3 = true", "links = [\"a\", \"b\", \"c\"]", "l = \"b\"", "l.contains('b') = true",
                "links.exists(l, l.contains('b')) = true", "count > 3 && links.exists(l, l.contains('b')) = true",
            ])
        #expect(trace.steps.first?.slot?.path == "count")
        var short = Trace()
        _ = program.evaluate(["count": .int(1)] as NamedBindings, recording: &short)
        #expect(short.steps.map(\.text) == ["count", "count > 3", "count > 3 && links.exists(l, l.contains('b'))"])
    }
}
