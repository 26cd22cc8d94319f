// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookBackFiles
import PerceptualHashing
import Signals
import Synchronization

/// A folder of its own that goes with the test.
final class Ground: Sendable {
    let path: String

    init() { path = FileManager.default.temporaryDirectory.appending(path: "look-back-\(UUID().uuidString)").path }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func files(_ suffix: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(suffix) }.sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    }

    func copy() throws -> Ground {
        let copy = Ground()
        try FileManager.default.copyItem(atPath: path, toPath: copy.path)
        return copy
    }

    func open(sealAt: Int = 262_144, joinUpTo: Int = 8_388_608) throws -> LookBackFiles {
        var options = LookBackFiles.Options()
        options.sealAt = sealAt
        options.joinUpTo = joinUpTo
        return try LookBackFiles(directory: path, options: options)
    }
}

extension LookBack {
    /// Everything that a sweep finds, and its last word.
    func found(_ request: SweepRequest, after place: SweepPlace? = nil) async throws -> (Set<SweepMatch>, SweepProgress?) {
        let matches = Mutex<[SweepMatch]>([])
        let last = Mutex<SweepProgress?>(nil)
        try await sweep(request, after: place) { progress in
            last.withLock { $0 = progress }
        } found: { part in
            matches.withLock { $0 += part }
        }
        return (Set(matches.withLock { $0 }), last.withLock { $0 })
    }

    func append(_ sightings: [Sighting], from sequence: Int64) async throws {
        try await append(sightings.enumerated().map { (sequence + Int64($0), $1) })
    }

    /// All that it holds: every hash is within 256 bits of another, but a sweep goes no further than 63, so each is asked for.
    func holds(_ sightings: [Sighting]) async throws -> Set<Sighting> {
        let queries = sightings.enumerated().map {
            SweepRequest.Query(key: Int64($0), kind: $1.kind, hash: $1.hash, radius: 0)
        }
        return Set(try await found(SweepRequest(queries: queries)).0.map(\.sighting))
    }
}

/// What a sweep must find, by the plainest means.
func plainSweep(_ sightings: [Sighting], _ request: SweepRequest) -> Set<SweepMatch> {
    var matches: Set<SweepMatch> = []
    for sighting in sightings where sighting.at >= request.since ?? .distantPast {
        for query in request.queries where query.kind == sighting.kind {
            let distance = query.hash.distance(to: sighting.hash)
            if distance <= (query.kind == .pdq ? query.radius : 0) {
                matches.insert(SweepMatch(query: query.key, distance: distance, sighting: sighting))
            }
        }
    }
    return matches
}
