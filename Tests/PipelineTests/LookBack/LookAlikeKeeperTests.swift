// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Logging
import Moderation
import ModerationTesting
import Pipeline
import Signals
import Storage
import Synchronization
import Testing

/// An index in memory whose disk may be full.
private final class BrittleIndex: LookAlikeStore {
    struct State {
        var isBroken = false
        /// Whoever cannot be forgotten.
        var stubborn: Set<LookAlikeSubject> = []
        var tries = 0
        var pictures: [LookAlike] = []
    }

    let state = Mutex(State())

    private func write<Value: Sendable>(_ work: (inout State) -> Value) throws(LookAlikeError) -> Value {
        let value = state.withLock { state -> Value? in
            state.tries += 1
            return state.isBroken ? nil : work(&state)
        }
        guard let value else { throw .file("vectors", "the disk is full") }
        return value
    }

    var count: Int { state.withLock { $0.pictures.count } }
    func put(_ picture: LookAlike) throws(LookAlikeError) { try write { $0.pictures.append(picture) } }
    func similar(to vector: [Float], limit: Int) -> [LookAlikeMatch] { [] }
    func pictures(of item: ItemID, on platform: PlatformID) -> [LookAlike] { [] }
    func recover() {}

    func forget(_ subjects: [LookAlikeSubject]) throws(LookAlikeError) -> Int {
        if !state.withLock({ $0.stubborn.isDisjoint(with: subjects) }) { throw .file("vectors", "cannot write there") }
        return try remove { picture in
            subjects.contains(.space(picture.platform, picture.space)) || subjects.contains(.item(picture.platform, picture.item))
                || picture.actor.map { subjects.contains(.actor(picture.platform, $0)) } ?? false
        }
    }

    func forget(before time: Date) throws(LookAlikeError) -> Int { try remove { $0.at < time } }

    private func remove(_ isOld: (LookAlike) -> Bool) throws(LookAlikeError) -> Int {
        try write { state in
            let before = state.pictures.count
            state.pictures.removeAll(where: isOld)
            return before - state.pictures.count
        }
    }
}

/// Gives every picture the same vector.
private struct EasyRunner: ModelRunner {
    let states = [ModelState(name: LookAlikeService.model, version: "1", precision: "f32")]

    func run(_ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant) -> ModelOutput { .vector([1, 2]) }
}

/// Does something of the test's while a file is being looked at.
private final class BusyBook: MediaInspector {
    let meanwhile = Mutex<(@Sendable () async -> Void)?>(nil)

    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts {
        let work = meanwhile.withLock { work in
            defer { work = nil }
            return work
        }
        await work?()
        return try await PictureBook().inspect(bytes)
    }
}

@Suite("Whom the index of look-alikes is to forget")
struct LookAlikeKeeperTests {
    private let index = BrittleIndex()

    private func picture(_ number: Int, at: Date, space: SpaceID = "lobby", actor: ActorID? = "ari") -> LookAlike {
        LookAlike(
            platform: "test", space: space, actor: actor, item: ItemID("item-\(number)"), media: "m", at: at, vector: [1, 2])
    }

    private func service(_ flow: Flow) -> LookAlikeService {
        let (store, clock) = (flow.store, flow.clock)
        return LookAlikeService(
            store: index, runner: EasyRunner(), scope: .all, isPublic: { try await store.isKnownPublic($1, on: $0) },
            now: { clock.now })
    }

    private func keeper(_ flow: Flow, days: Int = 90, service: LookAlikeService? = nil) -> LookAlikeKeeper {
        let (store, clock) = (flow.store, flow.clock)
        var options = LookAlikeKeeper.Options()
        options.days = days
        return LookAlikeKeeper(
            index: "one", service: service ?? self.service(flow), list: store, options: options,
            logger: Logger(label: "keeper") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now })
    }

    /// As opening the index does.
    private func begin(_ flow: Flow) async throws {
        _ = try await flow.store.keepIndex("one", at: flow.clock.now, until: flow.clock.now + 7 * 86_400)
    }

    @Test("an index that does not obey keeps no space from closing, and forgets it when it can")
    func brokenIndex() async throws {
        let flow = try await Flow()
        let keeper = keeper(flow)
        try await begin(flow)
        try index.put(picture(1, at: flow.clock.now))
        try index.put(picture(2, at: flow.clock.now, space: "plaza"))
        index.state.withLock { $0.isBroken = true }
        _ = try await flow.intake.accept([.sample(space: "lobby")])
        try await flow.intake.spaceChanged(Space(id: "lobby", privacy: .private), on: "test", at: flow.clock.now + 1)
        #expect(try await flow.store.privacy(of: "lobby", on: "test") == .private)
        #expect(try await flow.store.toForget(by: "one", limit: 9) == [.space("test", "lobby")])

        await keeper.round()
        #expect(await keeper.problem != nil)
        #expect(try await flow.store.toForget(by: "one", limit: 9).count == 1)
        let tries = index.state.withLock { $0.tries }
        await keeper.round()
        #expect(index.state.withLock { $0.tries } == tries, "it is not asked all the time")

        index.state.withLock { $0.isBroken = false }
        flow.clock.advance(by: 61)
        await keeper.round()
        #expect(index.state.withLock { $0.pictures.map(\.item) } == ["item-2"])
        #expect(try await flow.store.toForget(by: "one", limit: 9).isEmpty)
        #expect(await keeper.problem == nil)
    }

    @Test("what was closed while the index was not open is forgotten when it is")
    func later() async throws {
        let flow = try await Flow()
        try await begin(flow)
        try index.put(picture(1, at: flow.clock.now, actor: nil))
        try index.put(picture(2, at: flow.clock.now, space: "plaza"))
        _ = try await flow.intake.accept([.sample(space: "lobby")])
        try await flow.intake.spaceChanged(Space(id: "lobby", privacy: .encrypted), on: "test", at: flow.clock.now + 1)
        try await flow.store.note(.actor("test", "ari"))
        await keeper(flow).round()
        #expect(index.count == 0)
    }

    @Test("what is older than it may be goes")
    func age() async throws {
        let flow = try await Flow()
        try await begin(flow)
        let keeper = keeper(flow, days: 10)
        try index.put(picture(1, at: flow.clock.now - 11 * 86_400))
        try index.put(picture(2, at: flow.clock.now - 9 * 86_400))
        await keeper.round()
        #expect(index.state.withLock { $0.pictures.map(\.item) } == ["item-2"])
        flow.clock.advance(by: 2 * 86_400)
        await keeper.round()
        #expect(index.count == 0)
    }

    @Test("one who cannot be forgotten holds up nobody else, and nothing that is old")
    func oneAmongOthers() async throws {
        let flow = try await Flow()
        try await begin(flow)
        let keeper = keeper(flow, days: 10)
        for number in 0..<300 {
            try index.put(picture(number, at: flow.clock.now))
            try await flow.store.note(.item("test", ItemID("item-\(number)")))
        }
        try index.put(picture(900, at: flow.clock.now - 11 * 86_400))
        index.state.withLock { $0.stubborn = [.item("test", "item-0"), .item("test", "item-150")] }
        await keeper.round()
        #expect(index.state.withLock { $0.pictures.map(\.item) } == ["item-0", "item-150"])
        #expect(try await flow.store.toForget(by: "one", limit: 9).count == 2)
        #expect(await keeper.problem != nil)

        index.state.withLock { $0.stubborn = [] }
        flow.clock.advance(by: 61)
        await keeper.round()
        #expect(index.count == 0)
        #expect(try await flow.store.toForget(by: "one", limit: 9).isEmpty)
        #expect(await keeper.problem == nil)
    }

    @Test("an index that was given up while it was open forgets all: nobody knows whom it missed")
    func givenUp() async throws {
        let flow = try await Flow()
        try await begin(flow)
        let keeper = keeper(flow)
        await keeper.round()
        try index.put(picture(1, at: flow.clock.now))
        flow.clock.advance(by: 8 * 86_400)
        // Another process found that nobody used it.
        try await flow.store.giveUpIndexes(at: flow.clock.now)
        await keeper.round()
        #expect(index.count == 0)
        #expect(try await flow.store.indexes() == ["one"])
        try index.put(picture(2, at: flow.clock.now))
        flow.clock.advance(by: 7_200)
        await keeper.round()
        #expect(index.count == 1)
    }

    @Test("while the index is open nobody gives it up, whether it obeys or not")
    func stays() async throws {
        let flow = try await Flow()
        try await begin(flow)
        let keeper = keeper(flow)
        index.state.withLock { $0.isBroken = true }
        for _ in 0..<30 {
            flow.clock.advance(by: 86_400)
            await keeper.round()
            try await flow.store.giveUpIndexes(at: flow.clock.now)
        }
        #expect(try await flow.store.indexes() == ["one"])
    }

    @Test("an item whose removal was read back is forgotten")
    func removed() async throws {
        let flow = try await Flow()
        try await begin(flow)
        let keeper = keeper(flow)
        let media = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [media])])
        try index.put(
            LookAlike(
                platform: "test", space: "lobby", actor: "ari", item: "item-e1", media: "p", at: flow.clock.now, vector: [1, 2]))
        try index.put(picture(2, at: flow.clock.now))
        await flow.settle()
        #expect(try await flow.store.toForget(by: "one", limit: 9) == [.item("test", "item-e1")])
        await keeper.round()
        #expect(index.state.withLock { $0.pictures.map(\.item) } == ["item-2"])
        #expect(try await flow.store.toForget(by: "one", limit: 9).isEmpty)
    }

    /// A flow whose cases tell the index, as the server does; a new one with the same path and clock is a restart.
    private func told(path: String? = nil, clock: ManualClock = ManualClock()) async throws -> (Flow, LookAlikeService) {
        let box = Mutex<LookAlikeService?>(nil)
        let flow = try await Flow(
            policy: Self.policy, path: path, clock: clock, scripted: ScriptedDetector(["nudity": .unknown("not installed")]),
            inspector: RasterBook(),
            looked: { event, media in box.withLock { $0 }?.note(event, media: media, because: .reported) })
        let service = service(flow)
        box.withLock { $0 = service }
        return (flow, service)
    }

    private static let policy = """
        policy: review
        owner: tests
        clauses:
          t.1: { en: "A test clause." }
        state:
          signals:
            nudity: { kind: model, model: nudity }
        rules:
          - id: never
            stage: shadow
            events: [message.posted]
            when: nudity.matched && text == "never"
            then: [ { review: { clause: t.1 } } ]
            unknown: skip
        """

    private func report(_ number: Int, in flow: Flow) async throws {
        let media = Media(id: "p", type: "image/png")
        let report = Report(
            id: ReportID("r-\(number)"), platform: "test", externalID: "\(number)",
            target: Target(platform: "test", space: "lobby", item: "m", actor: "ari", media: [media]), reporter: nil, text: "",
            category: "other", at: flow.clock.now, privacy: .public)
        _ = try await flow.intake.accept(
            IncomingReport(
                report: report, item: Item(id: "m", media: [media]),
                media: [FetchedMedia(media: media, bytes: Array("pattern \(number)".utf8))]))
    }

    /// Looks at what waits, and puts into the index what may be there.
    private func look(_ flow: Flow, _ service: LookAlikeService) async throws {
        try await flow.caseExaminer.round()
        let work = Task { await service.run() }
        let deadline = ContinuousClock.now + .seconds(20)
        while service.statistics.waiting > 0, ContinuousClock.now < deadline { await Task.yield() }
        work.cancel()
        await work.value
        #expect(service.statistics.waiting == 0)
    }

    @Test(
        "what was forgotten does not come back with a later look at its case, whatever was restarted",
        arguments: [LookAlikeSubject.item("test", "m"), .actor("test", "ari")])
    func doesNotComeBack(subject: LookAlikeSubject) async throws {
        let (flow, service) = try await told()
        try await begin(flow)
        _ = try await flow.intake.accept([.sample(space: "lobby")])
        try await report(1, in: flow)
        try await look(flow, service)
        #expect(index.count == 1)
        try await flow.store.note(subject)
        flow.clock.advance(by: 1)
        await keeper(flow, service: service).round()
        #expect(index.count == 0)

        let (after, afterService) = try await told(path: flow.path, clock: flow.clock)
        flow.clock.advance(by: 5 * 3_600)
        try await report(2, in: after)
        try await look(after, afterService)
        #expect(try await after.store.examination(of: try #require(try await after.store.openCases().first))?.files.count == 2)
        #expect(index.count == 0)
    }

    @Test("nor with the first one, when it was forgotten before that")
    func forgottenFirst() async throws {
        let (flow, service) = try await told()
        try await begin(flow)
        _ = try await flow.intake.accept([.sample(space: "lobby")])
        try await report(1, in: flow)
        try await flow.store.note(.actor("test", "ari"))
        flow.clock.advance(by: 1)
        await keeper(flow, service: service).round()
        let (after, afterService) = try await told(path: flow.path, clock: flow.clock)
        try await look(after, afterService)
        #expect(try await after.store.examination(of: try #require(try await after.store.openCases().first)) != nil)
        #expect(index.count == 0)
    }

    @Test("nothing is kept of a space that only a report says is public")
    func reportAlone() async throws {
        let (flow, service) = try await told()
        try await begin(flow)
        try await report(1, in: flow)
        try await look(flow, service)
        #expect(service.statistics.withdrawn == 1)
        #expect(index.count == 0)
    }

    @Test("pictures of an event are told of once its conclusion is durable, and never when its space closed meanwhile")
    func seenWhenWritten() async throws {
        let book = BusyBook()
        let told = Told()
        let flow = try await Flow(inspector: book, seen: { event, _ in told.add(event.event.id) })
        let media = try await flow.picture("p", bytes: "pattern")
        _ = try await flow.intake.accept([.sample(id: "e1", media: [media])])
        await flow.settle()
        #expect(told.events == ["e1"])

        let other = try await flow.picture("q", bytes: "another pattern")
        _ = try await flow.intake.accept([.sample(id: "e2", space: "plaza", media: [other])])
        let (intake, clock) = (flow.intake, flow.clock)
        book.meanwhile.withLock {
            $0 = { try? await intake.spaceChanged(Space(id: "plaza", privacy: .private), on: "test", at: clock.now) }
        }
        flow.clock.advance(by: 1)
        await flow.settle()
        #expect(try await flow.state(of: "e2") == .withdrawn)
        #expect(told.events == ["e1"])
    }

    @Test("a space that only a report has named is known as public, so its closing is heard")
    func reportedSpace() async throws {
        let flow = try await Flow()
        try await begin(flow)
        func report(_ id: String, _ space: SpaceID, _ privacy: PrivacyClass) -> IncomingReport {
            IncomingReport(
                report: Report(
                    id: ReportID(id), platform: "test", externalID: id, target: Target(platform: "test", space: space),
                    reporter: nil, text: "", category: "other", at: flow.clock.now, privacy: privacy),
                item: Item(id: "m"), media: [])
        }
        _ = try await flow.intake.accept(report("r-1", "plaza", .public))
        _ = try await flow.intake.accept(report("r-2", "cellar", .private))
        #expect(try await flow.store.privacy(of: "plaza", on: "test") == .public)
        #expect(try await flow.store.privacy(of: "cellar", on: "test") == nil, "nothing is written down of a private space")
        flow.clock.advance(by: 1)
        for space: SpaceID in ["plaza", "cellar"] {
            try await flow.intake.spaceChanged(Space(id: space, privacy: .private), on: "test", at: flow.clock.now)
        }
        #expect(try await flow.store.toForget(by: "one", limit: 9) == [.space("test", "plaza")])
    }
}

/// Makes what the index's model is shown.
private struct RasterBook: MediaInspector {
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts {
        var facts = try await PictureBook().inspect(bytes)
        facts.rasters = [
            Raster(wish: LookAlikeService.wish, width: 2, height: 2, channels: 3, pixels: [UInt8](repeating: 9, count: 12))
        ]
        return facts
    }
}

extension Store {
    fileprivate func openCases() async throws -> [CaseID] { try await cases(.open, limit: 9).map(\.case.id) }
}

private final class Told: Sendable {
    private let all = Mutex<[EventID]>([])

    func add(_ event: EventID) { all.withLock { $0.append(event) } }
    var events: [EventID] { all.withLock { $0 } }
}
