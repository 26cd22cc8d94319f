// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What an expression may use: variables and functions of the caller, message types, enums and libraries.
///
/// A variable of a message type is a tree: each declared field path that an expression uses becomes one slot, so the
/// caller hands over `actor.age` and never builds the actor.
public struct Declarations: Sendable, ExpressibleByDictionaryLiteral {
    public var variables: [String: CELType] { didSet { dottedRoots = roots } }
    /// Functions of the caller; without a body they are only declared, and calling them is an error.
    public var functions: [Function] { didSet { names = NameTable(libraries: libraries, functions: functions) } }
    /// By full name.
    public var messages: [String: MessageType] { didSet { dottedRoots = roots } }
    /// Numbers by name, by the enum's full name.
    public var enums: [String: [String: Int64]] { didSet { dottedRoots = roots } }
    /// The standard library is always there and need not be named.
    public var libraries: [Library] { didSet { names = NameTable(libraries: libraries, functions: functions) } }
    private(set) var names: NameTable
    /// The first parts of declared names with a dot in them: only paths that begin so can be one name.
    private(set) var dottedRoots: Set<String> = []

    private var roots: Set<String> {
        var roots: Set<String> = []
        func add(_ name: String) {
            if let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) { roots.insert(String(name[..<dot])) }
        }
        variables.keys.forEach(add)
        messages.keys.forEach(add)
        for name in enums.keys {
            add(name)
            roots.insert(name)
        }
        return roots
    }

    public init(
        _ variables: [String: CELType], functions: [Function] = [], messages: [String: MessageType] = [:],
        enums: [String: [String: Int64]] = [:], libraries: [Library] = []
    ) {
        self.variables = variables
        self.functions = functions
        self.messages = messages
        self.enums = enums
        self.libraries = libraries
        names =
            functions.isEmpty && libraries.isEmpty
            ? NameTable.standard : NameTable(libraries: libraries, functions: functions)
        dottedRoots = roots
    }

    public init(dictionaryLiteral elements: (String, CELType)...) {
        self.init(Dictionary(elements) { _, last in last })
    }

    /// Declares a message type and a variable of it in one go.
    ///
    /// The fields' presence is tracked: `has` says whether the caller set them, and reading one that is not set is an error.
    public mutating func record(_ name: String, _ fields: KeyValuePairs<String, CELType>) {
        declare(name, fields)
        variables[name] = .message(name)
    }

    /// Declares a message type without a variable, for the elements of lists and the fields of other messages.
    public mutating func declare(_ name: String, _ fields: KeyValuePairs<String, CELType>) {
        messages[name] = MessageType(name: name, fields: fields.map { MessageField(name: $0.key, type: $0.value) })
    }

    /// These declarations with one more record.
    public func recording(_ name: String, _ fields: KeyValuePairs<String, CELType>) -> Declarations {
        var result = self
        result.record(name, fields)
        return result
    }
}
