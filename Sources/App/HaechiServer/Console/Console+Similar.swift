// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Signals

/// Items with pictures that look like those of a case: where, by whom and when. For looking further; nothing follows from it.
extension Console {
    func showSimilar(_ visit: ConsoleRequest) async throws -> Response {
        guard let similar = ports.similar else { throw ConsoleRefusal.notFound }
        let file = try await caseFile(visit)
        // As with the material itself: whoever holds the case.
        guard let lease = Self.lease(file, at: visit.now), lease.holder == visit.visitor?.account.id else {
            throw ConsoleRefusal.notHolder
        }
        guard let item = file.case.target.item else { throw ConsoleRefusal.notFound }
        var values: [String: Any] = ["path": Shown.path(file.case.id.rawValue), "isMissing": false, "isEmpty": false]
        if let matches = try await similar(item, file.case.target.platform) {
            values["isEmpty"] = matches.isEmpty
            values["matches"] = matches.map { match in
                [
                    "item": match.item.rawValue, "space": match.space.rawValue, "actor": match.actor?.rawValue ?? "",
                    "at": Shown.moment(match.at, at: visit.now, visit.language),
                    "closeness": ConsoleStrings.text("signals.closeness.\(match.closeness.rawValue)", visit.language),
                ] as [String: Any]
            }
            values["hasMatches"] = !matches.isEmpty
        } else {
            values["isMissing"] = true
        }
        return pages.render("similar", visit, title: "title.similar", values)
    }
}
