// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Reports, items and actors that belong together and want one judgement.
package struct Case: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable { case open, closed }

    package var id: CaseID
    /// What it is about; reports about the same item join the same open case.
    package var target: Target
    package var state: State
    package var openedAt: Date
    package var closedAt: Date?
    /// Higher is more urgent: 0 ordinary, 50 reported, 100 intimate imagery.
    package var priority: Int
    /// Why it was opened, for people; without content.
    package var reason: String
    /// The privacy class of its space: what came in by a report from a private space is visible inside this case only.
    package var privacy: PrivacyClass
    /// The decision that closed it.
    package var decision: DecisionID?

    package init(
        id: CaseID, target: Target, state: State = .open, openedAt: Date, closedAt: Date? = nil, priority: Int, reason: String,
        privacy: PrivacyClass, decision: DecisionID? = nil
    ) {
        self.id = id
        self.target = target
        self.state = state
        self.openedAt = openedAt
        self.closedAt = closedAt
        self.priority = priority
        self.reason = reason
        self.privacy = privacy
        self.decision = decision
    }

    /// Two openings with the same key are the same case while it is open.
    package static func key(for target: Target) -> String {
        // Some platforms number items anew in every space.
        let space = target.space?.rawValue ?? ""
        if let item = target.item { return "\(target.platform)|item|\(space)|\(item)" }
        if let actor = target.actor { return "\(target.platform)|actor|\(actor)" }
        return "\(target.platform)|space|\(space)"
    }
}

/// Someone says something is wrong.
package struct Report: Hashable, Sendable, Codable {
    package var id: ReportID
    package var platform: PlatformID
    /// The platform's own id of the report: a second delivery is recognised by it.
    package var externalID: String
    package var target: Target
    package var reporter: ActorID?
    /// The reporter's words, as given.
    package var text: String
    package var category: String
    package var at: Date
    package var privacy: PrivacyClass

    package init(
        id: ReportID, platform: PlatformID, externalID: String, target: Target, reporter: ActorID?, text: String,
        category: String,
        at: Date, privacy: PrivacyClass
    ) {
        self.id = id
        self.platform = platform
        self.externalID = externalID
        self.target = target
        self.reporter = reporter
        self.text = text
        self.category = category
        self.at = at
        self.privacy = privacy
    }

    /// How urgent its case is: intimate imagery comes first, whatever the platform calls it.
    package var priority: Int {
        let words = ["ncii", "intimate", "deepfake"]
        return words.contains { category.lowercased().contains($0) } ? 100 : 50
    }
}
