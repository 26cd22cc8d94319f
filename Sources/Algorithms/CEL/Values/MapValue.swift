// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A CEL map: keys are bool, int, uint or string; numbers that are equal are one key whatever their type.
public struct MapValue: Sendable {
    /// The pairs in the order in which they were given.
    public private(set) var entries: [(key: Value, value: Value)] = []
    /// Built only for maps too large to search from the front.
    private var index: [MapKey: Int] = [:]
    private static let indexThreshold = 8

    public init() {}

    /// A map with text keys; of a repeated key the last value wins.
    public init(_ fields: some Sequence<(key: String, value: Value)>) {
        for field in fields { set(.string(field.key), .string(field.key), field.value) }
    }

    public var count: Int { entries.count }

    /// The value under a text key.
    public subscript(key: String) -> Value? { position(of: .string(key)).map { entries[$0].value } }

    /// The value under a key; an integral double finds the equal int or uint key.
    public subscript(key: Value) -> Value? {
        guard let normal = MapKey(lookup: key) else { return nil }
        return position(of: normal).map { entries[$0].value }
    }

    /// Adds a pair; an error value if the key is there already or is of a type that no key can have.
    public mutating func insert(_ key: Value, _ value: Value) -> Value? {
        guard let normal = MapKey(key) else { return .failure(.badKey, "\(key.typeName) cannot be a key") }
        return insert(key, normal: normal, value) ? nil : .failure(.repeatedKey, "a key is repeated")
    }

    /// Adds a pair; false if the key is there already.
    mutating func insert(_ key: Value, normal: MapKey, _ value: Value) -> Bool {
        if position(of: normal) != nil { return false }
        append(key, normal, value)
        return true
    }

    private mutating func set(_ key: Value, _ normal: MapKey, _ value: Value) {
        if let position = position(of: normal) {
            entries[position] = (key, value)
        } else {
            append(key, normal, value)
        }
    }

    private mutating func append(_ key: Value, _ normal: MapKey, _ value: Value) {
        entries.append((key, value))
        guard entries.count > Self.indexThreshold else { return }
        if index.isEmpty {
            for (position, entry) in entries.enumerated() {
                if let key = MapKey(entry.key) { index[key] = position }
            }
        } else {
            index[normal] = entries.count - 1
        }
    }

    private func position(of key: MapKey) -> Int? {
        index.isEmpty ? entries.firstIndex { MapKey($0.key) == key } : index[key]
    }
}

/// A key brought to the form in which equal keys are the same bits: text by its bytes, numbers by their value.
enum MapKey: Hashable, Sendable {
    case bool(Bool)
    case negative(Int64)
    case natural(UInt64)
    case string(String)

    /// A key that may be stored; nil for types that cannot be keys.
    init?(_ value: Value) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .int(let value): self = value < 0 ? .negative(value) : .natural(UInt64(value))
        case .uint(let value): self = .natural(value)
        case .string(let value): self = .string(value)
        default: return nil
        }
    }

    /// A key to look for: also an integral double.
    init?(lookup value: Value) {
        if case .double(let number) = value {
            if let signed = Int64(exactly: number) {
                self = signed < 0 ? .negative(signed) : .natural(UInt64(signed))
            } else if let unsigned = UInt64(exactly: number) {
                self = .natural(unsigned)
            } else {
                return nil
            }
        } else {
            self.init(value)
        }
    }

    // String's own == and hash treat canonically equivalent texts as equal: CEL compares code points.
    static func == (a: MapKey, b: MapKey) -> Bool {
        switch (a, b) {
        case (.bool(let a), .bool(let b)): a == b
        case (.negative(let a), .negative(let b)): a == b
        case (.natural(let a), .natural(let b)): a == b
        case (.string(let a), .string(let b)): sameBytes(a, b)
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .bool(let value): hasher.combine(value)
        case .negative(let value): hasher.combine(value)
        case .natural(let value): hasher.combine(value)
        case .string(let value): for byte in value.utf8 { hasher.combine(byte) }
        }
    }
}
