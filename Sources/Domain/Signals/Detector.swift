// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Notices one kind of thing in an event. It cannot be handed anything but a `PublicEvent`.
package protocol Detector: Sendable {
    /// Signals under their declared names: one for every declaration that this detector serves.
    func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal]
}

/// All detectors, cheapest first.
package struct Detectors: Sendable {
    private let detectors: [any Detector]

    package init(_ detectors: [any Detector]) { self.detectors = detectors }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        detectors.flatMap { $0.detect(in: event, media: media) }
    }
}

/// How long a piece of work took, in whole microseconds.
func measured<Result>(_ work: () -> Result) -> (Result, microseconds: Int) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = work()
    let took = (clock.now - start).components
    return (result, Int(took.seconds) * 1_000_000 + Int(took.attoseconds / 1_000_000_000_000))
}
