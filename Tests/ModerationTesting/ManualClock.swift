// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
import Synchronization

/// A clock that moves only when a test moves it.
package final class ManualClock: Sendable {
    private let time: Mutex<Date>

    package init(_ start: Date = .start) { time = Mutex(start) }

    package var now: Date { time.withLock { $0 } }

    package func advance(by seconds: Double) { time.withLock { $0 += seconds } }
}
