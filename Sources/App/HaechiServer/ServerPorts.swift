// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation
package import Pipeline
package import Records
package import Signals

package import struct Foundation.Date

/// What the server needs of the rest of Haechi: ports only, wired by the executable.
package struct ServerPorts: Sendable {
    package var intake: any Intake
    package var desk: any ReviewDesk
    package var events: any EventStore
    package var commits: any CommitStore
    package var actions: any ActionStore
    package var cases: any CaseStore
    package var ledger: any LedgerStore
    package var banks: any BankDesk
    /// Looks at media that programs send to be hashed.
    package var inspector: any MediaInspector
    /// Fetches an address that a program names, at most so many bytes, with the same care as media of events.
    package var fetch: @Sendable (String, Int) async throws(ConnectorError) -> [UInt8]
    /// Nil when nothing is looked back at.
    package var bulks: (any BulkDesk)?
    /// Has all sightings of somebody or in some space deleted; nil when this process does not keep them.
    package var forget: (@Sendable (LookBackSubject) async throws -> Void)?
    package var uploads: any UploadStore
    package var accounts: any AccountStore
    package var feed: LiveFeed
    /// Nil in tests without rules.
    package var rules: (any RuleDesk)?
    package var labels: LabelService?
    /// What was found in cases for their reviewers; nil where nothing looks into them.
    package var examinations: (any ExaminationStore)?
    /// What looks like the pictures of an item, nearest first; nil for an item that is not in the index, and where there is none.
    package var similar: (@Sendable (ItemID, PlatformID) async throws -> [LookAlikeMatch]?)?
    /// How the optional signals are: models, reading of pictures, signed provenance.
    package var signals: @Sendable () async -> [SignalStanding] = { [] }
    /// What the index of look-alikes holds and did; nil where there is none.
    package var lookAlikes: @Sendable () async -> LookAlikeNumbers? = { nil }
    package var workers: @Sendable () async -> [WorkerStanding] = { [] }
    /// What is wrong with the policy files as they are now, while the ones before are used; empty when they are right.
    package var policyProblems: @Sendable () -> [String] = { [] }
    private var readClauses: @Sendable () -> ClauseCatalogue
    /// HTTP surfaces of connectors, such as Matrix's application service.
    package var endpoints: [any InboundEndpoint]
    /// Problems that keep the server from being ready, in plain words; empty when ready.
    package var readiness: @Sendable () async -> [String]
    package var now: @Sendable () -> Date

    package init(
        intake: any Intake, desk: any ReviewDesk, events: any EventStore, commits: any CommitStore, actions: any ActionStore,
        cases: any CaseStore, ledger: any LedgerStore, banks: any BankDesk, inspector: any MediaInspector,
        fetch: @escaping @Sendable (String, Int) async throws(ConnectorError) -> [UInt8], bulks: (any BulkDesk)? = nil,
        forget: (@Sendable (LookBackSubject) async throws -> Void)? = nil, uploads: any UploadStore,
        accounts: any AccountStore, feed: LiveFeed, clauses: @escaping @autoclosure @Sendable () -> ClauseCatalogue,
        endpoints: [any InboundEndpoint],
        readiness: @escaping @Sendable () async -> [String], now: @escaping @Sendable () -> Date
    ) {
        self.intake = intake
        self.desk = desk
        self.events = events
        self.commits = commits
        self.actions = actions
        self.cases = cases
        self.ledger = ledger
        self.banks = banks
        self.inspector = inspector
        self.fetch = fetch
        self.bulks = bulks
        self.forget = forget
        self.uploads = uploads
        self.accounts = accounts
        self.feed = feed
        self.readClauses = clauses
        self.endpoints = endpoints
        self.readiness = readiness
        self.now = now
    }

    /// Of the policies that are used now.
    package var clauses: ClauseCatalogue { readClauses() }
}
