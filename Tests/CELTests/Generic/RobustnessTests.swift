// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("No expression stops the process")
struct RobustnessTests {
    private static let corpus = [
        #"actor.age < duration("24h") && media_match.matched || links.exists(l, l.contains('a'))"#,
        "{'a': [1, 2u, 3.0, b'x'], 'b': {1: true}}.a[1] == 2u ? has(actor.id) : !(count % 2 == 0)",
        "timestamp('2024-02-29T12:00:00Z') + duration('1.5h') > timestamp(0)", "[1, 2].map(x, x > 1, x * -9223372036854775808)",
        "r'''a\\b''' + \"\"\"x\ny\"\"\" + '\\u00e9\\101' == `a`", "media[?0].?id.orValue('') in ['a', 'b', '지인']",
        "cel.bind(x, 0x1F, x - .5e-3 < 1.0e300)", "text.matches('(a+)+$') && google.protobuf.Timestamp{seconds: 1} == null",
    ]
    private static let fragments = [
        "(", ")", "[", "]", "{", "}", "?", ":", ".", ",", "'", "\"", "`", "\\", "0x", "1e", "u", "-", "!", "&&", "||", " in ",
        "has(",
        ".all(x, ", ".?", "[?", "é", "\u{0}", "\n", "//", "9223372036854775808", "r'", "b\"", "@",
    ]

    @Test("texts cut and mixed at random are read or refused, and what is read runs")
    func random() throws {
        let seed = UInt64.random(in: .min ... .max)
        var state = seed
        func number(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(bound, 1)))
        }
        var declarations = sampleDeclarations
        declarations.libraries = Library.all
        let bindings: NamedBindings = [
            "actor.age": .duration(nanoseconds: 1), "count": .int(.min), "text": .string("aaaa"), "links": .list([.string("a")]),
            "media": .list([]), "media_match.matched": .unknown(["later"]),
        ]
        var compiled = 0
        for round in 0..<4_000 {
            var scalars = Array(Self.corpus[number(Self.corpus.count)].unicodeScalars)
            for _ in 0...number(4) {
                let place = number(scalars.count)
                switch number(3) {
                case 0: scalars.removeSubrange(place..<min(scalars.count, place + 1 + number(6)))
                case 1: scalars.insert(contentsOf: Self.fragments[number(Self.fragments.count)].unicodeScalars, at: place)
                default:
                    let other = Array(Self.corpus[number(Self.corpus.count)].unicodeScalars)
                    let start = number(other.count)
                    scalars.insert(contentsOf: other[start..<min(other.count, start + number(30))], at: place)
                }
            }
            var options = Program.Options()
            options.checksTypes = round % 2 == 0
            options.limits.steps = 10_000
            let source = scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
            do throws(CELError) {
                let program = try Program.compile(source, declarations: declarations, options: options)
                compiled += 1
                _ = program.evaluate(bindings).description
                _ = program.evaluatePartially(bindings).residual
                _ = program.checked.estimatedCost()
                _ = Printer.text(program.checked.root)
            } catch {
                #expect(!error.description.isEmpty, "seed \(seed), round \(round)")
            }
        }
        #expect(compiled > 50, "seed \(seed)")
    }

    @Test(
        "the deepest expression that is read also runs",
        arguments: [
            ("(", "true", ")"), ("[", "", "]"), ("!(", "true", ")"), ("[1].all(x, ", "true", ")"), ("true ? (", "1", ") : 2"),
            ("{'a': ", "1", "}"), ("size([", "1", "])"), ("1 + (", "1", ")"),
        ])
    func depth(open: String, middle: String, close: String) throws {
        var deepest = 0
        for depth in [40, 80, 120, 160, 200, 240] {
            let source = String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
            guard let value = try? evaluate(source) else { break }
            deepest = depth
            #expect(!value.description.isEmpty)
        }
        #expect(deepest >= 80)
    }

    @Test("a call that can only fail is warned about")
    func warnings() throws {
        let program = try Program.compile("actor.age < duration('24 hours')", declarations: sampleDeclarations)
        #expect(program.warnings.map(\.message) == ["this always fails: the text is no duration, or it is out of range"])
        #expect(program.warnings.first?.span.column == 13)
    }

    @Test(
        "membership in a long list is what it is in a short one",
        arguments: [
            ("5", "true"), ("5.0", "true"), ("5u", "true"), ("5.5", "false"), ("'5'", "true"), ("'6'", "false"),
            ("true", "false"),
            ("null", "false"), ("[5]", "false"), ("-1", "true"), ("9223372036854775807.0", "true"),
        ])
    func longLists(element: String, expected: String) throws {
        let list = "[0, 1, 2u, 3, 4, 5, '5', 'x', -1, 100, 101, 9223372036854775807, 9007199254740993]"
        let short = try outcome("dyn(\(element)) in \(list)")
        #expect(short == expected)
        #expect(try outcome("[\(element)].exists(e, \(list).exists(o, dyn(o) == dyn(e)))") == short)
    }
}
