// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Cost {
    /// What a call cost, in the units of the run-time limit; never less than one.
    func units(_ operands: [Value], _ result: Value) -> UInt64 {
        units {
            $0 < operands.count ? operands[$0].extent : 0
        } result: {
            result.extent
        }
    }

    /// The cost for given sizes of operands and result. Grows with each of them.
    func units(_ size: (Int) -> UInt64, result: () -> UInt64) -> UInt64 {
        switch self {
        case .constant(let units): units
        case .perCharacter(let operands): max(1, Self.part(Self.sum(operands, size), 0.1))
        case .perCharacterOfResult: max(1, Self.part(result(), 0.1))
        case .perElement(let operands): max(1, Self.sum(operands, size))
        case .perElementOfResult: max(1, result())
        case .comparison: max(1, Self.part(min(size(0), size(1)), 0.1))
        case .search(let text, let part): max(1, Self.product(Self.part(size(text), 0.1), Self.part(size(part), 0.1)))
        case .pattern(let text, let pattern):
            max(1, Self.product(Self.part(size(text), 0.1, plus: 1), Self.part(size(pattern), 0.25)))
        }
    }

    private static func sum(_ operands: [Int], _ size: (Int) -> UInt64) -> UInt64 {
        operands.reduce(0) { total, operand in
            let (sum, overflow) = total.addingReportingOverflow(size(operand))
            return overflow ? .max : sum
        }
    }

    private static func part(_ size: UInt64, _ factor: Double, plus: Double = 0) -> UInt64 {
        size > 1 << 52 ? .max : UInt64(((Double(size) + plus) * factor).rounded(.up))
    }

    private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? .max : product
    }
}

extension Value {
    /// Its size as costs count it: bytes of text, elements of collections, one for everything else.
    var extent: UInt64 {
        switch self {
        case .string(let text): UInt64(text.utf8.count)
        case .bytes(let bytes): UInt64(bytes.count)
        case .list(let elements): UInt64(elements.count)
        case .map(let map): UInt64(map.count)
        default: 1
        }
    }
}
