// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline

@testable import Connectors

/// Keeps what connectors hand in, in order, and can fail on demand.
actor RecordingIntake: Intake {
    enum Call: Hashable, Sendable {
        case events([EventID])
        case space(SpaceID, PrivacyClass)
        case report(String)
    }

    struct Full: Error {}

    private(set) var calls: [Call] = []
    private(set) var events: [Event] = []
    private(set) var reports: [IncomingReport] = []
    private var failures = 0
    private var poison: EventID?

    func failNext(_ times: Int) { failures = times }
    func refuse(_ id: EventID) { poison = id }

    private func check() throws {
        if failures > 0 {
            failures -= 1
            throw Full()
        }
    }

    func accept(_ events: [Event]) async throws -> [Acceptance] {
        try check()
        if let poison, events.contains(where: { $0.id == poison }) { throw Full() }
        calls.append(.events(events.map(\.id)))
        self.events += events
        return events.map { $0.space.privacy == .public ? .accepted(sequence: 1) : .dropped }
    }

    func spaceChanged(_ space: Space, on platform: PlatformID, at: Date) async throws {
        try check()
        calls.append(.space(space.id, space.privacy))
    }

    func accept(_ report: IncomingReport) async throws -> CaseID? {
        try check()
        calls.append(.report(report.report.externalID))
        reports.append(report)
        return "case"
    }

    func verdict(on event: Event, until deadline: ContinuousClock.Instant) async throws -> InlineVerdict { .allow }
}

actor MemoryState: StateStore, UploadStore {
    private var values: [String: String] = [:]
    private var uploads: [String: [UInt8]] = [:]

    func state(_ key: String) -> String? { values[key] }
    func setState(_ key: String, to value: String) { values[key] = value }
    func putUpload(_ bytes: [UInt8], sha256: String, at: Date) { uploads[sha256] = bytes }
    func upload(sha256: String) -> [UInt8]? { uploads[sha256] }
    func deleteUploads(before: Date) -> Int { 0 }
}

/// Time that passes only by waiting, and remembers how long was waited.
actor Waits {
    private(set) var seconds: [Double] = []
    func add(_ duration: Duration) {
        seconds.append(Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }
}

extension Timing {
    static func still(_ waits: Waits = Waits(), random: Double = 0.5, now: Date = Date(timeIntervalSince1970: 1_795_354_100))
        -> Timing
    {
        Timing(now: { now }, sleep: { await waits.add($0) }, random: { random })
    }
}

/// Asks until it is true; fails by throwing after a minute, for the machine may be busy with all tests at once.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverTrue() }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct NeverTrue: Error {}
