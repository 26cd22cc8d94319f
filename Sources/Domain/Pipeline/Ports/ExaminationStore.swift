// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: what was found in cases for their reviewers. A commit that adds evidence to a case makes it wait for an examination, in the
/// same transaction; destroying the last of its evidence takes the examination along.
package protocol ExaminationStore: Sendable {
    /// Open cases that wait for an examination, the most urgent first, then the oldest.
    func waitingExaminations(dueBy: Date, limit: Int) async throws -> [CaseID]
    /// Keeps it in place of an earlier one. The case goes on waiting when more evidence has come meanwhile.
    func record(_ examination: CaseExamination) async throws
    /// Tries again later; after the given number of attempts it is given up.
    func postponeExamination(of id: CaseID, until: Date, attempts: Int) async throws
    func examination(of id: CaseID) async throws -> CaseExamination?
}
