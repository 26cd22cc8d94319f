// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// What is in memory of every picture: 256 bits that say roughly where its vector points, keys of its names, when it was seen, and its
/// place in the file; about 0.2 KB.
///
/// A bit is the sign of one number of the vector, less the mean of all vectors, after a rotation: pictures have much in common, and only
/// what differs tells them apart.
struct CodeTable: Sendable {
    static let codeSize = 32

    private(set) var codes: [UInt8] = []
    private(set) var keys: [Record.Keys] = []
    private(set) var places: [VectorLog.Place?] = []
    /// When they were seen, in seconds since 1970.
    private(set) var times: [UInt32] = []
    private(set) var alive = 0
    private var byPicture: [UInt64: Int] = [:]
    private let rotation: Rotation
    /// Turned like the vectors.
    private let mean: [Float]

    /// - Parameter sample: vectors of length one, from which the mean is taken.
    init(dimension: Int, sample: [[Float]]) {
        rotation = Rotation(for: dimension)
        var mean = [Float](repeating: 0, count: dimension)
        for vector in sample { for place in 0..<dimension { mean[place] += vector[place] / Float(sample.count) } }
        self.mean = rotation.turned(mean)
    }

    var count: Int { places.count }

    func code(of unit: [Float]) -> PDQHash {
        let turned = rotation.turned(unit)
        var words: [UInt64] = [0, 0, 0, 0]
        for bit in 0..<256 where turned[bit] > mean[bit] { words[bit / 64] |= 1 << UInt64(bit % 64) }
        return PDQHash(words: words[0], words[1], words[2], words[3])
    }

    /// Returns the place of the picture's earlier record, which is dead now.
    mutating func add(_ record: Record, at place: VectorLog.Place) -> VectorLog.Place? {
        let keys = record.keys
        let earlier = byPicture[keys.picture].flatMap { remove($0) }
        byPicture[keys.picture] = places.count
        let words = code(of: record.vector.unit).words
        for word in [words.0, words.1, words.2, words.3] { codes.append(number: word) }
        self.keys.append(keys)
        places.append(place)
        times.append(record.seconds)
        alive += 1
        return earlier
    }

    mutating func remove(_ number: Int) -> VectorLog.Place? {
        guard let place = places[number] else { return nil }
        if byPicture[keys[number].picture] == number { byPicture[keys[number].picture] = nil }
        places[number] = nil
        alive -= 1
        return place
    }

    /// Numbers of at least `wanted` records whose codes are nearest, if there are so many, and not many more.
    func nearest(to query: PDQHash, wanted: Int) -> [Int] {
        guard alive > wanted else { return places.indices.filter { places[$0] != nil } }
        var radius = startRadius(for: query, wanted: wanted)
        while true {
            var hits: [(distance: Int, index: Int)] = []
            var histogram = [Int](repeating: 0, count: PDQHash.bitCount + 1)
            codes.withUnsafeBytes { codes in
                HammingScan.scan(codes, queries: [query], within: radius) { hit in
                    guard places[hit.index] != nil else { return }
                    hits.append((hit.distance, hit.index))
                    histogram[hit.distance] += 1
                }
            }
            guard hits.count >= wanted || radius == PDQHash.bitCount else {
                radius = min(PDQHash.bitCount, radius + 8)
                continue
            }
            var (last, sum) = (0, histogram[0])
            while sum < wanted, last < radius {
                last += 1
                sum += histogram[last]
            }
            // Of the outermost ring only as many as are wanted: it may be everything.
            var ring = wanted - (sum - histogram[last])
            return hits.compactMap { hit in
                if hit.distance == last { ring -= 1 }
                return hit.distance < last || (hit.distance == last && ring >= 0) ? hit.index : nil
            }
        }
    }

    /// About as far as the wanted ones are, told from a sample.
    private func startRadius(for query: PDQHash, wanted: Int) -> Int {
        let step = max(1, count / 16_384)
        let (q0, q1, q2, q3) = query.words
        var histogram = [Int](repeating: 0, count: PDQHash.bitCount + 1)
        codes.withUnsafeBytes { codes in
            for index in stride(from: 0, to: count, by: step) {
                let start = index * Self.codeSize
                func bits(_ word: UInt64, _ number: Int) -> Int {
                    (word ^ codes.loadUnaligned(fromByteOffset: start + 8 * number, as: UInt64.self).littleEndian).nonzeroBitCount
                }
                histogram[bits(q0, 0) + bits(q1, 1) + bits(q2, 2) + bits(q3, 3)] += 1
            }
        }
        var (radius, sum) = (0, histogram[0])
        while sum * step < 2 * wanted, radius < PDQHash.bitCount {
            radius += 1
            sum += histogram[radius]
        }
        return radius
    }
}
