// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("optionals, bindings, blocks and loops with two variables")
struct OptionalsLibraryTests {
    @Test(
        "optionals",
        arguments: [
            ("optional.none().orValue(1)", "1"), ("optional.of(2).orValue(1)", "2"), ("optional.of(1).orValue(1 / 0)", "1"),
            ("optional.none().orValue(1 / 0)", "error"), ("optional.of(1).or(optional.of(1 / 0)).value()", "1"),
            ("optional.none().value()", "error"), ("optional.of(null).hasValue()", "true"),
            ("optional.ofNonZeroValue(0).hasValue()", "false"), ("optional.ofNonZeroValue('').hasValue()", "false"),
            ("optional.ofNonZeroValue([0]).hasValue()", "true"), ("optional.ofNonZeroValue(-0.0).hasValue()", "false"),
            ("optional.ofNonZeroValue(timestamp(0)).hasValue()", "false"), ("optional.of(4).optMap(x, x * x).value()", "16"),
            ("optional.none().optMap(x, x + 1).hasValue()", "false"), ("optional.of(0).optMap(x, 1 / x)", "error"),
            ("optional.of([1]).optFlatMap(l, l.first()).value()", "1"), ("[1, 2].first().value()", "1"),
            ("[1, 2].last().value()", "2"),
            ("[].last().orValue('none')", "\"none\""),
            ("optional.of(1).optMap(x, optional.of(x).optMap(y, x + y).value()).value()", "2"),
            ("optional.unwrap([optional.of(1), optional.none()])", "[1]"), ("[optional.of(1)].unwrapOpt()", "[1]"),
            ("type(optional.none()) == optional_type", "true"), ("optional.of(1) == optional.of(1)", "true"),
            ("optional.of(3).optMap(1, 2)", "refused"),
        ])
    func optionals(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test(
        "a detector that failed is not hidden by a default",
        arguments: [("o.orValue(1)", "unknown: down"), ("o.hasValue()", "unknown: down")])
    func unknown(source: String, expected: String) {
        #expect(extended(source, ["o": .unknown(["down"])]) == expected)
    }

    @Test(
        "bindings and blocks",
        arguments: [
            ("cel.bind(x, 2, x * x)", "4"), ("cel.bind(x, 1 / 0, true)", "true"), ("cel.bind(x, 1 / 0, x == 1)", "error"),
            ("cel.bind(a, 'hello', cel.bind(b, 'world', a + b + b + a))", "\"helloworldworldhello\""),
            ("cel.bind(x, [1, 2], x.map(y, cel.bind(z, y * 2, z + 1)))", "[3, 5]"), ("cel.bind(1, 2, 3)", "refused"),
            ("cel.block([1, cel.index(0) + 1], cel.index(1) * 2)", "4"), ("cel.block([1 / 0], true)", "true"),
            ("cel.block([cel.index(1), 1], cel.index(0))", "refused"), ("cel.block([1], cel.index(-1))", "refused"),
            ("cel.block(1, 2)", "refused"), ("cel.block([?optional.of(1)], 2)", "refused"), ("cel.index(0)", "refused"),
            ("[1, 2].map(cel.iterVar(0, 0), cel.iterVar(0, 0) + 1)", "[2, 3]"),
        ])
    func bindings(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test(
        "extension fields go by their full name",
        arguments: [
            ("proto.getExt({'a.b': 1}, a.b)", "1"), ("proto.hasExt({'a.b': 1}, a.b)", "true"),
            ("proto.hasExt({}, a.b.c)", "false"),
            ("proto.getExt({}, 'a.b')", "refused"), ("proto.hasExt({}, a)", "refused"),
        ])
    func protos(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test(
        "two variables",
        arguments: [
            ("[1, 2, 3].all(i, v, i < v)", "true"), ("{'hello': 'world', 'taco': 'taco'}.all(k, v, k != v)", "false"),
            ("{'h': ['hello', 'hi'], 'j': ['joke', 'jog']}.all(k, vals, vals.all(v, v.startsWith(k)))", "true"),
            ("{'greeting': 'hello', 'farewell': 'goodbye'}.exists(k, v, k.startsWith('good') || v.endsWith('bye'))", "true"),
            ("[1, 2, 4, 8, 16].exists(i, v, v == 1024 && i == 10)", "false"),
            ("[1, 2, 1, 3, 1, 4].existsOne(i, v, i == 1 || v == 1)", "false"),
            ("[1, 1, 2, 2, 3, 3].exists_one(i, v, i == 2 && v == 2)", "true"),
            ("[1, 2, 3].transformList(i, v, (i * v) + v)", "[1, 4, 9]"),
            ("[1, 2, 3].transformList(i, v, i % 2 == 0, (i * v) + v)", "[1, 9]"), ("{'a': 1}.transformList(k, v, k)", "[\"a\"]"),
            ("[1, 2, 3].transformMap(i, v, i % 2 == 0, i * v + v) == {0: 1, 2: 9}", "true"),
            ("{'greeting': 'hello'}.transformMap(k, v, v + '!')", "{\"greeting\": \"hello!\"}"),
            ("{'greeting': 'hello'}.transformMapEntry(k, v, {v: k})", "{\"hello\": \"greeting\"}"),
            ("[1, 2, 3].transformMapEntry(i, v, v > 1, {v: i}) == {2: 1, 3: 2}", "true"),
            ("{'greeting': 'aloha', 'farewell': 'aloha'}.transformMapEntry(k, v, {v: k})", "error"),
            ("[1].all(v, v, true)", "refused"), ("[1].all(1, v, true)", "refused"),
        ])
    func twoVariables(source: String, expected: String) {
        #expect(extended(source) == expected)
    }
}
