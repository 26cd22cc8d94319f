// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: labels on actors and spaces.
///
/// Labels that decisions put on or take off are written with the decision. What a person has said about a label stands until it
/// expires: rules neither change it nor put on again what a person took off.
package protocol LabelStore: Sendable {
    /// Labels in force at a time.
    func labels(on subjects: [LabelSubject], at time: Date) async throws -> [Label]
    /// All labels in force, by name if one is given, the latest first.
    func labels(named name: String?, at time: Date, limit: Int) async throws -> [Label]
    /// Puts a label on, or takes it off, in a person's name, with a ledger entry.
    func set(_ label: Label, isOn: Bool, ledger: [LedgerEntry]) async throws
}
