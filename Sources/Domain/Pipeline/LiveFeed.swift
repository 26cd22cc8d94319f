// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Tells open pages what has just happened, without content.
package actor LiveFeed {
    package enum Update: Hashable, Sendable {
        case event(EventID, platform: PlatformID, state: EventState)
        case action(ActionID, effect: EffectKind, state: ActionState)
        case caseChanged(String)
        /// A rule was loaded, promoted or stopped, or the switch was turned.
        case rulesChanged
    }

    private var subscribers: [Int: AsyncStream<Update>.Continuation] = [:]
    private var next = 0

    package init() {}

    /// Updates from now on; a slow reader loses the oldest ones, since a page that is told "something changed" asks anew.
    package func updates() -> AsyncStream<Update> {
        let id = next
        next += 1
        let (stream, continuation) = AsyncStream.makeStream(of: Update.self, bufferingPolicy: .bufferingNewest(64))
        continuation.onTermination = { [weak self] _ in
            Task { await self?.unsubscribe(id) }
        }
        subscribers[id] = continuation
        return stream
    }

    package func publish(_ update: Update) {
        for continuation in subscribers.values { continuation.yield(update) }
    }

    package func close() {
        for continuation in subscribers.values { continuation.finish() }
        subscribers = [:]
    }

    private func unsubscribe(_ id: Int) { subscribers[id] = nil }
}
