// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Text equality by code points, without canonical equivalence.
@inline(__always)
func sameBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
}

/// CEL equality: numbers by value whatever their type, everything else false when the types differ.
func areEqual(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)): sameBytes(a, b)
    case (.bytes(let a), .bytes(let b)): a == b
    case (.duration(let a), .duration(let b)): a == b
    case (.timestamp(let a), .timestamp(let b)): a == b
    case (.type(let a), .type(let b)): a == b
    case (.optional(let a), .optional(let b)):
        if let a, let b { areEqual(a, b) } else { a == nil && b == nil }
    case (.message(let a), .message(let b)): a.equals(b)
    case (.object(let a), .object(let b)): a.equals(b)
    case (.list(let a), .list(let b)):
        a.count == b.count && zip(a, b).allSatisfy { areEqual($0, $1) }
    case (.map(let a), .map(let b)):
        a.count == b.count
            && a.entries.allSatisfy { entry in
                guard let other = b[entry.key] else { return false }
                return areEqual(entry.value, other)
            }
    default: compareNumbers(a, b) == .same
    }
}

enum Ordering { case less, same, greater, unordered }

/// The order of two values, or nil where CEL defines none for their types.
func compare(_ a: Value, _ b: Value) -> Ordering? {
    switch (a, b) {
    case (.bool(let a), .bool(let b)): a == b ? .same : (b ? .less : .greater)
    case (.string(let a), .string(let b)): order(a.utf8, b.utf8)
    case (.bytes(let a), .bytes(let b)): order(a, b)
    case (.duration(let a), .duration(let b)): order(a, b)
    case (.timestamp(let a), .timestamp(let b)): order(a, b)
    default: compareNumbers(a, b)
    }
}

private func order<T: Comparable>(_ a: T, _ b: T) -> Ordering {
    a < b ? .less : (a == b ? .same : .greater)
}

private func order(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Ordering {
    if a.lexicographicallyPrecedes(b) { return .less }
    return b.lexicographicallyPrecedes(a) ? .greater : .same
}

/// Order across int, uint and double; nil if either is no number.
private func compareNumbers(_ a: Value, _ b: Value) -> Ordering? {
    switch (a, b) {
    case (.int(let a), .int(let b)): order(a, b)
    case (.uint(let a), .uint(let b)): order(a, b)
    case (.double(let a), .double(let b)): order(floating: a, b)
    case (.int(let a), .uint(let b)): a < 0 ? .less : order(UInt64(a), b)
    case (.uint(let a), .int(let b)): b < 0 ? .greater : order(a, UInt64(b))
    // The standard's own rule: out of the integer's range decides, else the integer is taken as a double.
    case (.int(let a), .double(let b)): order(floating: Double(a), b)
    case (.double(let a), .int(let b)): order(floating: a, Double(b))
    case (.uint(let a), .double(let b)): order(floating: Double(a), b)
    case (.double(let a), .uint(let b)): order(floating: a, Double(b))
    default: nil
    }
}

private func order(floating a: Double, _ b: Double) -> Ordering {
    if a.isNaN || b.isNaN { return .unordered }
    return order(a, b)
}
