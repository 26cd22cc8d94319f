// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
package import Signals

package import struct Foundation.Date

extension LookBackFiles {
    /// Overwrites hashes, records and names on the disk, in segments and in the log.
    ///
    /// - Throws: `LookBackError.damaged` when a file could not be searched for what is to be deleted; all others have been.
    package func delete(_ subject: LookBackSubject) throws(LookBackError) -> Int {
        try requireWriting()
        var list = PatchList()
        var deleted = 0
        var unsearched = missing.first.map { LookBackError.damaged($0.file, $0.reason) }
        for segment in segments {
            do throws(LookBackError) {
                let found = try Deletion(of: subject, in: segment.body)
                guard !found.patches.isEmpty else { continue }
                list.files.append((segment.name, try found.patches(of: segment.file)))
                deleted += found.count
            } catch {
                unsearched = error
            }
        }
        let (patches, inLog) = try deletion(of: subject, from: log)
        if !patches.isEmpty { list.files.append((LogFile.name(log.generation), patches)) }
        if !list.files.isEmpty {
            try orBreak { () throws(LookBackError) in
                try list.write(in: folder)
                try list.apply(in: folder, gate: gate)
                try list.end(in: folder)
                if !patches.isEmpty { log = try LogFile(log.generation, in: folder, forWriting: true) }
            }
        }
        if let unsearched { throw unsearched }
        return deleted + inLog
    }

    private func deletion(of subject: LookBackSubject, from log: LogFile) throws(LookBackError) -> ([Patch], count: Int) {
        var patches: [Patch] = []
        var count = 0
        for frame in log.frames {
            var payload = frame.payload
            var isTouched = false
            for (body, place) in zip(frame.bodies, frame.places) {
                let found = try Deletion(of: subject, in: body)
                count += found.count
                for patch in found.patches {
                    isTouched = true
                    payload.replaceSubrange(place + patch.place..<place + patch.place + patch.count, with: patch.bytes)
                    patches.append(patch.moved(by: frame.start + place))
                }
            }
            guard isTouched else { continue }
            // The two checksums are the last eight bytes of the frame's head.
            let head = FrameHead(
                bodies: frame.bodies.count, length: payload.count, lastSequence: frame.lastSequence, crc: CRC32C.of(payload),
                at: frame.start - FrameHead.size)
            patches.append(Patch(at: frame.start - 8, head: head.bytes.suffix(8), zeros: 0))
        }
        return (patches, count)
    }

    package func delete(daysBefore time: Date) throws(LookBackError) -> Int {
        try requireWriting()
        let first = Body.place(of: time).day
        if log.bodies.contains(where: { $0.day < first }) { try seal() }
        let old = segments.filter { $0.day < first }
        let unreadable = missing.filter { gap in gap.day.map { $0 < first } ?? false }
        try orBreak { () throws(LookBackError) in
            for segment in old { try folder.remove(segment.name) }
            for gap in unreadable { try folder.remove(String(gap.file.split(separator: "/").last ?? "")) }
            try folder.sync()
        }
        segments.removeAll { $0.day < first }
        missing.removeAll { unreadable.contains($0) }
        return old.reduce(0) { $0 + $1.body.count }
    }
}

/// What must be overwritten in one body so that nothing is left of a space or an actor in it.
struct Deletion {
    private(set) var count = 0
    /// Places are those of the body.
    private(set) var patches: [Patch] = []

    init(of subject: LookBackSubject, in body: Body) throws(LookBackError) {
        let (column, wanted): (Names.Column, Names.Name) =
            switch subject {
            case .space(let platform, let space): (.spaces, .init(platform: platform.rawValue, text: space.rawValue))
            case .actor(let platform, let actor): (.actors, .init(platform: platform.rawValue, text: actor.rawValue))
            }
        let other: Names.Column = column == .spaces ? .actors : .spaces
        let names = try Names(of: body)
        let subjects = try names.all(column)
        guard let number = subjects.firstIndex(where: { $0.name == wanted }) else { return }
        var uses = [Int](repeating: 0, count: names.count(other))
        var touched: Set<Int> = []
        let step = 256
        for start in stride(from: 0, to: body.blocks, by: step) {
            let outlines = try body.outlines(of: start..<min(start + step, body.blocks))
            for (entry, record) in outlines.enumerated() where !record.isDeleted {
                let (mine, others) = column == .spaces ? (record.space, record.actor) : (record.actor, record.space)
                guard others < uses.count else { throw body.damaged("a record names what its names do not have") }
                guard mine == number else {
                    uses[others] += 1
                    continue
                }
                count += 1
                touched.insert(others)
                patches.append(Patch(at: (start * RecordBlock.count + entry) * Body.hashSize, zeros: Body.hashSize))
                let head = RecordBlock.deletedHead(length: record.place.count)
                patches.append(Patch(at: record.place.lowerBound, head: head, zeros: record.place.count - head.count))
            }
        }
        // The name itself, and names that nothing else is known of.
        let orphans = touched.filter { uses[$0] == 0 }
        var places = [subjects[number].place]
        if !orphans.isEmpty {
            let others = try names.all(other)
            places += orphans.map { others[$0].place }
        }
        for place in places where !place.isEmpty { patches.append(Patch(at: place.lowerBound, zeros: place.count)) }
    }

    /// The patches of a file, with those of its checksums.
    func patches(of file: CheckedFile) throws(LookBackError) -> [Patch] {
        var chunks: [Int: [Int]] = [:]
        for (number, patch) in patches.enumerated() {
            for chunk in patch.place / CheckedFile.chunk...(patch.place + patch.count - 1) / CheckedFile.chunk {
                chunks[chunk, default: []].append(number)
            }
        }
        var all = patches.map { $0.moved(by: file.base) }
        for (chunk, numbers) in chunks.sorted(by: { $0.key < $1.key }) {
            let bounds = file.bounds(of: chunk)
            try file.check(bounds)
            var bytes = try file.file.read(bounds.count, at: file.base + bounds.lowerBound)
            for number in numbers {
                for (offset, byte) in patches[number].bytes.enumerated() {
                    let place = patches[number].place + offset
                    if bounds.contains(place) { bytes[place - bounds.lowerBound] = byte }
                }
            }
            var checksum: [UInt8] = []
            checksum.appendFixed(CRC32C.of(bytes))
            all.append(Patch(at: file.checksumPlace(of: chunk), head: checksum, zeros: 0))
        }
        return all
    }
}

extension Patch {
    var count: Int { Int(headBytes) + Int(zeros) }

    func moved(by offset: Int) -> Patch {
        var patch = self
        patch.place += offset
        return patch
    }
}
