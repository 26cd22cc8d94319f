// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One event as one counter counts it.
package struct CounterIncrement: Hashable, Sendable {
    /// Of the counter: changes when what it counts does.
    package var identity: String
    /// Seconds.
    package var window: Int
    package var isDistinct: Bool
    package var keys: [String]
    package var member: UInt64
    package var event: UInt64
    /// Milliseconds since 1970.
    package var at: Int64

    package init(
        identity: String, window: Int, isDistinct: Bool, keys: [String], member: UInt64, event: UInt64, at: Int64
    ) {
        self.identity = identity
        self.window = window
        self.isDistinct = isDistinct
        self.keys = keys
        self.member = member
        self.event = event
        self.at = at
    }
}

extension CounterIncrement {
    /// Increments as the journal keeps them.
    package static func bytes(of increments: [CounterIncrement]) -> [UInt8] {
        var writer = ByteWriter()
        writer.number(UInt64(increments.count))
        for increment in increments {
            writer.text(increment.identity)
            writer.number(UInt64(max(0, increment.window)))
            writer.number(increment.isDistinct ? 1 : 0)
            writer.number(UInt64(increment.keys.count))
            for key in increment.keys { writer.text(key) }
            writer.fixed(increment.member)
            writer.fixed(increment.event)
            writer.signed(increment.at)
        }
        return writer.bytes
    }

    /// - Throws: when the bytes are no such increments.
    package static func read(_ bytes: [UInt8]) throws(BytesError) -> [CounterIncrement] {
        var reader = ByteReader(bytes[...])
        var increments: [CounterIncrement] = []
        for _ in 0..<(try reader.count()) {
            let identity = try reader.text()
            let (window, isDistinct) = (Int(truncatingIfNeeded: try reader.number()), try reader.number() == 1)
            var keys: [String] = []
            for _ in 0..<(try reader.count()) { keys.append(try reader.text()) }
            increments.append(
                CounterIncrement(
                    identity: identity, window: window, isDistinct: isDistinct, keys: keys, member: try reader.fixed(),
                    event: try reader.fixed(),
                    at: try reader.signed()))
        }
        guard reader.isAtEnd else { throw BytesError(description: "bytes follow the increments") }
        return increments
    }
}
