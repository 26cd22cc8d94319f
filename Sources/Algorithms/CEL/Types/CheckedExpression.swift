// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What checking gives, and what planners read.
public struct CheckedExpression: Sendable {
    /// What a node stands for.
    public enum Reference: Sendable {
        /// A variable, or a declared field path of a message variable.
        case slot(Int)
        /// Whether a declared field path is set.
        case hasSlot(Int)
        /// A variable of a loop, bind or block: each has a number of its own, from 0 as they appear. A loop or bind node refers to its
        /// own first variable (its second follows), a block to that of its first value.
        case local(Int)
        /// A constant: of an enum, or the name of a type.
        case constant(Value)
        /// The overloads that fit; one: resolved before evaluation.
        case function(Function, overloads: [Overload])
        case messageType(MessageType)
        /// A name that means nothing; evaluation gives this error. Only with checks off.
        indirect case failure(EvaluationError)
    }

    public let source: SourceText
    public let root: Expression
    public let slots: [Slot]
    /// By `Expression.id`.
    public let types: [CELType]
    /// By `Expression.id`; nil where the node's kind says everything.
    public let references: [Reference?]
    /// How many variables loops, binds and blocks have together.
    public let localCount: Int
    /// The message types it was checked against.
    public let messages: MessageTypes
    /// What is allowed but hardly meant.
    public let warnings: [CELProblem]

    /// What a node stands for.
    public func reference(of expression: Expression) -> Reference? { references[expression.id] }

    /// The type of a node of `root`.
    public func type(of expression: Expression) -> CELType { types[expression.id] }

    /// The type of the whole expression.
    public var resultType: CELType { types[root.id] }
}
