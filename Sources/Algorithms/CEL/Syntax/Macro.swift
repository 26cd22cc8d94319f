// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A call that the parser turns into another expression.
public struct Macro: Sendable {
    /// Nil when the call is not this macro after all and stays a call.
    public typealias Expansion =
        @Sendable (
            inout MacroContext, _ receiver: Expression?, _ arguments: [Expression], _ range: Range<Int>
        ) throws(CELError) -> Expression?

    public let name: String
    /// Called as `x.name(…)`.
    public let isReceiver: Bool
    /// Nil: any number.
    public let argumentCount: Int?
    public let expand: Expansion
    /// Of a receiver macro that belongs to a namespace, such as `cel` of `cel.bind`: the receiver must be this very name.
    public let namespace: String?

    public init(
        _ name: String, isReceiver: Bool, argumentCount: Int?, namespace: String? = nil, expand: @escaping Expansion
    ) {
        self.name = name
        self.isReceiver = isReceiver
        self.argumentCount = argumentCount
        self.namespace = namespace
        self.expand = expand
    }
}

/// Makes the nodes of one tree: with fresh ids, and refusing what is nested too deeply.
public struct MacroContext: Sendable {
    public let source: SourceText
    let depth: Int
    private(set) var nextID = 0

    init(source: SourceText, depth: Int) {
        self.source = source
        self.depth = depth
    }

    /// A node. `mark` is where its name, operator or field stands; without one the whole range.
    public mutating func make(
        _ kind: Expression.Kind, _ range: Range<Int>, mark: Range<Int>? = nil, macro: Expression.MacroCall? = nil
    ) throws(CELError) -> Expression {
        let node = Expression(id: nextID, kind, range: range, mark: mark, macro: macro)
        nextID += 1
        guard node.height <= depth else { throw tooDeep(range) }
        return node
    }

    /// The name that a macro's argument gives to a variable.
    public func variable(_ argument: Expression, of macro: String) throws(CELError) -> String {
        guard case .name(let name, isRooted: false) = argument.kind else {
            throw problem(argument.range, "this argument of '\(macro)' names a variable", expected: "a plain name")
        }
        return name
    }

    /// What to throw for a macro that is used wrongly.
    public func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELError {
        CELError(source.problem(range, message, expected: expected, hint: hint))
    }

    func tooDeep(_ range: Range<Int>) -> CELError {
        problem(range, "the expression is nested too deeply", expected: "at most \(depth) levels")
    }
}
