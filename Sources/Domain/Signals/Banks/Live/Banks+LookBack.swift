// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing

/// What a bulk decision asks before it does anything to an item: time has passed since the copies were looked for.
extension Banks {
    /// Whether the fingerprint of a query is in the banks as verified now: neither withdrawn, expired, held nor overruled.
    package func stands(_ query: SweepRequest.Query) -> Bool {
        let (view, hash) = (view, query.hash)
        let hits =
            query.kind == .pdq
            ? view.pictures(near: .probes(hash, quality: 100), within: 0) : view.files(query.kind, hash.hex) ?? []
        return hits.contains { $0.key == query.key && trust(of: $0) == .verified }
    }

    /// Whether a file is, as the banks stand now, a copy of what one of the queries looks for.
    package func confirms(_ file: ExaminedMedia, as queries: [SweepRequest.Query]) -> Bool {
        let view = view
        guard let exact = file.sha256.map({ view.files(.sha256, $0) }) ?? [] else { return false }
        let radii = Dictionary(queries.map { ($0.key, $0.radius) }, uniquingKeysWith: max)
        // The picture as it was seen: that a video shows it somewhere is for a person.
        let near = view.hits(near: file.facts, within: radii.values.max()).whole
        return (exact + near).contains { hit in
            radii[hit.key].map { hit.distance <= $0 } ?? false && trust(of: hit) == .verified
        }
    }
}
