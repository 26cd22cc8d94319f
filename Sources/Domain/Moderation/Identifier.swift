// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A name that cannot be mistaken for the name of another kind of thing.
package struct Identifier<Subject>: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
}

extension Identifier: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension Identifier: CustomStringConvertible {
    package var description: String { rawValue }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// What makes one platform differ from another: `matrix`, `api` or the name of a generic connector.
package enum Platform {}
/// A person who works in the console, or a program that calls the API.
package enum Account {}
/// A citable text of a policy.
package enum Clause {}
/// One unit of human work that can be leased.
package enum WorkItemTag {}
/// A group of reports and items that belong together.
package enum CaseTag {}
/// A complaint by a person.
package enum ReportTag {}
/// Preserved bytes.
package enum EvidenceTag {}
/// A known hash in a bank.
package enum FingerprintTag {}

package typealias PlatformID = Identifier<Platform>
package typealias EventID = Identifier<Event>
package typealias SpaceID = Identifier<Space>
package typealias ActorID = Identifier<Actor>
package typealias ItemID = Identifier<Item>
package typealias MediaID = Identifier<Media>
package typealias AccountID = Identifier<Account>
package typealias ClauseID = Identifier<Clause>
package typealias DecisionID = Identifier<Decision>
package typealias ActionID = Identifier<Action>
package typealias CaseID = Identifier<CaseTag>
package typealias WorkItemID = Identifier<WorkItemTag>
package typealias ReportID = Identifier<ReportTag>
package typealias EvidenceID = Identifier<EvidenceTag>
package typealias FingerprintID = Identifier<FingerprintTag>
