// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Gives each name a number and counts how often it is used; in the end the names most used have the smallest numbers, which take
/// the fewest bytes in records.
struct NamesBuilder {
    private struct Column {
        var numbers: [Names.Name: Int] = [:]
        var names: [Names.Name] = []
        var uses: [Int] = []

        mutating func number(_ name: Names.Name, uses more: Int) -> Int {
            if let number = numbers[name] {
                uses[number] += more
                return number
            }
            numbers[name] = names.count
            names.append(name)
            uses.append(more)
            return names.count - 1
        }

        /// For each number given so far, its final one; and the names in their final order.
        func ranked() -> (rank: [Int], names: [Names.Name]) {
            let order = names.indices.sorted { (uses[$1], $0) < (uses[$0], $1) }
            var rank = [Int](repeating: 0, count: names.count)
            for (place, number) in order.enumerated() { rank[number] = place }
            return (rank, order.map { names[$0] })
        }
    }

    /// What the builder made: the bytes, and for each number it gave the one that stands in records.
    struct Result {
        var bytes: [UInt8]
        var spaces: [Int]
        var actors: [Int]
    }

    private var spaces = Column()
    private var actors = Column()

    mutating func space(_ name: Names.Name, uses: Int = 1) -> Int { spaces.number(name, uses: uses) }
    mutating func actor(_ name: Names.Name, uses: Int = 1) -> Int { actors.number(name, uses: uses) }

    func build() -> Result {
        let (spaceRanks, spaceNames) = spaces.ranked()
        let (actorRanks, actorNames) = actors.ranked()
        let kinds = Self.kinds(of: spaceNames + actorNames)
        var common: [UInt8] = []
        common.appendVarint(2 * kinds.count)
        for kind in kinds {
            common.appendText(kind.platform[...])
            common.appendText(kind.ending)
        }
        let numbers = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) })
        let (spaceDirectory, spaceBytes) = Self.encode(spaceNames, numbers)
        let (actorDirectory, actorBytes) = Self.encode(actorNames, numbers)
        var bytes: [UInt8] = []
        for number in [common.count, spaceNames.count, spaceBytes.count, actorNames.count, actorBytes.count] {
            bytes.appendFixed(UInt32(number))
        }
        bytes += common + spaceDirectory + spaceBytes + actorDirectory + actorBytes
        return Result(bytes: bytes, spaces: spaceRanks, actors: actorRanks)
    }

    /// A platform, and what follows the first colon (the server, in Matrix) when several names share it.
    private struct Kind: Hashable {
        var platform: String
        var ending: Substring
    }

    /// The kinds there are, the most used first.
    private static func kinds(of names: [Names.Name]) -> [Kind] {
        var uses: [Kind: Int] = [:]
        for name in names {
            uses[Kind(platform: name.platform, ending: ""), default: 0] += 0
            let (_, ending) = split(name.text)
            if !ending.isEmpty { uses[Kind(platform: name.platform, ending: ending), default: 0] += 1 }
        }
        return uses.filter { $0.value > 1 || $0.key.ending.isEmpty }
            .sorted { ($1.value, $0.key.platform, $0.key.ending) < ($0.value, $1.key.platform, $1.key.ending) }.map(\.key)
    }

    private static func split(_ text: String) -> (start: Substring, ending: Substring) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return (text[...], "") }
        return (text[..<colon], text[colon...])
    }

    private static func encode(_ names: [Names.Name], _ kinds: [Kind: Int]) -> (directory: [UInt8], bytes: [UInt8]) {
        var directory: [UInt8] = []
        var bytes: [UInt8] = []
        for (number, name) in names.enumerated() {
            if number % Names.step == 0 { directory.appendFixed(UInt32(bytes.count)) }
            let (start, ending) = split(name.text)
            let shared = ending.isEmpty ? nil : kinds[Kind(platform: name.platform, ending: ending)]
            bytes.appendVarint(shared ?? kinds[Kind(platform: name.platform, ending: "")] ?? 0)
            bytes.appendText(shared == nil ? name.text[...] : start)
        }
        return (directory, bytes)
    }
}

extension [UInt8] {
    fileprivate mutating func appendText(_ text: Substring) {
        appendVarint(text.utf8.count)
        append(contentsOf: text.utf8)
    }
}
