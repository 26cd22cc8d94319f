// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

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

    private func event(_ id: String) throws -> PublicEvent {
        try #require(PublicEvent(.sample(id: id), whileSpaceIs: .public))
    }

    private func service(_ scope: LookAlikeService.Scope, queue: Int = 64) -> LookAlikeService {
        var options = LookAlikeService.Options()
        options.queue = queue
        return LookAlikeService(store: store, runner: Self.runner, scope: scope, options: options)
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

    @Test("says when its model is not there")
    func saysProblem() {
        #expect(service(.flagged).problem?.contains("scripts/bootstrap models --embeddings") == true)
    }
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

    func forget(_ subject: LookAlikeSubject) -> Int { 0 }
}
