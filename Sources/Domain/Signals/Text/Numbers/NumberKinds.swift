// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What groups of digits are, by how many there are in each and by their check digits.
enum NumberKinds {
    typealias Found = (type: String, entry: String, groups: Int)

    /// What begins at a group; nil for dates, prices, orders and whatever else digits are used for.
    static func match(_ run: DigitRun, at group: Int, hasPlus: Bool) -> Found? {
        if hasPlus { return international(run, at: group) }
        return resident(run, at: group) ?? korean(run, at: group) ?? national(run, at: group) ?? card(run, at: group)
    }

    // MARK: Identity

    /// Six digits that are a date, then one from 1 to 8 and six more. Written in one it must pass the old check too, for thirteen
    /// digits are also a time in milliseconds.
    private static func resident(_ run: DigitRun, at group: Int) -> Found? {
        let inOne = run.length(group) == 13
        guard inOne || run.length(group) == 6 && run.length(group + 1) == 7 && run.isTied(group) else { return nil }
        let count = inOne ? 1 : 2
        guard run.standsAlone(group..<(group + count)) else { return nil }
        let digits = run.digits(group..<(group + count))
        let (month, day) = (digits[2] * 10 + digits[3], digits[4] * 10 + digits[5])
        guard (1...8).contains(digits[6]), (1...12).contains(month), (1...31).contains(day) else { return nil }
        guard !inOne || Checks.residentNumber(digits) else { return nil }
        return ("korean-resident-number", "korean-resident-number:\(digits[0])\(digits[1])••••-•••••••", count)
    }

    // MARK: Telephones

    private static let koreanShapes: [[Int]] = [
        [3, 4, 4], [3, 3, 4], [2, 4, 4], [2, 3, 4], [3, 8], [3, 7], [11], [10],
    ]

    private static func korean(_ run: DigitRun, at group: Int) -> Found? {
        guard run.bytes[run.groups[group].lowerBound] == UInt8(ascii: "0"),
            let shape = shape(of: run, at: group, in: koreanShapes)
        else { return nil }
        let digits = run.digits(group..<(group + shape.count))
        // Without signs between only numbers of mobile telephones: other digits that begin with 0 are orders and accounts.
        guard isKorean(digits.dropFirst(), mobileOnly: shape.count == 1) else { return nil }
        return ("korean-phone", "korean-phone:" + Masking.telephone("82", digits.dropFirst()), shape.count)
    }

    /// - Parameter rest: the digits after the leading zero or the country's code.
    private static func isKorean(_ rest: ArraySlice<UInt8>, mobileOnly: Bool) -> Bool {
        guard let first = rest.first, let second = rest.dropFirst().first else { return false }
        switch (first, second) {
        case (1, 0): return rest.count == 10
        case (1, 1), (1, 6), (1, 7), (1, 8), (1, 9): return (9...10).contains(rest.count)
        case (7, 0): return !mobileOnly && rest.count == 10 && rest.dropFirst(2).first != 0
        case (2, 1...9): return !mobileOnly && (8...9).contains(rest.count)
        case (3...6, 1...5): return !mobileOnly && (9...10).contains(rest.count)
        default: return false
        }
    }

    /// Numbers as they are written in Japan (mobile) and in North America.
    private static func national(_ run: DigitRun, at group: Int) -> Found? {
        if let shape = shape(of: run, at: group, in: [[3, 4, 4], [11]]) {
            let digits = run.digits(group..<(group + shape.count))
            if digits[0] == 0, (7...9).contains(digits[1]), digits[2] == 0 {
                return ("phone", "phone:" + Masking.telephone("81", digits.dropFirst()), shape.count)
            }
        }
        if shape(of: run, at: group, in: [[3, 3, 4]]) != nil, run.isTied(group), run.isTied(group + 1) {
            let digits = run.digits(group..<(group + 3))
            if digits[0] > 1, digits[3] > 1 { return ("phone", "phone:" + Masking.telephone("1", digits[...]), 3) }
        }
        return nil
    }

    /// A number with its country's code.
    private static func international(_ run: DigitRun, at group: Int) -> Found? {
        var count = 0
        var length = 0
        while count < 6, group + count < run.groups.count, length + run.length(group + count) <= 15 {
            length += run.length(group + count)
            count += 1
        }
        while count > 0 {
            let digits = run.digits(group..<(group + count))
            if isInternational(digits) {
                let code = CountryCodes.length(digits)
                let rest = digits[code...]
                let name = digits[..<code].map { "\($0)" }.joined()
                // People write the zero of the country's own form in parentheses.
                let national = rest.first == 0 ? rest.dropFirst() : rest
                if name == "82" {
                    guard isKorean(national, mobileOnly: false) else { return nil }
                    return ("korean-phone", "korean-phone:" + Masking.telephone(name, national), count)
                }
                return ("phone", "phone:" + Masking.telephone(name, national), count)
            }
            count -= 1
        }
        return nil
    }

    private static func isInternational(_ digits: [UInt8]) -> Bool {
        let code = CountryCodes.length(digits)
        guard code > 0, (9...15).contains(digits.count) else { return false }
        // Amounts end in zeros.
        guard !digits.suffix(6).allSatisfy({ $0 == 0 }) else { return false }
        return digits[0] == 1 ? digits.count == 11 && digits[1] > 1 : digits.count <= 13 || code == 3
    }

    private static func shape(of run: DigitRun, at group: Int, in shapes: [[Int]]) -> [Int]? {
        shapes.first { shape in
            group + shape.count <= run.groups.count && shape.indices.allSatisfy { run.length(group + $0) == shape[$0] }
                && run.standsAlone(group..<(group + shape.count))
        }
    }

    // MARK: Cards

    private static func card(_ run: DigitRun, at group: Int) -> Found? {
        guard
            let shape = shape(
                of: run, at: group, in: [[4, 4, 4, 4], [16], [4, 6, 5], [15], [4, 6, 4], [14], [4, 4, 4, 4, 3]])
        else { return nil }
        let digits = run.digits(group..<(group + shape.count))
        guard isIssued(digits), Checks.luhn(digits), Set(digits).count > 2 || digits[0] == 4 && Set(digits).count > 1 else {
            return nil
        }
        return ("card", "card:" + Masking.tail(digits[...]), shape.count)
    }

    /// The ranges of the large networks, with the lengths that each uses.
    private static func isIssued(_ digits: [UInt8]) -> Bool {
        let first = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        switch (first / 100, digits.count) {
        case (40...49, 16), (51...55, 16), (62, 16), (62, 19), (35, 16), (65, 16), (34, 15), (37, 15), (36, 14), (38, 14):
            return true
        case (60, 16): return first == 6011
        case (64, 16): return first >= 6440
        case (22...27, 16): return (2221...2720).contains(first)
        default: return false
        }
    }
}

/// Country codes of telephone numbers (ITU-T E.164), by their first digits.
enum CountryCodes {
    private static let two: Set<UInt8> = [
        20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63,
        64,
        65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
    ]

    /// How many digits the code has; 0 when no country has it.
    static func length(_ digits: [UInt8]) -> Int {
        guard digits.count > 3 else { return 0 }
        if digits[0] == 1 || digits[0] == 7 { return 1 }
        if two.contains(digits[0] * 10 + digits[1]) { return 2 }
        return digits[0] == 0 || digits[0] == 8 && digits[1] == 3 || digits[0] == 2 && digits[1] == 8 ? 0 : 3
    }
}
