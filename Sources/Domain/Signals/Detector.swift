// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Notices one kind of thing in an event. It cannot be handed anything but a `PublicEvent`.
package protocol Detector: Sendable {
    /// Signals under their declared names: one for every declaration that this detector serves.
    func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal]

    /// What one run takes. Above cheap, it runs only when rules are still open on one of its signals.
    var cost: SignalCost { get }
    /// The declared names that it serves; only asked of detectors that are not cheap.
    var signalNames: Set<String> { get }
}

extension Detector {
    package var cost: SignalCost { .cheap }
    package var signalNames: Set<String> { [] }
}

/// All detectors, cheapest first.
package struct Detectors: Sendable {
    private let cheap: [any Detector]
    private let dear: [any Detector]

    package init(_ detectors: [any Detector]) {
        cheap = detectors.filter { $0.cost == .cheap }
        dear = detectors.filter { $0.cost > .cheap }
    }

    /// What the cheap detectors notice.
    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        cheap.flatMap { $0.detect(in: event, media: media) }
    }

    /// Whether any signal is left for `detect(_:in:media:)`.
    package var haveDear: Bool { !dear.isEmpty }

    /// What the detector that serves a declared name notices, its other signals too; empty when there is none.
    package func detect(_ name: String, in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        dear.first { $0.signalNames.contains(name) }?.detect(in: event, media: media) ?? []
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
