// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A frame as the generic tier reads it: to run what has no typed form, and to tell in words what a typed program did.
public struct FrameBindings: Bindings {
    private let frame: Frame

    public init(_ frame: Frame) { self.frame = frame }

    public func value(of slot: Slot) -> Value? {
        guard let place = frame.layout.slot(slot.path) else { return nil }
        let cell = frame.cells[place.index]
        guard cell.tag == .list, let record = frame.layout.records[place.index] else { return scalar(cell) }
        guard let elements = cell.elements else { return .list([]) }
        return .list((0..<cell.count).map { element(elements + $0 * record.stride, record) })
    }

    private func element(_ cells: UnsafeMutablePointer<Cell>, _ record: FrameLayout.Record) -> Value {
        if record.message == nil { return scalar(cells[0]) ?? .null }
        return map(record.fields.map { (ArraySlice($0.path.split(separator: ".").map(String.init)), scalar(cells[$0.offset])) })
    }

    /// Fields by their paths as a map of maps. Inner records are there even when nothing in them is set, so that `has` can be
    /// asked of their fields.
    private func map(_ fields: [(path: ArraySlice<String>, value: Value?)]) -> Value {
        var entries: [(key: String, value: Value)] = []
        var inner: [String: [(path: ArraySlice<String>, value: Value?)]] = [:]
        for (path, value) in fields {
            guard let name = path.first else { continue }
            if path.count > 1 {
                inner[name, default: []].append((path.dropFirst(), value))
            } else if let value {
                entries.append((name, value))
            }
        }
        for (name, fields) in inner { entries.append((name, map(fields))) }
        return .map(MapValue(entries))
    }

    private func scalar(_ cell: Cell) -> Value? {
        switch cell.tag {
        case .absent, .list: nil
        case .unknown: .unknown(frame.reasons[cell.count])
        case .boxed: frame.boxes[cell.count]
        case .bool: .bool(cell.payload != 0)
        case .int: .int(Int64(bitPattern: cell.payload))
        case .uint: .uint(cell.payload)
        case .double: .double(Double(bitPattern: cell.payload))
        case .string: .string(ByteText.string(cell))
        case .duration: .duration(nanoseconds: Int64(bitPattern: cell.payload))
        case .timestamp: Timestamp(seconds: cell.seconds, nanoseconds: cell.nanoseconds).map { .timestamp($0) }
        }
    }
}
