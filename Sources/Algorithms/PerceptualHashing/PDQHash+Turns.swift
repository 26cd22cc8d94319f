// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension PDQHash {
    /// About the hashes that the picture has when it is turned or mirrored, from its hash alone.
    ///
    /// Turning moves coefficients and changes signs, and a bit says on which side of the median a coefficient lies; the median of a
    /// picture is close to zero, so a changed sign is nearly a changed bit. Of 40 photographs 6 of 256 bits come out otherwise at the
    /// median and 26 at most, so a search by these finds most turned copies. From the pixels, `PDQHasher` gives them exactly.
    public var approximateDihedrals: PDQDihedrals {
        PDQDihedrals(
            rotate90: moved(transposed: true) { _, column in column % 2 == 0 },
            rotate180: moved(transposed: false) { row, column in (row + column) % 2 == 1 },
            rotate270: moved(transposed: true) { row, _ in row % 2 == 0 },
            flipX: moved(transposed: false) { row, _ in row % 2 == 0 },
            flipY: moved(transposed: false) { _, column in column % 2 == 0 },
            flipPlus1: moved(transposed: true) { _, _ in false },
            flipMinus1: moved(transposed: true) { row, column in (row + column) % 2 == 1 })
    }

    private func moved(transposed: Bool, negated: (_ row: Int, _ column: Int) -> Bool) -> PDQHash {
        let from = [low, second, third, high]
        var to: [UInt64] = [0, 0, 0, 0]
        for row in 0..<16 {
            for column in 0..<16 {
                let place = row * 16 + column
                let isSet = from[place / 64] >> UInt64(place % 64) & 1 == 1
                let target = transposed ? column * 16 + row : place
                if isSet != negated(row, column) { to[target / 64] |= 1 << UInt64(target % 64) }
            }
        }
        return PDQHash(words: to[0], to[1], to[2], to[3])
    }
}
