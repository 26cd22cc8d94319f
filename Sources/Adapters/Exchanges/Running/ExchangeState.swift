// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The small texts that exchanges keep between rounds; the same place that `BankDesk.take` writes its checkpoint to.
package struct ExchangeState: Sendable {
    package var load: @Sendable (_ key: String) async throws -> String?
    package var save: @Sendable (_ key: String, _ value: String) async throws -> Void

    package init(
        load: @escaping @Sendable (_ key: String) async throws -> String?,
        save: @escaping @Sendable (_ key: String, _ value: String) async throws -> Void
    ) {
        self.load = load
        self.save = save
    }
}

/// What is kept of an exchange's reading: its checkpoint, and what that is worth.
struct StoredCheckpoint {
    /// Which list it belongs to: with another address or group, reading begins anew.
    var list: String
    /// When it was current, in seconds.
    var at: Int
    /// Whether all is being read again, so that what does not come any more is taken back at the end.
    var isSweep: Bool
    var value: String?

    init(list: String, at: Int, isSweep: Bool, value: String?) {
        self.list = list
        self.at = at
        self.isSweep = isSweep
        self.value = value
    }

    init?(_ text: String?) {
        guard let text else { return nil }
        let members = CheckpointText(text)
        guard let list = members[text: "list"], let at = members["at"] else { return nil }
        self.init(list: list, at: at, isSweep: members["sweep"] == 1, value: members[text: "value"])
    }

    var text: String {
        var members = CheckpointText(nil)
        members[text: "list"] = list
        members["at"] = at
        members["sweep"] = isSweep ? 1 : 0
        members[text: "value"] = value
        return members.text
    }
}
