// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One clause for each program, or none, with what answers their witnesses.
// All properties are constant, and what they point to is not changed after `init`.
final class ClauseLayer: @unchecked Sendable {
    private let markers: ObjectRow<Marker>
    /// Programs without a clause here: marked from the start.
    private let unbound: Bits

    init(_ clauses: [Clause?], _ literals: LiteralCatalogue) {
        unbound = Bits(count: clauses.count)
        var programs: [Witness: [Int]] = [:]
        for (program, clause) in clauses.enumerated() {
            guard let clause else {
                unbound.insert(program)
                continue
            }
            for witness in clause { programs[witness, default: []].append(program) }
        }
        markers = ObjectRow(Self.markers(programs, literals, universe: clauses.count))
    }

    deinit {
        markers.deallocate()
        unbound.deallocate()
    }

    /// The programs whose clause has a hit, and those without a clause, into `bits`.
    func mark(_ cells: UnsafeMutablePointer<Cell>, _ hits: UnsafePointer<UInt64>, _ bits: Bits) {
        bits.copy(unbound.words)
        for index in 0..<markers.count { markers.with(index) { $0.mark(cells, hits, bits) } }
    }

    private struct BoundKey: Hashable {
        let site: Witness.Site
        let type: CellType
        let mask: OrderMask
    }

    private static func markers(_ programs: [Witness: [Int]], _ literals: LiteralCatalogue, universe: Int) -> [Marker] {
        var texts: [Witness.Site: [(text: [UInt8], programs: [Int])]] = [:]
        var bools: [Witness.Site: (no: [Int], yes: [Int])] = [:]
        var bounds: [BoundKey: [(bits: UInt64, programs: [Int])]] = [:]
        var contained: [Int: [[UInt8]: [Int]]] = [:]
        for (witness, programs) in programs {
            switch witness.test {
            case .text(let text): texts[witness.site, default: []].append((text, programs))
            case .bool(false): bools[witness.site, default: ([], [])].no = programs
            case .bool(true): bools[witness.site, default: ([], [])].yes = programs
            case .bound(let type, let mask, let bits):
                bounds[BoundKey(site: witness.site, type: type, mask: mask), default: []].append((bits, programs))
            case .contains(let text): if case .cell(let slot) = witness.site { contained[slot, default: [:]][text] = programs }
            }
        }
        var markers: [Marker] = []
        for (site, witnesses) in texts {
            switch site {
            case .cell(let slot): markers.append(TextMarker(slot: slot, witnesses, universe: universe))
            case .element(let slot, let stride, let offset):
                markers.append(ElementTextMarker(slot: slot, stride: stride, offset: offset, witnesses, universe: universe))
            case .open: break
            }
        }
        for (site, lists) in bools {
            guard let (slot, stride, offset) = site.place else { continue }
            markers.append(
                BoolMarker(
                    slot: slot, stride: stride, offset: offset, whenFalse: lists.no, whenTrue: lists.yes, universe: universe))
        }
        for (key, witnesses) in bounds {
            guard let (slot, stride, offset) = key.site.place else { continue }
            markers.append(
                BoundMarker(slot: slot, stride: stride, offset: offset, key.type, key.mask, witnesses, universe: universe))
        }
        for (slot, programs) in contained {
            guard let text = literals.text(ofSlot: slot) else { continue }
            markers.append(
                LiteralMarker(slot: slot, firstBit: text.firstBit, text.constants.map { programs[$0] ?? [] }, universe: universe))
        }
        return markers
    }
}

extension Witness.Site {
    /// Slot, cells from element to element and place in the element; 0 and 0 for the frame itself.
    fileprivate var place: (slot: Int, stride: Int, offset: Int)? {
        switch self {
        case .cell(let slot): (slot, 0, 0)
        case .element(let slot, let stride, let offset): (slot, stride, offset)
        case .open: nil
        }
    }
}
