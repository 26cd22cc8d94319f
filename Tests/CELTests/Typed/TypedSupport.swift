// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

/// A small event with every type that frames hold.
enum SmallEvent {
    static let declarations: Declarations = {
        var declarations = Declarations([
            "kind": .string, "text": .string, "note": .string, "age": .duration, "wait": .duration, "at": .timestamp,
            "joined": .timestamp, "members": .int, "reports": .int, "level": .uint, "rank": .uint, "score": .double,
            "trust": .double, "verified": .bool, "matches": .list(.message("match")), "roles": .list(.string),
            "sizes": .list(.int), "weights": .map(.string, .double),
        ])
        declarations.record("signal", ["matched": .bool, "score": .double, "bank": .string])
        declarations.declare("source", ["name": .string, "votes": .int])
        declarations.declare(
            "match", ["bank": .string, "distance": .int, "trusted": .bool, "score": .double, "source": .message("source")])
        return declarations
    }()

    static let kinds = ["message", "reaction", "profile", "media"]
    static let words = [
        "", "a", "free", "nitro", "free nitro", "gift", "stéam", "steam gift", "claim your prize", "ncii", "gore",
    ]

    /// Some inputs without a value, some that cannot be told, the others small so that conditions are often close to turning.
    static func fill(_ frame: Frame, _ random: inout Numbers) {
        frame.reset()
        for slot in frame.layout.slots {
            let draw = random.below(20)
            if draw == 0 { continue }
            if draw == 1 {
                frame.setUnknown(slot, ["\(slot.path) is not known"])
                continue
            }
            if case .list = slot.type {
                let count = random.below(4)
                guard let list = frame.makeList(slot, count: count) else { continue }
                for index in 0..<count {
                    for path in ["", "bank", "distance", "trusted", "score", "source.name", "source.votes"] {
                        guard let field = frame.layout.field(path, of: slot) else { continue }
                        switch random.below(20) {
                        case 0 where path != "": list.set(index, field, .absent)
                        case 1 where path != "": list.set(index, field, .unknown("the \(path) of one is not known"))
                        default: list.set(index, field, value(field.type, slot.path, &random))
                        }
                    }
                }
            } else if case .map = slot.type {
                frame.set(slot, any: .map(MapValue([("nsfw", .double(0.5))])))
            } else {
                frame.set(slot, value(slot.type, slot.path, &random))
            }
        }
    }

    private static func value(_ type: CELType, _ path: String, _ random: inout Numbers) -> FrameValue {
        switch type {
        case .bool: .bool(random.below(2) == 0)
        case .int: random.below(12) == 0 ? .int(random.below(2) == 0 ? .max : .min) : .int(Int64(random.below(7)) - 2)
        case .uint: random.below(12) == 0 ? .uint(.max) : .uint(UInt64(random.below(5)))
        case .double: .double([0, -0.0, 0.5, 0.85, 1, -2, .nan, .infinity, 1e300][random.below(9)])
        case .duration:
            random.below(15) == 0 ? .duration(nanoseconds: .min) : .duration(nanoseconds: Int64(random.below(5)) * 60_000_000_000)
        case .timestamp:
            .timestamp(Timestamp(seconds: random.below(8) == 0 ? 253_402_300_799 : Int64(random.below(600))) ?? Timestamp.epoch)
        default:
            .string(
                path == "kind" ? random.pick(kinds) : random.pick(words) + (random.below(3) == 0 ? " " + random.pick(words) : ""))
        }
    }
}

extension Timestamp {
    // The epoch is in the range of timestamps.
    static let epoch = Timestamp(seconds: 0)!
}

/// Random numbers that are the same every time (SplitMix64).
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
}

extension Outcome {
    init(_ value: Value) {
        switch value {
        case .bool(let bool): self = bool ? .yes : .no
        case .unknown: self = .unknown
        default: self = .error
        }
    }
}

extension FrameLayout {
    func require(_ path: String) throws -> Slot { try #require(slot(path)) }
}
