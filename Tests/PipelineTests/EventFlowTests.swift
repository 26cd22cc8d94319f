// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Storage
import Synchronization
import Testing

@Suite("An event through the flow")
struct EventFlowTests {
    @Test("a verified picture is sealed, removed and quarantined, and each step is in the ledger")
    func knownPicture() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        let answers = try await flow.intake.accept([.sample(media: [picture])])
        #expect(answers == [.accepted(sequence: 1)])
        await flow.settle()

        #expect(try await flow.state(of: "e1") == .decided)
        let decision = try #require(try await flow.store.decisions(limit: 10).first)
        #expect(decision.clause == "t.1")
        #expect(decision.explanations.first?.rule.id == "known-file")
        let actions = try await flow.store.actions(of: decision.id)
        #expect(Set(actions.map(\.effect.kind)) == [.remove, .quarantine])
        #expect(actions.allSatisfy { $0.state == .done && $0.verifiedAt != nil })
        let kinds = try await flow.ledgerKinds()
        #expect(kinds.filter { $0 == "evidence.sealed" }.count == 2)  // the item and its picture
        let sealed = try #require(kinds.firstIndex(of: "evidence.sealed"))
        let done = try #require(kinds.firstIndex(of: "action.done"))
        #expect(sealed < done)
    }

    @Test("a harmless message is cleared and its content is gone from the database")
    func cleared() async throws {
        let flow = try await Flow()
        let canary = "canary-\(UUID().uuidString)"
        _ = try await flow.intake.accept([.sample(text: canary)])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .cleared)
        #expect(await databaseContains(canary, in: flow) == false)
    }

    @Test("private and encrypted events are dropped and leave no trace", arguments: [PrivacyClass.private, .encrypted])
    func dropped(privacy: PrivacyClass) async throws {
        let flow = try await Flow()
        let canary = "canary-\(UUID().uuidString)"
        let answers = try await flow.intake.accept([.sample(privacy: privacy, text: canary)])
        #expect(answers == [.dropped])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == nil)
        #expect(await databaseContains(canary, in: flow) == false)
    }

    @Test("what is queued from a space that turns private is withdrawn unread")
    func withdrawn() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        let canary = "canary-\(UUID().uuidString)"
        _ = try await flow.intake.accept([.sample(text: canary, media: [picture])])
        try await flow.intake.spaceChanged(Space(id: "lobby", privacy: .private), on: "test", at: .start + 1)
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .withdrawn)
        #expect(flow.connector.state.withLock { $0.fetched.isEmpty }, "its media was looked at")
        #expect(flow.connector.performed.isEmpty)
        // A late delivery from before the change is not taken either.
        #expect(try await flow.intake.accept([.sample(id: "e2", at: .start)]) == [.dropped])
        #expect(await databaseContains(canary, in: flow) == false)
    }

    @Test("no event is concluded before what it may ask is ready", .timeLimit(.minutes(1)))
    func waitsUntilReady() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let flow = try await Flow(ready: {
            begin.yield()
            for await _ in released { break }
        })
        _ = try await flow.intake.accept([.sample()])
        let running = Task { try await flow.worker.run() }
        for await _ in begun { break }
        #expect(try await flow.state(of: "e1") == .queued)
        release.yield()
        while try await flow.state(of: "e1") != .cleared { await Task.yield() }
        running.cancel()
        try await running.value
    }

    @Test("the same event delivered twice is one event")
    func duplicate() async throws {
        let flow = try await Flow()
        _ = try await flow.intake.accept([.sample()])
        #expect(try await flow.intake.accept([.sample()]) == [.duplicate])
    }

    @Test("a hash that nobody has confirmed opens a case and removes nothing", arguments: [Trust.claimed, .probation])
    func unconfirmed(trust: Trust) async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: trust)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.cases(.open, limit: 10).count == 1)
    }

    @Test("a benign hash wins over a verified one")
    func benign() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.picture("p", bytes: "pattern", trust: .benign)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .cleared)
    }

    @Test("a picture that cannot be read is unknown: a person looks, nothing is removed")
    func unreadable() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "bad: broken")
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        let file = try #require(try await flow.store.cases(.open, limit: 10).first)
        #expect(file.case.reason.contains("near"))
    }

    @Test("an attachment that is no picture is no reason for a case")
    func noPicture() async throws {
        let flow = try await Flow()
        var attachment = try await flow.picture("p", bytes: "file: a document")
        attachment.type = "application/pdf"
        _ = try await flow.intake.accept([.sample(media: [attachment])])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .cleared)
    }

    @Test("what calls itself a picture and cannot be read as one is unknown")
    func unreadableKind() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "file: a picture of another kind")
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(try await flow.store.cases(.open, limit: 10).count == 1)
    }

    @Test("media that the platform does not give is unknown: a person looks")
    func missingMedia() async throws {
        let flow = try await Flow()
        _ = try await flow.intake.accept([.sample(media: [Media(id: "missing", type: "image/png", url: "test:missing")])])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .decided)
        #expect(try await flow.store.cases(.open, limit: 10).count == 1)
    }
}

/// Whether any file of the database holds these bytes.
func databaseContains(_ canary: String, in flow: Flow) async -> Bool {
    await flow.store.close()  // what is deleted leaves the write-ahead log when the last connection closes
    return ["", "-wal"].contains { suffix in
        guard let data = FileManager.default.contents(atPath: flow.path + suffix) else { return false }
        return data.range(of: Data(canary.utf8)) != nil
    }
}
