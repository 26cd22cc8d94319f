// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
import Signals

/// Packs records and their index, block by block.
struct BodyEncoder {
    /// Records that are packed; taken away by who writes them to a file meanwhile.
    var records: [UInt8] = []
    private(set) var index: [UInt8] = []
    /// Bytes of records so far, those taken away included.
    private(set) var recordBytes = 0
    private var block: [Record?] = []

    mutating func add(_ record: Record?) {
        block.append(record)
        if block.count == RecordBlock.count { flush() }
    }

    /// Packs what is left of the last block.
    mutating func flush() {
        guard !block.isEmpty else { return }
        let before = records.count
        index += RecordBlock(block, at: recordBytes, into: &records).entry
        recordBytes += records.count - before
        block.removeAll(keepingCapacity: true)
    }
}

extension Body {
    /// The body of sightings that are all of one day.
    static func encode(_ sightings: [Sighting]) -> (count: Int, recordBytes: Int, nameBytes: Int, bytes: [UInt8]) {
        var names = NamesBuilder()
        let numbers = sightings.map {
            (
                space: names.space(.init(platform: $0.platform.rawValue, text: $0.space.rawValue)),
                actor: names.actor(.init(platform: $0.platform.rawValue, text: $0.actor.rawValue))
            )
        }
        let built = names.build()
        var encoder = BodyEncoder()
        var bytes: [UInt8] = []
        for (sighting, number) in zip(sightings, numbers) {
            let words = sighting.hash.words
            for word in [words.0, words.1, words.2, words.3] { bytes.appendFixed(word) }
            encoder.add(
                Record(
                    isExact: sighting.kind != .pdq, media: max(0, sighting.mediaIndex), space: built.spaces[number.space],
                    actor: built.actors[number.actor], time: place(of: sighting.at).time, item: ItemCode(sighting.item.rawValue)))
        }
        encoder.flush()
        bytes += encoder.records + encoder.index + built.bytes
        return (sightings.count, encoder.recordBytes, built.bytes.count, bytes)
    }
}
