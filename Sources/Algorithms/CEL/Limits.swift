// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How large an expression and how long its evaluation may become.
public struct Limits: Sendable, Hashable {
    /// Bytes of source.
    public var sourceBytes = 100_000
    /// Levels of nesting; evaluation needs stack in proportion.
    public var depth = 100
    /// Loop turns and copied elements of one evaluation; beyond them the value is an error.
    public var steps = 1_000_000

    public init() {}
}
