// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LinearRegex
import Testing

/// A small expression that can be written as a pattern and matched by trying everything.
private indirect enum Reference {
    case letter(Character)
    case any
    case oneOf([Character], isNegated: Bool)
    case start, end
    case group(Reference)
    case both([Reference])
    case either([Reference])
    case repeated(Reference, minimum: Int, maximum: Int?, isLazy: Bool)

    var pattern: String {
        switch self {
        case .letter(let letter): String(letter)
        case .any: "."
        case .oneOf(let letters, let isNegated): "[\(isNegated ? "^" : "")\(String(letters))]"
        case .start: "^"
        case .end: "$"
        case .group(let inner): "(\(inner.pattern))"
        case .both(let parts): parts.map(\.pattern).joined()
        case .either(let parts): "(?:\(parts.map(\.pattern).joined(separator: "|")))"
        case .repeated(let inner, let minimum, let maximum, let isLazy):
            "(?:\(inner.pattern)){\(minimum),\(maximum.map(String.init) ?? "")}\(isLazy ? "?" : "")"
        }
    }

    /// Calls `next` with each place where a match from `place` can end, best first, until it says true.
    func match(_ text: [Character], _ place: Int, _ next: (Int) -> Bool) -> Bool {
        switch self {
        case .letter(let letter): return place < text.count && text[place] == letter && next(place + 1)
        case .any: return place < text.count && text[place] != "\n" && next(place + 1)
        case .oneOf(let letters, let isNegated):
            return place < text.count && letters.contains(text[place]) != isNegated && next(place + 1)
        case .start: return place == 0 && next(place)
        case .end: return place == text.count && next(place)
        case .group(let inner): return inner.match(text, place, next)
        case .both(let parts):
            guard let first = parts.first else { return next(place) }
            return first.match(text, place) { Reference.both(Array(parts.dropFirst())).match(text, $0, next) }
        case .either(let parts): return parts.contains { $0.match(text, place, next) }
        case .repeated(let inner, let minimum, let maximum, let isLazy):
            func more() -> Bool {
                if maximum == 0 { return false }
                let rest = Reference.repeated(
                    inner, minimum: max(0, minimum - 1), maximum: maximum.map { $0 - 1 }, isLazy: isLazy)
                return inner.match(text, place) { rest.match(text, $0, next) }
            }
            if minimum > 0 { return more() }
            return isLazy ? next(place) || more() : more() || next(place)
        }
    }

    func firstRange(_ text: [Character]) -> Range<Int>? {
        for start in 0...text.count {
            var end = -1
            if match(
                text, start,
                {
                    end = $0; return true
                })
            {
                return start..<end
            }
        }
        return nil
    }

    /// `takes`: must take a letter, as what is repeated without bound here does: what happens to empty turns is another story.
    static func random(_ depth: Int, takes: Bool, _ dice: inout some RandomNumberGenerator) -> Reference {
        let letters: [Character] = ["a", "b", "가", "é", "\n"]
        switch Int.random(in: 0..<(depth > 0 ? 9 : 4), using: &dice) {
        case 0, 1: return .letter(letters.randomElement(using: &dice) ?? "a")
        case 2: return takes || Bool.random(using: &dice) ? .any : [.start, .end].randomElement(using: &dice) ?? .start
        case 3: return .oneOf(Array(letters.shuffled(using: &dice).prefix(2)), isNegated: .random(using: &dice))
        case 4: return .group(random(depth - 1, takes: takes, &dice))
        case 5, 6: return .both((0..<Int.random(in: 1...3, using: &dice)).map { _ in random(depth - 1, takes: takes, &dice) })
        case 7: return .either((0..<Int.random(in: 1...3, using: &dice)).map { _ in random(depth - 1, takes: takes, &dice) })
        default:
            let minimum = Int.random(in: takes ? 1...2 : 0...2, using: &dice)
            let maximum = Bool.random(using: &dice) ? nil : minimum + Int.random(in: 0...2, using: &dice)
            let inner = random(depth - 1, takes: true, &dice)
            return .repeated(inner, minimum: minimum, maximum: maximum == 0 ? 1 : maximum, isLazy: .random(using: &dice))
        }
    }
}

private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

@Suite("Regular expressions: random ones")
struct PropertyTests {
    private static let seed =
        ProcessInfo.processInfo.environment["HAECHI_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)

    @Test("the same match as trying everything, with a large memory, with hardly any, and through the required literals")
    func sameAsTryingEverything() throws {
        print("Random expressions: HAECHI_TEST_SEED=\(Self.seed)")
        var dice = Dice(state: Self.seed)
        var found = 0
        for _ in 0..<1500 {
            let reference = Reference.random(4, takes: false, &dice)
            let regex = try LinearRegex(reference.pattern)
            let cramped = try LinearRegex(reference.pattern, limits: .init(cacheBytes: 1))
            for _ in 0..<4 {
                let text = (0..<Int.random(in: 0...8, using: &dice)).map { _ in "aab가é\n".randomElement(using: &dice) ?? "a" }
                let wanted = reference.firstRange(text).map { range in
                    let before = String(text[..<range.lowerBound]).utf8.count
                    return before..<(before + String(text[range]).utf8.count)
                }
                let context = "HAECHI_TEST_SEED=\(Self.seed): \(reference.pattern) in \(String(text).debugDescription)"
                #expect(regex.firstRange(in: String(text)) == wanted, "\(context)")
                #expect(cramped.firstRange(in: String(text)) == wanted, "cramped, \(context)")
                #expect(regex.firstMatch(in: String(text))?.range == wanted, "\(context)")
                #expect(regex.matches(String(text)) == (wanted != nil), "\(context)")
                guard wanted != nil else { continue }
                found += 1
                if let required = regex.requiredLiterals {
                    let hasOne = required.literals.contains {
                        String(text).utf8.isEmpty || String(decoding: $0, as: UTF8.self).isPart(of: text)
                    }
                    #expect(hasOne, "\(context)")
                }
            }
        }
        #expect(found > 500)
    }

    @Test("the same on long texts, where the states of the automaton come and go")
    func longTexts() throws {
        var dice = Dice(state: Self.seed &+ 1)
        for pattern in [
            "(a|b)*a(a|b){8}c", "(?:a.{3}b|b.{3}a){3}c", #"\b(a+b+){4}\b"#, "(?i)[ab]{12}C", "가.{4}é", #"(?:^|b)a{5}c"#,
        ] {
            let regex = try LinearRegex(pattern)
            let cramped = try LinearRegex(pattern, limits: .init(cacheBytes: 4096))
            for _ in 0..<5 {
                let text = String((0..<3000).map { _ in "aaaabbbb가é c".randomElement(using: &dice) ?? "a" })
                let context = "HAECHI_TEST_SEED=\(Self.seed): \(pattern)"
                #expect(regex.matches(in: text) == cramped.matches(in: text), "\(context)")
                #expect(regex.matches(text) == cramped.matches(text), "\(context)")
            }
        }
    }
}

extension String {
    fileprivate func isPart(of text: [Character]) -> Bool {
        let (whole, part) = (Array(String(text).utf8), Array(utf8))
        return whole.indices.contains { whole[$0...].starts(with: part) }
    }
}
