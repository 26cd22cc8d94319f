// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

/// What docs/howto/use-cel.md shows.
@Suite("The library as its page shows it")
struct ExampleTests {
    @Test("compiled once, evaluated often, explained")
    func example() throws {
        var declarations = Declarations(
            ["text": .string, "links": .list(.string)], functions: [isShout], libraries: [.standard, .strings])
        declarations.record("actor", ["id": .string, "age": .duration])
        let program = try Program.compile(
            #"actor.age < duration("24h") && (isShout(text) || size(links) > 3)"#, declarations: declarations)

        let value = program.evaluate(
            ["actor.age": .duration(nanoseconds: 3_600_000_000_000), "text": .string("HELLO"), "links": .list([])]
                as NamedBindings)
        #expect(value.description == "true")

        let early = program.evaluate(
            ["actor.age": .unknown(["actor.age"]), "text": .string("HELLO"), "links": .list([])]
                as NamedBindings)
        #expect(early.description == "unknown: actor.age")

        do throws(CELError) {
            _ = try Program.compile("actor.age < '24h'", declarations: declarations)
            Issue.record("a text is no time span")
        } catch {
            let problem = error.problems[0]
            #expect(problem.message == "'<' cannot take duration and string" && problem.hint == "write duration('24h')")
        }
    }

    private let isShout = Function("isShout", [Overload("isShout_string", [.string], .bool)]) { text in
        guard case .string(let text) = text else { return .noOverload("isShout", text) }
        return .bool(text == text.uppercased())
    }
}
