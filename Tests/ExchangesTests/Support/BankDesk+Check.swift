// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

extension BankDesk {
    /// The desks of these tests take everything that is spelled right, which is the reader's business.
    func check(_ records: [FingerprintRecord], bank: String, source: String) async throws(BankError) -> [RefusedRecord] { [] }
}
