// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A declared type of values with named fields: a record of the caller, or a protobuf message.
///
/// It is data: nothing is generated, any caller can declare its own.
public struct MessageType: Sendable, Hashable {
    // One reference: message values carry their type along.
    private final class Storage: Sendable {
        let name: String
        let fields: [MessageField]
        let byName: [String: Int]
        let byNumber: [Int32: Int]

        init(_ name: String, _ fields: [MessageField]) {
            self.name = name
            self.fields = fields
            byName = Dictionary(fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
            byNumber = Dictionary(fields.enumerated().filter { $1.number > 0 }.map { ($1.number, $0) }) { first, _ in first }
        }
    }

    private let storage: Storage

    /// - Parameter name: The full name, such as `shop.v1.Order`.
    public init(name: String, fields: [MessageField]) { storage = Storage(name, fields) }

    public var name: String { storage.name }
    public var fields: [MessageField] { storage.fields }

    /// The field of that name.
    public subscript(field: String) -> MessageField? { storage.byName[field].map { storage.fields[$0] } }

    func index(of field: String) -> Int? { storage.byName[field] }

    func index(ofNumber number: Int32) -> Int? { storage.byNumber[number] }

    public static func == (a: MessageType, b: MessageType) -> Bool {
        a.storage === b.storage || (a.name == b.name && a.fields == b.fields)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// One field of a message type.
public struct MessageField: Sendable, Hashable {
    /// When `has()` is true.
    public enum Presence: Sendable, Hashable {
        /// The field was set, to whatever value.
        case tracked
        /// The value differs from the default: scalars of proto3, lists and maps.
        case implicit
    }

    /// How many elements the field holds.
    public enum Cardinality: Sendable, Hashable {
        case single
        case repeated
        case map(key: FieldEncoding)
    }

    public let name: String
    /// The number in the wire format; 0 where it has none.
    public let number: Int32
    public let type: CELType
    public let presence: Presence
    /// What the field is when it is not set; nil for the zero of its type.
    public let defaultValue: Value?
    /// Of the value, or of each element.
    public let encoding: FieldEncoding
    public let cardinality: Cardinality
    /// Of the fields of one group at most one is set.
    public let oneof: String?

    /// The name of the enum type, if the field (or its elements) is of one.
    public var enumType: String? {
        if case .enumeration(let name) = encoding { name } else { nil }
    }

    /// A field known by its CEL type alone; without a number it has no place in the wire format.
    public init(
        name: String, number: Int32 = 0, type: CELType, presence: Presence = .tracked, defaultValue: Value? = nil
    ) {
        switch type {
        case .list(let element): (encoding, cardinality) = (FieldEncoding(element), .repeated)
        case .map(let key, let value): (encoding, cardinality) = (FieldEncoding(value), .map(key: FieldEncoding(key)))
        default: (encoding, cardinality) = (FieldEncoding(type), .single)
        }
        self.name = name
        self.number = number
        self.type = type
        self.presence = cardinality == .single ? presence : .implicit
        self.defaultValue = defaultValue
        oneof = nil
    }

    /// A protobuf field.
    ///
    /// - Parameter presence: What the file's syntax says of single scalars; messages and members of a oneof are always
    ///   tracked, lists and maps never.
    public init(
        name: String, number: Int32, encoding: FieldEncoding, cardinality: Cardinality = .single, presence: Presence = .implicit,
        defaultValue: Value? = nil, oneof: String? = nil
    ) {
        self.name = name
        self.number = number
        self.encoding = encoding
        self.cardinality = cardinality
        switch cardinality {
        case .single:
            type = encoding.type
            if case .message = encoding { self.presence = .tracked } else { self.presence = oneof == nil ? presence : .tracked }
        case .repeated:
            type = .list(encoding.type)
            self.presence = .implicit
        case .map(let key):
            type = .map(key.type, encoding.type)
            self.presence = .implicit
        }
        self.defaultValue = defaultValue
        self.oneof = oneof
    }

    public static func == (a: MessageField, b: MessageField) -> Bool {
        a.name == b.name && a.number == b.number && a.type == b.type && a.presence == b.presence && a.encoding == b.encoding
            && a.cardinality == b.cardinality && a.oneof == b.oneof && a.defaultValue?.description == b.defaultValue?.description
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(number)
    }
}
