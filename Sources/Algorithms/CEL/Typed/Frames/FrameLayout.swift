// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which cell of a frame holds which input: made once for all the programs that shall share one decoding of an event.
public struct FrameLayout: Sendable {
    /// One input of the frame: a variable, or a field path of a message variable.
    public struct Slot: Sendable, Hashable {
        public let index: Int
        public let path: String
        public let type: CELType

        public var position: Position { Position(index: Int32(index)) }
    }

    /// Where a slot is, without its name and type: nothing to count references of, for those who fill a frame for every event.
    public struct Position: Sendable, Hashable {
        let index: Int32
    }

    /// One field of the records of a list.
    public struct Field: Sendable, Hashable {
        /// Its cell within the record; 0 where the elements are scalars.
        let offset: Int
        public let path: String
        public let type: CELType
    }

    /// What the elements of a list are made of.
    final class Record: Sendable {
        let fields: [Field]
        let types: [CellType]
        /// Nil where the elements are scalars.
        let message: String?

        init(_ fields: [Field], message: String?) {
            self.fields = fields
            self.message = message
            types = fields.compactMap { CellType($0.type) }
            stride = max(fields.count, 1)
            zero = message == nil ? Cell(types.first?.tag ?? .absent, 0) : Cell()
        }

        /// Cells from one element to the next.
        let stride: Int
        /// What elements are before they are set.
        let zero: Cell

        func field(_ path: String) -> Field? { fields.first { $0.path == path } }
    }

    /// One for each layout: a program reads cells by their place, so only frames of its own layout are safe to read.
    final class Identity: Sendable {}

    public let slots: [Slot]
    let identity = Identity()
    private let indexByPath: [String: Int]
    let cellTypes: [CellType?]
    /// By slot; nil where the slot is no list that typed programs can go through.
    let records: [Record?]

    /// The layout that holds all slots the expressions use, and the declared paths that are named besides.
    public init(_ expressions: some Sequence<CheckedExpression>, paths: [String] = [], declarations: Declarations) {
        var slots: [Slot] = []
        var indexByPath: [String: Int] = [:]
        for path in paths where indexByPath[path] == nil {
            guard let type = Self.type(of: path, declarations) else { continue }
            indexByPath[path] = slots.count
            slots.append(Slot(index: slots.count, path: path, type: type))
        }
        for expression in expressions {
            for slot in expression.slots where indexByPath[slot.path] == nil {
                indexByPath[slot.path] = slots.count
                slots.append(Slot(index: slots.count, path: slot.path, type: slot.type))
            }
        }
        self.slots = slots
        self.indexByPath = indexByPath
        cellTypes = slots.map { CellType($0.type) }
        records = slots.map { Self.record($0.type, declarations) }
    }

    /// The slot of a path such as `event.kind`; nil when no program reads it.
    public func slot(_ path: String) -> Slot? { indexByPath[path].map { slots[$0] } }

    /// The field of a list's records, such as `bank` of `matches`; nil when there is none. For lists of scalars the path is
    /// empty.
    public func field(_ path: String, of slot: Slot) -> Field? {
        guard slots.indices.contains(slot.index) else { return nil }
        return records[slot.index]?.field(path)
    }

    /// The type of a variable or of a field path of one.
    private static func type(of path: String, _ declarations: Declarations) -> CELType? {
        var names = path.split(separator: ".").map(String.init)[...]
        guard let first = names.popFirst(), var type = declarations.variables[first] else { return nil }
        for name in names {
            guard case .message(let message) = type, let field = declarations.messages[message]?[name] else { return nil }
            type = field.type
        }
        return type
    }

    private static func record(_ type: CELType, _ declarations: Declarations) -> Record? {
        guard case .list(let element) = type else { return nil }
        if CellType(element) != nil { return Record([Field(offset: 0, path: "", type: element)], message: nil) }
        guard case .message(let name) = element, declarations.messages[name] != nil else { return nil }
        var fields: [Field] = []
        append(fieldsOf: name, prefix: "", depth: 0, declarations, &fields)
        return fields.isEmpty ? nil : Record(fields, message: name)
    }

    /// Scalar fields, those of inner messages by their path.
    private static func append(
        fieldsOf message: String, prefix: String, depth: Int, _ declarations: Declarations, _ fields: inout [Field]
    ) {
        guard let type = declarations.messages[message] else { return }
        for field in type.fields {
            let path = prefix + field.name
            if CellType(field.type) != nil {
                fields.append(Field(offset: fields.count, path: path, type: field.type))
            } else if case .message(let inner) = field.type, depth < 4 {
                // Messages may hold themselves: a few levels are enough for records of an event.
                append(fieldsOf: inner, prefix: path + ".", depth: depth + 1, declarations, &fields)
            }
        }
    }
}
