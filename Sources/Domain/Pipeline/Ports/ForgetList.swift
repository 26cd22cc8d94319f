// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

package import struct Foundation.Date

/// Port: whom the indexes of look-alikes are to forget.
///
/// An index may be closed, locked or broken when it is asked, and that must keep nobody from leaving: what it is to forget is written
/// down here, and stays until it has done so. A store that records that a space is not public any more writes it down in the same
/// transaction.
///
/// Whom it is to forget is kept for an index that may never be opened again, and names people who asked to be gone: so it is kept for a
/// limited time only, and an index that is opened later begins anew.
package protocol ForgetList: Sendable {
    /// From now on it is written down whom this index is to forget; asked again, that it is in use. When nobody asks again until then, the
    /// index is given up, with what was written down for it.
    ///
    /// - Returns: whether it was written down all the time until now; if not, what the index holds must go.
    func keepIndex(_ name: String, at now: Date, until: Date) async throws -> Bool
    /// It holds nothing any more.
    func dropIndex(_ name: String) async throws
    /// Gives up all whose time is over.
    func giveUpIndexes(at now: Date) async throws
    func indexes() async throws -> Set<String>

    /// Writes it down for every index there is; cases that wait to be looked at will not bring it back. Durable on return.
    func note(_ subject: LookAlikeSubject) async throws
    func toForget(by index: String, limit: Int) async throws -> [LookAlikeSubject]
    func forgot(_ subjects: [LookAlikeSubject], by index: String) async throws
}
