// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Writes conditions over `SmallEvent` that have the right types.
struct ExpressionGenerator {
    var random: Numbers
    /// Loop variables in scope: over `matches`, `roles` and `sizes`.
    private var matches: [String] = []
    private var roles: [String] = []
    private var sizes: [String] = []
    private var names = 0

    init(_ seed: UInt64) { random = Numbers(seed) }

    mutating func condition(_ depth: Int) -> String {
        let choice = random.below(depth > 0 ? 26 : 12)
        switch choice {
        case 0: return random.pick(["verified", "signal.matched", "true", "false"] + matches.map { "\($0).trusted" })
        case 1:
            return random.pick(
                ["has(signal.score)", "has(signal.bank)"] + matches.flatMap { ["has(\($0).bank)", "has(\($0).source.votes)"] })
        case 3: return "\(string(0)) \(random.pick(["==", "!="])) \(constantText())"
        case 4: return "kind \(random.pick(["==", "!="])) \"\(random.pick(SmallEvent.kinds))\""
        case 2: return "\(string(0)) in [\((0..<random.below(12)).map { _ in constantText() }.joined(separator: ", "))]"
        case 6:
            return "\(random.pick(["text", "note"])).\(random.pick(["contains", "startsWith", "endsWith"]))(\(constantText()))"
        case 7: return "\(int(0)) \(order()) \(random.below(6) - 1)"
        case 8: return "\(double(0)) \(order()) \(random.pick(["0.0", "0.5", "0.85", "-1.0"]))"
        case 9: return "\(constantText()) in roles"
        case 5:
            return
                "\(string(0)).matches(\"\(random.pick(["nitro", "(?i)FREE", "^steam", "gift$", "n.t", "(a|claim) ?your", ""]))\")"
        case 10: return "\(int(0)) in \(random.pick(["sizes", "[1, 2, 3]", "[0]"]))"
        case 11: return "\(duration(0)) \(order()) duration(\"\(random.below(5))m\")"
        case 12, 13, 14: return "(" + chain(depth).joined(separator: " && ") + ")"
        case 15, 16: return "(" + chain(depth).joined(separator: " || ") + ")"
        case 17: return "!(\(condition(depth - 1)))"
        case 18: return "(\(condition(depth - 1)) ? \(condition(depth - 1)) : \(condition(depth - 1)))"
        case 19, 20: return loop(depth)
        case 21: return "(\(condition(depth - 1))) \(random.pick(["==", "!=", "<", ">="])) (\(condition(depth - 1)))"
        case 22: return compared(depth)
        case 23: return "size(matches.filter(f, f.distance \(order()) \(random.below(4)))) \(order()) \(random.below(3))"
        case 24: return "[\(constantText()), \(constantText())].exists(w, \(random.pick(["text", "note"])).contains(w))"
        default: return "\(string(depth - 1)).contains(\(string(0)))"
        }
    }

    private mutating func chain(_ depth: Int) -> [String] { (0..<2 + random.below(3)).map { _ in condition(depth - 1) } }

    private mutating func loop(_ depth: Int) -> String {
        names += 1
        let name = "v\(names)"
        let kind = random.pick(["exists", "exists", "all", "exists_one"])
        switch random.below(3) {
        case 0:
            matches.append(name)
            defer { matches.removeLast() }
            return "matches.\(kind)(\(name), \(condition(depth - 1)))"
        case 1:
            roles.append(name)
            defer { roles.removeLast() }
            return "roles.\(kind)(\(name), \(condition(depth - 1)))"
        default:
            sizes.append(name)
            defer { sizes.removeLast() }
            return "sizes.\(kind)(\(name), \(condition(depth - 1)))"
        }
    }

    private mutating func compared(_ depth: Int) -> String {
        let order = order()
        switch random.below(6) {
        case 0: return "\(int(depth - 1)) \(order) \(int(depth - 1))"
        case 1: return "\(uint(depth - 1)) \(order) \(uint(depth - 1))"
        case 2: return "\(double(depth - 1)) \(order) \(double(depth - 1))"
        case 3: return "\(string(depth - 1)) \(order) \(string(depth - 1))"
        case 4: return "\(time(depth - 1)) \(order) \(time(depth - 1))"
        default: return "\(duration(depth - 1)) \(order) \(duration(depth - 1))"
        }
    }

    private mutating func order() -> String { random.pick(["==", "!=", "<", "<=", ">", ">="]) }

    private mutating func constantText() -> String { "\"\(random.pick(SmallEvent.words))\"" }

    private mutating func int(_ depth: Int) -> String {
        if depth <= 0 {
            return random.pick(
                ["members", "reports", "size(text)", "size(matches)"]
                    + matches.flatMap { ["\($0).distance", "\($0).source.votes"] } + sizes)
        }
        switch random.below(8) {
        case 0: return "-(\(int(depth - 1)))"
        case 1: return "int(\(random.pick([double(depth - 1), uint(depth - 1), time(depth - 1)])))"
        case 2: return "(\(condition(depth - 1)) ? \(int(depth - 1)) : \(int(depth - 1)))"
        case 3: return "size(matches.filter(f, f.trusted))"
        default: return "(\(int(depth - 1)) \(random.pick(["+", "-", "*", "/", "%"])) \(int(depth - 1)))"
        }
    }

    private mutating func uint(_ depth: Int) -> String {
        if depth <= 0 { return random.pick(["level", "rank", "3u"]) }
        if random.below(4) == 0 { return "uint(\(int(depth - 1)))" }
        return "(\(uint(depth - 1)) \(random.pick(["+", "-", "*", "/", "%"])) \(uint(depth - 1)))"
    }

    private mutating func double(_ depth: Int) -> String {
        if depth <= 0 { return random.pick(["score", "trust", "signal.score", "0.5"] + matches.map { "\($0).score" }) }
        if random.below(4) == 0 { return "double(\(random.pick([int(depth - 1), uint(depth - 1)])))" }
        return "(\(double(depth - 1)) \(random.pick(["+", "-", "*", "/"])) \(double(depth - 1)))"
    }

    private mutating func string(_ depth: Int) -> String {
        if depth <= 0 {
            return random.pick(
                ["text", "note", "kind", "signal.bank"] + matches.flatMap { ["\($0).bank", "\($0).source.name"] } + roles)
        }
        switch random.below(3) {
        case 0: return "(\(string(depth - 1)) + \(string(depth - 1)))"
        case 1: return "(\(condition(depth - 1)) ? \(string(depth - 1)) : \(string(depth - 1)))"
        default: return constantText()
        }
    }

    private mutating func time(_ depth: Int) -> String {
        if depth <= 0 { return random.pick(["at", "joined", "timestamp(\"1970-01-01T00:05:00Z\")"]) }
        return "(\(time(depth - 1)) \(random.pick(["+", "-"])) \(duration(depth - 1)))"
    }

    private mutating func duration(_ depth: Int) -> String {
        if depth <= 0 { return random.pick(["age", "wait"]) }
        if random.below(2) == 0 { return "(\(time(depth - 1)) - \(time(depth - 1)))" }
        return "(\(duration(depth - 1)) \(random.pick(["+", "-"])) \(duration(depth - 1)))"
    }
}
