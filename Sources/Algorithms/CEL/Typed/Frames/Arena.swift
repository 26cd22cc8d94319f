// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Memory that is given out in pieces and taken back all at once: after a few events it has all it needs and asks for no more.
struct Arena: ~Copyable {
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var current = 0
    private var offset = 0
    /// Up to where what was given out stays.
    private var kept = (current: 0, offset: 0)
    private let chunkBytes: Int

    init(chunkBytes: Int = 16_384) { self.chunkBytes = chunkBytes }

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// Forgets what was given out since `keep()`. The memory stays: pointers into it are stale, but never dangle before the arena
    /// ends.
    mutating func reset() { (current, offset) = kept }

    /// What was given out so far stays for good.
    mutating func keep() { kept = (current, offset) }

    /// Bytes at an address that is a multiple of 16, not initialised.
    mutating func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let needed = (count + 15) & ~15
        while true {
            if current == chunks.count {
                chunks.append(.allocate(byteCount: max(chunkBytes, needed), alignment: 16))
            }
            let chunk = chunks[current]
            if offset + needed <= chunk.count {
                let piece = UnsafeMutableRawBufferPointer(rebasing: chunk[offset..<offset + count])
                offset += needed
                return piece
            }
            current += 1
            offset = 0
        }
    }

    /// A row of cells that start as `zero`.
    mutating func cells(_ count: Int, zero: Cell) -> UnsafeMutablePointer<Cell> {
        let memory = allocate(max(count, 1) * MemoryLayout<Cell>.stride)
        let cells = memory.bindMemory(to: Cell.self)
        cells.initialize(repeating: zero)
        // Never nil: at least one cell was asked for.
        return cells.baseAddress.unsafelyUnwrapped
    }

    /// A copy of a text as a cell.
    mutating func text(_ bytes: UnsafeRawBufferPointer) -> Cell {
        let copy = allocate(bytes.count)
        copy.copyMemory(from: bytes)
        return Cell(text: UnsafeRawBufferPointer(copy), isASCII: ByteText.isASCII(bytes))
    }
}
