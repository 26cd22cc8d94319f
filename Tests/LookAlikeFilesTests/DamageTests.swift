// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookAlikeFiles
import Moderation
import Signals
import Testing

@Suite("Index of look-alikes after a crash")
struct DamageTests {
    private let ground = Ground()

    private func fill(_ count: Int) async throws -> [[Float]] {
        var pictures = Pictures(seed: 20)
        let vectors = (0..<count).map { _ in pictures.kind() }
        let store = try ground.open()
        for (number, vector) in vectors.enumerated() { try await store.put(.sample(number, vector)) }
        return vectors
    }

    @Test("cut at any byte of the last record: the others are there, and it goes on")
    func cutAnywhere() async throws {
        let vectors = try await fill(3)
        let whole = try ground.bytes
        let record = (whole.count - 128) / 3
        for cut in Array(stride(from: 1, to: record, by: record / 16)) + [record] {
            try whole.dropLast(cut).write(to: URL(filePath: ground.file))
            let store = try ground.open()
            #expect(await store.count == 2, "cut by \(cut)")
            #expect(store.notes.isEmpty == (cut == record), "cut by \(cut)")
            try await store.put(.sample(7, vectors[2]))
            #expect(try await store.similar(to: vectors[2], limit: 1).first?.item == "$item-7")
            #expect(try await store.similar(to: vectors[0], limit: 1).first?.item == "$item-0")
        }
    }

    @Test("a flipped bit in the middle costs one record and is told")
    func flippedBit() async throws {
        let vectors = try await fill(5)
        var bytes = try ground.bytes
        let record = (bytes.count - 128) / 5
        for place in [record * 2 + 128 + 3, record * 2 + 128 + 100] {
            bytes[place] ^= 0x10
            try bytes.write(to: URL(filePath: ground.file))
            let store = try ground.open()
            #expect(await store.count == 4)
            #expect(store.notes.count == 1 && store.notes[0].contains("damaged"))
            #expect(try await store.similar(to: vectors[4], limit: 1).first?.item == "$item-4")
            bytes[place] ^= 0x10
        }
    }

    @Test("a forgetting that was cut off is ended when it is opened")
    func endsForgetting() async throws {
        _ = try await fill(3)
        let before = try ground.bytes
        do {
            let store = try ground.open()
            #expect(try await store.forget(.item("matrix", "$item-1")) == 1)
        }
        let after = try ground.bytes
        // As a crash leaves it: the head says dead, the bytes are still there.
        let start = 128 + (before.count - 128) / 3
        let torn = after.prefix(start + 16) + before.dropFirst(start + 16)
        try torn.write(to: URL(filePath: ground.file))
        let store = try ground.open()
        #expect(await store.count == 2)
        #expect(store.notes.count == 1)
        #expect(try ground.bytes == after)
    }

    @Test("begins anew for another model, and keeps nothing of the old one")
    func anotherModel() async throws {
        let vectors = try await fill(3)
        let store = try ground.open(model: "embedding 2 def")
        #expect(store.notes.count == 1)
        #expect(await store.count == 0)
        #expect(!FileManager.default.fileExists(atPath: ground.file))
        try await store.put(.sample(1, vectors[0]))
        #expect(await store.count == 1)
    }

    @Test("an index for which nobody wrote down whom it is to forget begins anew, under another name")
    func unknown() async throws {
        _ = try await fill(3)
        let name = try ground.open().name
        do {
            let store = try ground.open(known: [name, "another"])
            #expect(store.name == name && store.notes.isEmpty)
            #expect(await store.count == 3)
        }
        let store = try ground.open(known: ["another"])
        #expect(store.name != name && store.name.count == 32)
        #expect(store.notes.count == 1)
        #expect(await store.count == 0)
    }

    @Test("can be emptied when nobody writes it; what is no index is left alone")
    func empties() async throws {
        #expect(try LookAlikeFiles.empty(directory: ground.path) == nil)
        _ = try await fill(3)
        do {
            let writer = try ground.open()
            #expect(throws: LookAlikeError.self) { try LookAlikeFiles.empty(directory: ground.path) }
            #expect(try LookAlikeFiles.empty(directory: ground.path + "/nowhere") == nil)
            #expect(await writer.count == 3)
        }
        let name = try ground.open().name
        #expect(try LookAlikeFiles.empty(directory: ground.path)?.name == name)
        #expect(!FileManager.default.fileExists(atPath: ground.file))
        try Data("a file of somebody else's".utf8).write(to: URL(filePath: ground.file))
        #expect(try LookAlikeFiles.empty(directory: ground.path) == nil)
        #expect(FileManager.default.fileExists(atPath: ground.file))
    }

    @Test("an index without a name, as older versions wrote it, is emptied too")
    func emptiesNameless() async throws {
        _ = try await fill(3)
        try FileManager.default.removeItem(atPath: ground.path + "/index")
        let emptied = try #require(try LookAlikeFiles.empty(directory: ground.path))
        #expect(emptied.name == nil)
        #expect(!FileManager.default.fileExists(atPath: ground.file))
        #expect(try LookAlikeFiles.empty(directory: ground.path) == nil)
    }

    @Test("a record that cannot be read any more is forgotten with the others")
    func forgetsUnreadable() async throws {
        _ = try await fill(3)
        let store = try ground.open()
        // Damaged while it is open.
        let file = try FileHandle(forWritingTo: URL(filePath: ground.file))
        let record = (try ground.bytes.count - 128) / 3
        try file.seek(toOffset: UInt64(128 + record + 20))
        try file.write(contentsOf: Data([0xFF, 0xFF, 0xFF]))
        try file.close()
        #expect(try await store.forget([.item("matrix", "$item-1"), .item("matrix", "$item-2")]) == 2)
        #expect(await store.count == 1)
        let bytes = try ground.bytes
        for name in ["item-1", "item-2"] { #expect(bytes.range(of: Data(name.utf8)) == nil) }
        #expect(bytes.range(of: Data("item-0".utf8)) != nil)
    }

    @Test("after a write that failed it obeys again, once it can be opened again")
    func recovers() async throws {
        var pictures = Pictures(seed: 23)
        let vector = pictures.kind()
        let store = try ground.open()
        for number in 0..<440 { try await store.put(.sample(number, vector, actor: number < 400 ? "@gone" : "@bo")) }
        // Something is where the file that is written anew would lie.
        let obstacle = ground.file + ".tmp"
        try FileManager.default.createDirectory(atPath: obstacle + "/in-the-way", withIntermediateDirectories: true)
        await #expect(throws: LookAlikeError.self) { try await store.forget(.actor("matrix", "@gone")) }
        await #expect(throws: LookAlikeError.self) { try await store.put(.sample(500, vector)) }
        await #expect(throws: LookAlikeError.self) { try await store.recover() }
        try FileManager.default.removeItem(atPath: obstacle)
        try await store.recover()
        #expect(await store.count == 40)
        try await store.put(.sample(500, vector))
        #expect(try await store.similar(to: vector, limit: 200).count == 41)
    }

    @Test("one process writes, others read beside it")
    func oneWriter() async throws {
        let vectors = try await fill(3)
        let writer = try ground.open()
        #expect(throws: LookAlikeError.self) { try ground.open() }
        let reader = try ground.open(access: .read)
        #expect(try await reader.similar(to: vectors[1], limit: 1).first?.item == "$item-1")
        await #expect(throws: LookAlikeError.self) { try await reader.put(.sample(5, vectors[0])) }
        // What is forgotten meanwhile is gone for readers, too.
        #expect(try await writer.forget(.item("matrix", "$item-1")) == 1)
        #expect(try await reader.similar(to: vectors[1], limit: 3).allSatisfy { $0.item != "$item-1" })
    }

    @Test("bytes that are no index are not read as one")
    func noIndex() async throws {
        for bytes in [Data(), Data("HAECHILA".utf8), Data((0..<5_000).map { _ in UInt8.random(in: 0...255) })] {
            try FileManager.default.createDirectory(atPath: ground.path, withIntermediateDirectories: true)
            try bytes.write(to: URL(filePath: ground.file))
            let store = try ground.open()
            #expect(await store.count == 0)
            #expect(store.notes.count == 1)
        }
    }
}
