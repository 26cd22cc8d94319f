// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date
package import struct Foundation.TimeInterval

/// One unit of human work: a case to be judged, and who holds it.
package struct WorkItem: Hashable, Sendable, Codable {
    package var id: WorkItemID
    package var caseID: CaseID
    package var lease: Lease?
    package var doneAt: Date?

    package init(id: WorkItemID, caseID: CaseID, lease: Lease? = nil, doneAt: Date? = nil) {
        self.id = id
        self.caseID = caseID
        self.lease = lease
        self.doneAt = doneAt
    }
}

/// Who holds a work item until when.
///
/// The token grows with every new holder (a fencing token): a decision sent with an old token is refused, so a moderator
/// who lost the lease while away cannot overwrite the judgement of the one who took over.
package struct Lease: Hashable, Sendable, Codable {
    package var holder: AccountID
    package var until: Date
    package var token: Int64

    package init(holder: AccountID, until: Date, token: Int64) {
        self.holder = holder
        self.until = until
        self.token = token
    }

    /// How long a lease lasts without a heartbeat.
    package static let duration: TimeInterval = 120
}

/// A decision may only be written by who holds the lease.
package struct LeaseGuard: Hashable, Sendable {
    package var workItem: WorkItemID
    package var holder: AccountID
    package var token: Int64

    package init(workItem: WorkItemID, holder: AccountID, token: Int64) {
        self.workItem = workItem
        self.holder = holder
        self.token = token
    }
}
