// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Which events a canary rule acts on: always the same ones, whatever process asks and however often.
package enum CanaryShare {
    /// - Parameter percent: 0 to 100.
    package static func includes(rule: String, event: Event, percent: Int) -> Bool {
        var hash = ContentHash()
        hash.add(rule)
        hash.add(event.platform.rawValue)
        hash.add(event.id.rawValue)
        // The low bits of FNV mix poorly over similar ids: fold the high ones in.
        return (hash.value ^ (hash.value >> 29)) % 100 < UInt64(max(0, percent))
    }
}
