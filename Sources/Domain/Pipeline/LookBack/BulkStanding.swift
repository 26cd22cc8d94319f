// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// What the banks say at the moment in which an item's turn comes.
///
/// Between preview and turn a fingerprint may be withdrawn, expire or be overruled by a harmless one; then nothing is done for it.
package struct BulkStanding: Sendable {
    /// Whether the fingerprint that a query looks for is verified now.
    package var stands: @Sendable (SweepRequest.Query) -> Bool
    /// Whether a file is a copy of one of the fingerprints now.
    package var confirms: @Sendable (ExaminedMedia, [SweepRequest.Query]) -> Bool

    package init(
        stands: @escaping @Sendable (SweepRequest.Query) -> Bool,
        confirms: @escaping @Sendable (ExaminedMedia, [SweepRequest.Query]) -> Bool
    ) {
        self.stands = stands
        self.confirms = confirms
    }

    package init(_ banks: Banks) {
        self.init(stands: { banks.stands($0) }, confirms: { banks.confirms($0, as: $1) })
    }
}
