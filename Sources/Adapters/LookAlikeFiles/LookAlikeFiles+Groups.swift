// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

import struct Foundation.Date

extension LookAlikeFiles {
    /// So many members of a group are compared with its middle.
    private static let compared = 500

    /// The groups of pictures that look alike, the largest first. In memory are four bytes a picture beside what is there anyway, and the
    /// members' numbers; it takes a search for each picture.
    ///
    /// - Parameter progress: how many pictures have looked for others, and of how many.
    package func groups(
        _ options: LookAlikeGroupOptions = LookAlikeGroupOptions(), progress: @Sendable (Int, Int) -> Void = { _, _ in }
    ) throws(LookAlikeError) -> [LookAlikeGroup] {
        if let broken { throw broken }
        guard let log, let table else { return [] }
        let living = table.places.indices.filter { table.places[$0] != nil }
        let asking = living.suffix(max(0, options.newest))
        var sets = DisjointSets(table.count)
        for (done, number) in asking.enumerated() {
            try link(number, &sets, log, table, options)
            progress(done + 1, asking.count)
        }
        var members: [Int: [Int]] = [:]
        for number in living {
            let root = sets.root(of: number)
            if sets.size(of: root) > 1 { members[root, default: []].append(number) }
        }
        let groups = members.values.filter { Self.count($0, table, \.item) >= options.smallest }
            .sorted { ($0.count, $1[0]) > ($1.count, $0[0]) }
        var found: [LookAlikeGroup] = []
        for group in groups.prefix(max(0, options.limit)) {
            if let group = try describe(group, log, table, options) { found.append(group) }
        }
        return found
    }

    /// Joins a picture with what is near to it; what it is joined with already need not be read.
    private func link(
        _ number: Int, _ sets: inout DisjointSets, _ log: VectorLog, _ table: CodeTable, _ options: LookAlikeGroupOptions
    ) throws(LookAlikeError) {
        guard let place = table.places[number], let record = try log.record(at: place) else { return }
        let unit = record.vector.unit
        for other in table.nearest(to: table.code(of: unit), wanted: max(1, options.neighbours)) {
            guard sets.root(of: other) != sets.root(of: number), let place = table.places[other],
                let record = try log.record(at: place), record.vector.cosine(toUnit: unit) >= options.threshold
            else { continue }
            sets.join(other, number)
        }
    }

    /// Nil when nothing of it is left.
    private func describe(
        _ members: [Int], _ log: VectorLog, _ table: CodeTable, _ options: LookAlikeGroupOptions
    ) throws(LookAlikeError) -> LookAlikeGroup? {
        let members = members.sorted { (table.times[$0], $0) < (table.times[$1], $1) }
        var records: [Record] = []
        for number in Self.spread(members, Self.compared) {
            if let place = table.places[number], let record = try log.record(at: place) { records.append(record) }
        }
        guard let first = members.first, let last = members.last, !records.isEmpty else { return nil }
        var middle = [Float](repeating: 0, count: log.dimension)
        for record in records {
            for (place, number) in record.vector.unit.enumerated() { middle[place] += number }
        }
        let length = middle.reduce(into: Float(0)) { $0 += $1 * $1 }.squareRoot()
        if length > 0 { for place in middle.indices { middle[place] /= length } }
        var items: Set<UInt64> = []
        let ofEachItem = records.filter { items.insert($0.keys.item).inserted }
        return LookAlikeGroup(
            pictures: members.count, items: Self.count(members, table, \.item), spaces: Self.count(members, table, \.space),
            actors: Self.count(members, table, \.actor), first: Self.time(table.times[first]), last: Self.time(table.times[last]),
            loosest: records.map { $0.vector.cosine(toUnit: middle) }.min() ?? 1,
            examples: Self.spread(ofEachItem, options.examples).map { $0.match(cosine: $0.vector.cosine(toUnit: middle)) })
    }

    /// Keys are short forms of names: two names with one key are rarer than broken disks.
    private static func count(_ members: [Int], _ table: CodeTable, _ key: KeyPath<Record.Keys, UInt64>) -> Int {
        Set(members.lazy.map { table.keys[$0][keyPath: key] }).subtracting([0]).count
    }

    /// At most so many, evenly from the first to the last.
    private static func spread<Element>(_ all: [Element], _ count: Int) -> [Element] {
        guard all.count > count, count > 1 else { return Array(all.prefix(max(0, count))) }
        return (0..<count).map { all[$0 * (all.count - 1) / (count - 1)] }
    }

    private static func time(_ seconds: UInt32) -> Date { Date(timeIntervalSince1970: Double(seconds)) }
}

/// Which numbers are joined with which.
private struct DisjointSets {
    /// Of a root the size of its set, less than nothing; of others a number nearer to the root.
    private var parents: [Int32]

    init(_ count: Int) { parents = [Int32](repeating: -1, count: count) }

    mutating func root(of number: Int) -> Int {
        var root = number
        while parents[root] >= 0 { root = Int(parents[root]) }
        var number = number
        while number != root {
            let next = Int(parents[number])
            parents[number] = Int32(root)
            number = next
        }
        return root
    }

    func size(of root: Int) -> Int { Int(-parents[root]) }

    mutating func join(_ one: Int, _ other: Int) {
        var (large, small) = (root(of: one), root(of: other))
        guard large != small else { return }
        if size(of: large) < size(of: small) { swap(&large, &small) }
        parents[large] += parents[small]
        parents[small] = Int32(large)
    }
}
