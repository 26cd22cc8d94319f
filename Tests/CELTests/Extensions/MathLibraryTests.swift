// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("math: rounding, bits, greatest and least")
struct MathLibraryTests {
    @Test(
        "rounds and asks",
        arguments: [
            ("math.round(-1.5)", "-2"), ("math.round(2.5)", "3"), ("math.ceil(1.2)", "2"), ("math.trunc(-1.9)", "-1"),
            ("math.abs(-9223372036854775808)", "error"), ("math.abs(-9223372036854775807)", "9223372036854775807"),
            ("math.sign(-2)", "-1"), ("math.isNaN(math.sign(0.0 / 0.0))", "true"), ("math.sqrt(81)", "9"),
            ("math.sqrt(49u)", "7"),
            ("math.isNaN(math.sqrt(-15))", "true"), ("math.isInf(-1.0 / 0.0)", "true"), ("math.isFinite(0.0 / 0.0)", "false"),
        ])
    func rounds(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "works on bits",
        arguments: [
            ("math.bitAnd(-3, -5)", "-7"), ("math.bitOr(1u, 2u)", "3u"), ("math.bitXor(3u, 5u)", "6u"),
            ("math.bitNot(0u)", "18446744073709551615u"),
            ("math.bitShiftLeft(-1, 2)", "-4"), ("math.bitShiftLeft(1u, 64)", "0u"),
            ("math.bitShiftLeft(1, 63)", "-9223372036854775808"),
            ("math.bitShiftRight(-1024, 3)", "2305843009213693824"), ("math.bitShiftRight(1, 9223372036854775807)", "0"),
            ("math.bitShiftRight(1, -1)", "error"), ("math.bitShiftRight(-1, 0)", "-1"),
        ])
    func bits(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "the greatest and the least keep their type, the first among equals wins",
        arguments: [
            ("math.greatest(1)", "1"), ("math.greatest(1, 1u)", "1"), ("math.greatest(1u, 1)", "1u"),
            ("math.least(3, 1.5, 2u)", "1.5"),
            ("math.greatest([1, 5, 3])", "5"), ("math.greatest(dyn([]))", "error"), ("math.greatest(dyn('a'))", "error"),
            ("math.least(dyn('a'), 1)", "error"), ("math.greatest(1.0, 0.0 / 0.0)", "error"),
            ("math.least(1, 2, 3, dyn('x'))", "error"),
            ("math.greatest(9223372036854775807, 9223372036854775808u)", "9223372036854775808u"),
        ])
    func extremes(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "what is no number is refused before evaluation",
        arguments: ["math.greatest()", "math.greatest('a')", "math.least([])['a']"])
    func refuses(source: String) { #expect(extended(source) == "refused") }
}
