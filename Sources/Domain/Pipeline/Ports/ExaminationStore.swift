// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: what was found in cases for their reviewers. A commit that adds evidence to a case makes it wait for an examination, in the
/// same transaction; destroying evidence takes along what was found in it.
package protocol ExaminationStore: Sendable {
    /// Open cases that wait for an examination, the most urgent first, then the oldest.
    func waitingExaminations(dueBy: Date, limit: Int) async throws -> [CaseID]
    /// Takes one that waits and is due, so that nobody else does before a time; false when somebody has.
    func claimExamination(of id: CaseID, dueBy: Date, until: Date) async throws -> Bool
    /// True for the first who asks of a case: indexes of look-alikes are told of it once, so that what they forget does not come back with
    /// a later look. False, too, when it was closed, or what it is about was to be forgotten, before that.
    func tellOnce(of id: CaseID) async throws -> Bool
    /// Keeps it in place of an earlier one. The case goes on waiting when more evidence has come meanwhile; when some has gone, nothing is
    /// kept, and it waits.
    func record(_ examination: CaseExamination) async throws
    /// Tries again later; after the given number of attempts it is given up, and the examination says so.
    ///
    /// - Parameter attempts: nil when this was none.
    /// - Returns: whether it was given up.
    func postponeExamination(of id: CaseID, until: Date, attempts: Int?) async throws -> Bool
    func examination(of id: CaseID) async throws -> CaseExamination?
}
