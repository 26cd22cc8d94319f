// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// The rules that events are judged by, of which there may be others in the next moment: whoever works on an event asks once.
package final class LiveRulebook: Sendable {
    private let rulebook: Mutex<Rulebook>

    package init(_ rulebook: Rulebook) { self.rulebook = Mutex(rulebook) }

    package var current: Rulebook { rulebook.withLock { $0 } }

    /// From now on; events in work finish with the rules that they began with.
    package func replace(with other: Rulebook) { rulebook.withLock { $0 = other } }
}
