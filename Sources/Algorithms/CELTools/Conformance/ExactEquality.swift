// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CEL

/// Whether a value is what a test expects: equal type for type, NaN equal to NaN, maps without order.
package enum ExactEquality {
    package static func holds(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): (a == b && a.sign == b.sign) || (a.isNaN && b.isNaN)
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.type(let a), .type(let b)): a == b
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { holds($0, $1) }
        case (.map(let a), .map(let b)):
            a.count == b.count
                && a.entries.allSatisfy { entry in
                    b.entries.contains { holds(entry.key, $0.key) && holds(entry.value, $0.value) }
                }
        case (.optional(let a), .optional(let b)):
            if let a, let b { holds(a, b) } else { a == nil && b == nil }
        case (.message(let a), .message(let b)): holds(a, b)
        case (.object(let a), .object(let b)): a.equals(b)
        default: false
        }
    }

    private static func holds(_ a: MessageValue, _ b: MessageValue) -> Bool {
        let (fields, others) = (a.setFields, b.setFields)
        return a.type.name == b.type.name && fields.count == others.count
            && zip(fields, others).allSatisfy { $0.field.name == $1.field.name && holds($0.value, $1.value) }
    }
}
