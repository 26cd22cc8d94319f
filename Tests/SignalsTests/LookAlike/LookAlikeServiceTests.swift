// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import Synchronization
import Testing

@Suite("Look-alikes")
struct LookAlikeServiceTests {
    private let store = MemoryLookAlikes()
    /// Its vector is the colour of the picture.
    private static let runner = FakeRunner { raster throws(ModelError) in
        let pixel = raster.pixels.first ?? 0
        if pixel == 13 { throw .unavailable("it failed") }
        return .vector([Float(pixel), 100])
    }

    private let closed = Closed()

    private func event(_ id: String, at: Date = .start, actor: ActorID = "ari") throws -> PublicEvent {
        try #require(PublicEvent(.sample(id: id, at: at, actor: actor), whileSpaceIs: .public))
    }

    private func service(
        _ scope: LookAlikeService.Scope, queue: Int = 64, runner: (any ModelRunner)? = nil,
        now: @escaping @Sendable () -> Date = { .start + 60 }
    ) -> LookAlikeService {
        var options = LookAlikeService.Options()
        options.queue = queue
        let closed = closed
        return LookAlikeService(
            store: store, runner: runner ?? Self.runner, scope: scope, options: options,
            isPublic: { _, space in !closed.has(space) }, now: now)
    }

    /// Works until everything noted is done.
    private func finish(_ service: LookAlikeService) async throws {
        let work = Task { await service.run() }
        let deadline = ContinuousClock.now + .seconds(20)
        while service.statistics.waiting > 0, ContinuousClock.now < deadline { await Task.yield() }
        work.cancel()
        await work.value
        #expect(service.statistics.waiting == 0)
    }

    @Test(
        "takes what its scope has",
        arguments: [(LookAlikeService.Scope.off, 0), (.flagged, 2), (.all, 3)])
    func scopes(scope: LookAlikeService.Scope, kept: Int) async throws {
        let service = service(scope)
        service.note(try event("a"), media: [.picture("1", [.wide(1)])], because: .seen)
        service.note(try event("b"), media: [.picture("2", [.wide(2)])], because: .reported)
        service.note(try event("c"), media: [.picture("3", [.wide(3)])], because: .reported)
        try await finish(service)
        #expect(service.statistics.kept == kept)
        #expect(await service.count == kept)
    }

    @Test("finds the pictures near to one, and the items near to an item, without itself")
    func finds() async throws {
        let service = service(.flagged)
        for (id, colour) in [("a", UInt8(10)), ("b", 20), ("c", 200)] {
            service.note(
                try event(id), media: [.picture("x", [.square(9), .wide(colour)]), .picture("y", [.wide(colour + 1)])],
                because: .reported)
        }
        try await finish(service)
        let near = try await service.similar(to: .wide(21), limit: 2)
        #expect(near.map(\.item) == ["item-b", "item-b"])
        #expect(near.map(\.media) == ["y", "x"])
        let items = try #require(try await service.similar(to: "item-a", on: "test", limit: 5))
        #expect(items.map(\.item) == ["item-b", "item-c"])
        #expect(try await service.similar(to: "item-z", on: "test", limit: 5) == nil)
    }

    @Test("leaves out what is too much, and counts it")
    func dropsWhenFull() async throws {
        let service = service(.flagged, queue: 2)
        for id in ["a", "b", "c", "d"] { service.note(try event(id), media: [.picture("x", [.wide(5)])], because: .reported) }
        #expect(service.statistics.waiting == 2)
        #expect(service.statistics.dropped == 2)
        try await finish(service)
        #expect(service.statistics.kept == 2)
    }

    @Test("a picture on which the model fails is counted with the reason, and the next goes on")
    func countsFailures() async throws {
        let service = service(.flagged)
        service.note(try event("a"), media: [.picture("x", [.wide(13)])], because: .reported)
        service.note(try event("b"), media: [.picture("x", [.wide(14)])], because: .reported)
        try await finish(service)
        #expect(service.statistics.failed == 1 && service.statistics.kept == 1)
        #expect(service.statistics.problem == "unavailable: it failed")
        await #expect(throws: ModelError.unavailable("it failed")) { try await service.similar(to: .wide(13), limit: 1) }
    }

    @Test("a space that closes while its picture waits: no model is asked, and nothing is kept")
    func closesWhileWaiting() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .vector([1, 2]) }
        let service = service(.all, runner: runner)
        service.note(try event("a"), media: [.picture("x", [.wide(5)])], because: .seen)
        closed.add("lobby")
        try await finish(service)
        #expect(service.statistics.withdrawn == 1 && service.statistics.kept == 0)
        #expect(runner.asked.isEmpty)
        #expect(await service.count == 0)
    }

    @Test("a space that closes while the model looks: the vector is not kept")
    func closesMeanwhile() async throws {
        let closed = closed
        let service = service(
            .all,
            runner: FakeRunner { _ throws(ModelError) in
                closed.add("lobby")
                return .vector([1, 2])
            })
        service.note(try event("a"), media: [.picture("x", [.wide(5)])], because: .seen)
        try await finish(service)
        #expect(service.statistics.withdrawn == 1)
        #expect(await service.count == 0)
    }

    @Test("who leaves is not kept from what waits, and is from what comes later")
    func leaves() async throws {
        let service = service(.all)
        service.note(try event("a", actor: "bo"), media: [.picture("x", [.wide(5)])], because: .seen)
        service.note(try event("b"), media: [.picture("x", [.wide(6)])], because: .seen)
        _ = try await service.forget([.actor("test", "bo")])
        service.note(try event("c", at: .start + 61, actor: "bo"), media: [.picture("x", [.wide(7)])], because: .seen)
        try await finish(service)
        #expect(service.statistics.withdrawn == 1 && service.statistics.kept == 2)
        #expect(store.pictures(of: "item-a", on: "test").isEmpty)
        #expect(store.pictures(of: "item-c", on: "test").count == 1)
    }

    @Test("many who leave at once are each kept from what waits")
    func manyLeave() async throws {
        let service = service(.all)
        for number in [0, 1_500, 2_999] {
            service.note(
                try event("e\(number)", actor: ActorID("a-\(number)")), media: [.picture("x", [.wide(5)])], because: .seen)
        }
        service.note(try event("stays", actor: "bo"), media: [.picture("x", [.wide(5)])], because: .seen)
        for start in stride(from: 0, to: 3_000, by: 100) {
            _ = try await service.forget((start..<start + 100).map { .actor("test", ActorID("a-\($0)")) })
        }
        try await finish(service)
        #expect(service.statistics.withdrawn == 3 && service.statistics.kept == 1)
    }

    @Test("where nobody is named as the author nobody is made up, and it goes with its space")
    func nobody() async throws {
        let service = service(.all)
        service.note(try event("a", actor: ""), media: [.picture("x", [.wide(5)])], because: .seen)
        try await finish(service)
        #expect(store.pictures(of: "item-a", on: "test").map(\.actor) == [nil])
        #expect(try await service.forget([.space("test", "lobby")]) == 1)
    }

    @Test("without a gate nothing is kept")
    func noGate() async throws {
        let service = LookAlikeService(store: store, runner: Self.runner, scope: .all)
        service.note(try event("a"), media: [.picture("x", [.wide(5)])], because: .seen)
        try await finish(service)
        #expect(await service.count == 0)
    }

    @Test("says when its model is not there")
    func saysProblem() {
        #expect(service(.flagged).problem?.contains("scripts/bootstrap models --embeddings") == true)
    }
}

private final class Closed: Sendable {
    private let spaces = Mutex<Set<SpaceID>>([])

    func add(_ space: SpaceID) { spaces.withLock { _ = $0.insert(space) } }
    func has(_ space: SpaceID) -> Bool { spaces.withLock { $0.contains(space) } }
}

/// The port in memory, with every vector compared.
private final class MemoryLookAlikes: LookAlikeStore {
    private let pictures = Mutex<[LookAlike]>([])

    var count: Int { pictures.withLock { $0.count } }

    func put(_ picture: LookAlike) {
        pictures.withLock { all in
            all.removeAll { $0.platform == picture.platform && $0.item == picture.item && $0.media == picture.media }
            all.append(picture)
        }
    }

    func similar(to vector: [Float], limit: Int) -> [LookAlikeMatch] {
        func length(_ a: [Float]) -> Double { a.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        let all = pictures.withLock { $0 }.map { picture in
            let dot = zip(picture.vector, vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            return LookAlikeMatch(
                platform: picture.platform, space: picture.space, actor: picture.actor, item: picture.item, media: picture.media,
                at: picture.at, cosine: dot / (length(picture.vector) * length(vector)))
        }
        return Array(all.sorted { $0.cosine > $1.cosine }.prefix(limit))
    }

    func pictures(of item: ItemID, on platform: PlatformID) -> [LookAlike] {
        pictures.withLock { $0.filter { $0.item == item && $0.platform == platform } }
    }

    func forget(_ subjects: [LookAlikeSubject]) -> Int {
        pictures.withLock { all in
            let before = all.count
            all.removeAll { picture in
                subjects.contains { subject in
                    switch subject {
                    case .space(let platform, let space): picture.platform == platform && picture.space == space
                    case .actor(let platform, let actor): picture.platform == platform && picture.actor == actor
                    case .item(let platform, let item): picture.platform == platform && picture.item == item
                    }
                }
            }
            return before - all.count
        }
    }

    func forget(before time: Date) -> Int {
        pictures.withLock { all in
            let before = all.count
            all.removeAll { $0.at < time }
            return before - all.count
        }
    }

    func recover() {}
}
