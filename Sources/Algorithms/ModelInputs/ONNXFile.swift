// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Looks through a network in the ONNX format for weights that lie in other files.
///
/// A hash over the file says nothing about those, and whoever wrote the file would choose what is read: such networks are refused.
/// Only the outline is read; weights are stepped over.
package enum ONNXFile {
    /// Why the file is not loaded, in words; nil when all of it is in the file.
    package static func problem(_ bytes: [UInt8]) -> String? {
        var open: [(part: Part, whole: Range<Int>)] = [(.model, bytes.indices)]
        var hasGraph = false
        while let (part, whole) = open.popLast() {
            var rest = whole
            while !rest.isEmpty {
                guard let field = Field(in: bytes, at: &rest) else {
                    return "the file can't be read as a model: it is no ONNX file"
                }
                if part == .tensor, field.number == 13 || field.number == 14 && field.value != 0 {
                    return "the model can't be loaded: it has weights in another file, which its SHA-256 says nothing about"
                }
                guard let inside = field.bytes, let inner = part.inner(field.number) else { continue }
                if part == .model, inner == .graph { hasGraph = true }
                open.append((inner, inside))
            }
        }
        return hasGraph ? nil : "the file can't be read as a model: it has no network"
    }

    /// The messages of the format in which tensors can be.
    private enum Part {
        case model, training, graph, function, node, attribute, tensor, sparse

        /// What a field of this number is, where it matters.
        func inner(_ field: UInt64) -> Part? {
            switch (self, field) {
            case (.model, 7), (.training, 1), (.training, 2), (.attribute, 6), (.attribute, 11): .graph
            case (.model, 20): .training
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparse, 1), (.sparse, 2): .tensor
            case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparse
            case (.node, 5), (.function, 11): .attribute
            default: nil
            }
        }
    }

    /// One field of a protocol buffer.
    private struct Field {
        var number: UInt64
        var value: UInt64 = 0
        var bytes: Range<Int>?

        /// Nil for what is cut off or unknown.
        init?(in bytes: [UInt8], at rest: inout Range<Int>) {
            guard let key = Self.varint(in: bytes, at: &rest), key >> 3 > 0 else { return nil }
            number = key >> 3
            let length: UInt64
            switch key & 7 {
            case 0:
                guard let value = Self.varint(in: bytes, at: &rest) else { return nil }
                self.value = value
                return
            case 1: length = 8
            case 2:
                guard let count = Self.varint(in: bytes, at: &rest) else { return nil }
                length = count
            case 5: length = 4
            default: return nil
            }
            guard length <= UInt64(rest.count) else { return nil }
            let end = rest.lowerBound + Int(length)
            if key & 7 == 2 { self.bytes = rest.lowerBound..<end }
            rest = end..<rest.upperBound
        }

        private static func varint(in bytes: [UInt8], at rest: inout Range<Int>) -> UInt64? {
            var value: UInt64 = 0
            for place in 0..<min(10, rest.count) {
                let byte = bytes[rest.lowerBound + place]
                value |= UInt64(byte & 0x7f) << (7 * UInt64(place))
                if byte < 0x80 {
                    rest = rest.lowerBound + place + 1..<rest.upperBound
                    return value
                }
            }
            return nil
        }
    }
}
