// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a person said last of an item.
package enum Judgement: String, Hashable, Sendable, CaseIterable {
    case violation, noViolation = "no-violation"
}
