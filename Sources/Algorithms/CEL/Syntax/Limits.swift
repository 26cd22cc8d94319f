// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How large an expression and how long its evaluation may become.
public struct Limits: Sendable, Hashable {
    /// Code points of source.
    public var sourceLength = 100_000
    /// Levels of nesting; evaluation needs stack in proportion.
    public var depth = 250
    /// Loop turns and copied elements of one evaluation; beyond them the value is an error.
    public var steps = 1_000_000
    /// Cost of one evaluation in the units of `Cost`; beyond it the value is an error. Nil: not counted.
    public var cost: UInt64?

    public init() {}
}
