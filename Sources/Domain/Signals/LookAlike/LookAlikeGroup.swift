// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// Pictures that belong together: from each to each other leads a chain of pictures, and each link of it is near.
package struct LookAlikeGroup: Hashable, Sendable {
    package var pictures: Int
    package var items: Int
    package var spaces: Int
    /// Those that are named.
    package var actors: Int
    package var first: Date
    package var last: Date
    /// The cosine between the middle of the group and the picture that is farthest from it: low where only a chain holds it together.
    package var loosest: Double
    /// Some of its items, from the earliest to the latest; the cosine is that to the middle.
    package var examples: [LookAlikeMatch]

    package init(
        pictures: Int, items: Int, spaces: Int, actors: Int, first: Date, last: Date, loosest: Double,
        examples: [LookAlikeMatch]
    ) {
        self.pictures = pictures
        self.items = items
        self.spaces = spaces
        self.actors = actors
        self.first = first
        self.last = last
        self.loosest = loosest
        self.examples = examples
    }
}

/// Which groups are wanted, and how much work they may be.
package struct LookAlikeGroupOptions: Sendable {
    /// Cosine from which two pictures are linked. Every wrong link joins two groups, so it is stricter than for a list that people read.
    package var threshold = 0.97
    /// So many of the newest pictures look for others, which may be older.
    package var newest = 100_000
    /// Each of them is compared with so many of the nearest codes.
    package var neighbours = 100
    /// At most so many groups, the largest first.
    package var limit = 10
    /// Groups of fewer items are left out.
    package var smallest = 2
    package var examples = 3

    package init() {}
}
