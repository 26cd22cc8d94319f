// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("lists and sets")
struct ListsAndSetsTests {
    @Test(
        "lists",
        arguments: [
            ("[1, 2, 3, 4].slice(1, 3)", "[2, 3]"), ("[1, 2].slice(2, 2)", "[]"), ("[1, 2].slice(1, 3)", "error"),
            ("[1, 2].slice(-1, 1)", "error"), ("[1, 2].slice(2, 1)", "error"), ("[[1], [2, 3], []].flatten()", "[1, 2, 3]"),
            ("dyn([1, [2, [3, 4]]]).flatten()", "[1, 2, [3, 4]]"), ("[1, [2, [3, [4]]]].flatten(2)", "[1, 2, 3, [4]]"),
            ("[1, [2]].flatten(0)", "[1, [2]]"), ("[1, [2]].flatten(-1)", "error"), ("lists.range(4)", "[0, 1, 2, 3]"),
            ("lists.range(-1)", "error"), ("lists.range(100001)", "error"), ("lists.range(9223372036854775807)", "error"),
            ("[5, 3, 1, 2].reverse()", "[2, 1, 3, 5]"), ("[1, 2, 2, 3, 3, 3].distinct()", "[1, 2, 3]"),
            ("['b', 'b', 'c', 'a', 'c'].distinct()", "[\"b\", \"c\", \"a\"]"),
            ("[1, 'b', 1.0, 2u, 2].distinct()", "[1, \"b\", 2u]"),
            ("[[1], [1.0]].distinct()", "[[1]]"), ("[{'a': 1}, {'a': 1}, {}].distinct().size()", "2"),
        ])
    func lists(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "order",
        arguments: [
            ("[3, 2, 1].sort()", "[1, 2, 3]"), ("['b', 'A', 'a'].sort()", "[\"A\", \"a\", \"b\"]"), ("[].sort()", "[]"),
            ("[true, false].sort()", "[false, true]"), ("[duration('2s'), duration('1m')].sort()[0] == duration('2s')", "true"),
            ("dyn([1, 'b']).sort()", "error"), ("dyn([1, 2u]).sort()", "error"), ("dyn([[1, 2, 3]]).sort()", "error"),
            ("[1.0, 0.0 / 0.0].sort()", "error"), ("[-3, 1, -5, 2].sortBy(e, -e)", "[2, 1, -3, -5]"),
            ("['ccc', 'a', 'bb'].sortBy(t, size(t))", "[\"a\", \"bb\", \"ccc\"]"), ("lists.range(3).sortBy(e, 1 / e)", "error"),
            ("['bb', 'a', 'cc', 'b'].sortBy(t, size(t))", "[\"a\", \"b\", \"bb\", \"cc\"]"),
            ("[[2, 1], [1]].sortBy(l, l.sortBy(e, e)[0] + size(l))", "[[1], [2, 1]]"), ("[1].sortBy(e, [e])", "refused"),
            ("[1].sortBy(1, 2)", "refused"),
        ])
    func order(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test("sorting keeps the order of equals and loses nothing", arguments: ExtensionRandom.seeds)
    func stable(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        let keys = (0..<200).map { _ in Int64.random(in: 0..<10, using: &random) }
        let pairs = keys.enumerated().map { Value.list([.int($0.element), .int(Int64($0.offset))]) }
        let expected = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        #expect(extended("pairs.sortBy(p, p[0]).map(p, p[1])", ["pairs": .list(pairs)]) == "\(expected)")
    }

    @Test(
        "sets",
        arguments: [
            ("sets.contains([], [])", "true"), ("sets.contains([], [1])", "false"),
            ("sets.contains([1, 2, 3, 4], [2, 3])", "true"),
            ("sets.contains([1, 2.0, 3u], [1.0, 2u, 3])", "true"), ("sets.contains([1, 2], [2, 5])", "false"),
            ("sets.equivalent([], [])", "true"), ("sets.equivalent([1], [1, 1])", "true"),
            ("sets.equivalent([1, 2], [1])", "false"),
            ("sets.equivalent(dyn([1]), dyn([1u, 1.0]))", "true"), ("sets.equivalent([1, 2, 3], dyn([3u, 2.0, 1]))", "true"),
            ("sets.intersects([1], [])", "false"), ("sets.intersects([1], [1, 2])", "true"),
            ("sets.intersects([[1], [2, 3]], dyn([[1, 2], [2, 3.0]]))", "true"), ("sets.intersects([1], ['1'])", "refused"),
            ("sets.intersects(['a', 'b'], ['c', 'b'])", "true"), ("sets.contains(dyn(1), [1])", "error"),
        ])
    func sets(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test("what holds itself many times is not read to the end")
    func sharing() {
        // Sixty lists, each twice in the next: 2^60 empty lists.
        var nested = Value.list([])
        for _ in 0..<60 { nested = .list([nested, nested]) }
        #expect(extended("x.flatten(100)", ["x": nested]) == "error")
        #expect(extended("'%s'.format([x])", ["x": nested]) == "error")
        #expect(extended("[x].distinct().size()", ["x": nested]) == "1")
        let row = Value.list(Array(repeating: .int(1), count: 1_000))
        #expect(extended("rows.flatten()", ["rows": .list(Array(repeating: row, count: 1_000))]) == "error")
    }
}
