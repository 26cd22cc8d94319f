// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An event that may be read by detectors: its space is public and not encrypted now.
///
/// There is no other way to make one than to pass the gate, so a detector cannot be handed a private message.
package struct PublicEvent: Hashable, Sendable {
    package let event: Event

    /// The gate: nil unless the event itself and what is known of its space *now* both say public.
    ///
    /// - Parameter now: the space's current privacy class; nil when nothing is known of it, and then the event's word decides.
    package init?(_ event: Event, whileSpaceIs now: PrivacyClass?) {
        guard event.space.privacy == .public, (now ?? .public) == .public else { return nil }
        self.event = event
    }
}
