// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Notices one kind of thing in an event, in microseconds. It cannot be handed anything but a `PublicEvent`.
package protocol Detector: Sendable {
    /// Signals under their declared names: one for every declaration that this detector serves.
    func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal]
}

/// Notices what takes milliseconds or another machine: asked only while rules are still open on one of its signals.
package protocol DearDetector: Sendable {
    /// The declared names that it serves.
    var signalNames: Set<String> { get }

    /// The signal of one declaration; others that come with it may stand beside it. It answers by the deadline: what is not known by
    /// then is unknown, with the reason.
    func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal]
}

/// All detectors.
package struct Detectors: Sendable {
    private let cheap: [any Detector]
    private let dear: [any DearDetector]

    package init(_ cheap: [any Detector], dear: [any DearDetector] = []) {
        self.cheap = cheap
        self.dear = dear
    }

    /// What the cheap detectors notice.
    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        cheap.flatMap { $0.detect(in: event, media: media) }
    }

    /// Whether any signal is left for the dear ones.
    package var haveDear: Bool { !dear.isEmpty }

    /// What the detector that serves a declaration notices, its other signals too; empty when there is none.
    package func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        await dear.first { $0.signalNames.contains(declaration.name) }?
            .detect(declaration, in: event, media: media, until: deadline) ?? []
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
