// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

/// The index of look-alikes in a folder: one file of vectors that only grows, and rough codes of them in memory.
///
/// One process writes (`lock` in the folder says which); others may open it for reading beside it, and see what was there then. What is
/// forgotten is overwritten at once; the file is written anew when half of it is dead.
package actor LookAlikeFiles: LookAlikeStore {
    package enum Access: Sendable { case write, read }

    package struct Options: Sendable {
        /// At most so many pictures: when there are more, the oldest tenth goes. About 0.7 KB of disk and 0.2 KB of memory each.
        package var limit = 1_000_000
        /// Vectors are read and compared for so many of the nearest codes.
        package var candidates = 1_000

        package init() {}
    }

    static let fileName = "vectors"
    /// Which index this is, for those who write down what it is to forget.
    private static let nameFile = "index"

    private let thread = FileThread()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    let folder: String
    private let model: String
    private let access: Access
    private let options: Options
    private let lock: DiskFile?
    /// Nil until the first vector says how long they are.
    private(set) var log: VectorLog?
    private(set) var table: CodeTable?
    private var deadBytes = 0
    /// How many vectors the mean was taken from: it is taken again as they become many more.
    private var codedAt = 0
    /// Set when a write failed half way: what is on disk is not known any more until the files are opened again.
    private(set) var broken: LookAlikeError?

    /// What opening found and put right, for the log; without content.
    package nonisolated let notes: [String]
    /// The name of this index: it is made with the folder, and made anew when the folder is emptied. Empty where only is read.
    package nonisolated let name: String

    /// - Parameters:
    ///   - model: tells the model whose vectors these are (`LookAlikeService.modelKey`). Vectors of another one are of no use with it: who
    ///     writes begins anew.
    ///   - known: names of indexes for which it is written down whom they are to forget. One that is none of them missed that, so it
    ///     begins anew. Nil asks for nothing.
    /// - Throws: `LookAlikeError.file` when another process writes it, or the folder cannot be used.
    package init(
        directory: String, model: String, access: Access = .write, options: Options = Options(), known: Set<String>? = nil
    ) throws(LookAlikeError) {
        folder = directory
        self.model = model
        self.access = access
        self.options = options
        var begun: [String] = []
        if access == .write {
            lock = try Self.lock(directory)
            let found = try Self.name(in: directory)
            if let found, known?.contains(found) ?? true {
                name = found
            } else {
                if known != nil, try Self.removeFiles(in: directory) {
                    begun = ["the index of look-alikes begins anew: it is not known here whom it was to forget"]
                }
                name = try Self.makeName(in: directory)
            }
        } else {
            (lock, name) = (nil, "")
        }
        var opening = Opening(folder: directory, model: model, access: access)
        try opening.run(fileName: Self.fileName)
        log = opening.log
        table = opening.table
        deadBytes = opening.deadBytes
        codedAt = opening.table?.alive ?? 0
        notes = begun + opening.notes
    }

    // MARK: - The folder

    /// What was deleted.
    package struct Emptied: Hashable, Sendable {
        /// Nil when it had none: then nobody has written down whom it was to forget.
        package var name: String?
    }

    /// Deletes what an index holds, when no process writes it.
    ///
    /// - Returns: nil when there is none.
    package static func empty(directory: String) throws(LookAlikeError) -> Emptied? {
        guard DiskFolder.exists(directory) else { return nil }
        let found = try name(in: directory)
        if found == nil, try !holdsVectors(directory) { return nil }
        let lock = try lock(directory)
        defer { withExtendedLifetime(lock) {} }
        _ = try removeFiles(in: directory)
        try DiskFolder.remove("\(directory)/\(nameFile)")
        try DiskFolder.sync(directory)
        return Emptied(name: found)
    }

    /// Whether there is a file that begins as those of vectors do, whoever wrote it.
    private static func holdsVectors(_ directory: String) throws(LookAlikeError) -> Bool {
        guard try DiskFolder.names(in: directory).contains(fileName) else { return false }
        return try DiskFile("\(directory)/\(fileName)", .read).read(VectorLog.magic.count, at: 0) == VectorLog.magic
    }

    private static func lock(_ directory: String) throws(LookAlikeError) -> DiskFile {
        try DiskFolder.make(directory)
        let lock = try DiskFile(directory + "/lock", .create)
        guard lock.lock() else { throw .file(directory, "another process writes this index of look-alikes") }
        return lock
    }

    private static func name(in directory: String) throws(LookAlikeError) -> String? {
        guard try DiskFolder.names(in: directory).contains(nameFile) else { return nil }
        let bytes = try DiskFile("\(directory)/\(nameFile)", .read).read(64, at: 0)
        let name = String(decoding: bytes, as: UTF8.self).filter { $0.isHexDigit }
        return name.count == 32 ? name : nil
    }

    private static func makeName(in directory: String) throws(LookAlikeError) -> String {
        let name = (0..<16).map { _ in
            let byte = String(UInt8.random(in: 0...255), radix: 16)
            return byte.count == 1 ? "0" + byte : byte
        }.joined()
        let file = try DiskFile("\(directory)/\(nameFile)", .create)
        try file.truncate(to: 0)
        try file.write(Array(name.utf8) + [10], at: 0)
        try file.sync()
        try DiskFolder.sync(directory)
        return name
    }

    /// False when there was nothing.
    private static func removeFiles(in directory: String) throws(LookAlikeError) -> Bool {
        let names = try DiskFolder.names(in: directory).filter { $0 == fileName || $0 == fileName + ".tmp" }
        for name in names { try DiskFolder.remove("\(directory)/\(name)") }
        if !names.isEmpty { try DiskFolder.sync(directory) }
        return !names.isEmpty
    }

    package var count: Int { table?.alive ?? 0 }

    // MARK: - Writing

    package func put(_ picture: LookAlike) throws(LookAlikeError) { try put([picture]) }

    /// Several at once: one wait for the disk. If one of them is refused, none is kept.
    package func put(_ pictures: [LookAlike]) throws(LookAlikeError) {
        try requireWriting()
        guard let first = pictures.first else { return }
        let dimension = log?.dimension ?? first.vector.count
        var records: [Record] = []
        for picture in pictures { records.append(try Record(picture, dimension: dimension)) }
        try orBreak { () throws(LookAlikeError) in
            if log == nil {
                log = try VectorLog.make(path, model: model, dimension: dimension)
                try DiskFolder.sync(folder)
                table = CodeTable(dimension: dimension, sample: [])
            }
            guard var log, var table else { return }
            // Not two copies while it grows.
            self.table = nil
            defer { self.table = table }
            var places: [VectorLog.Place] = []
            for record in records { places.append(try log.append(record)) }
            try log.file.sync()
            self.log = log
            let replaced = zip(records, places).compactMap { table.add($0, at: $1) }
            if !replaced.isEmpty { try log.kill(replaced) }
            deadBytes += replaced.reduce(0) { $0 + $1.end - $1.start }
        }
        if count > options.limit { try dropOldest() }
        try tidy()
    }

    package func forget(_ subjects: [LookAlikeSubject]) throws(LookAlikeError) -> Int {
        try requireWriting()
        guard let log, let table else { return 0 }
        let wanted = SubjectFinder(subjects)
        var numbers: [Int] = []
        for (number, place) in table.places.enumerated() {
            let candidates = wanted.whoMayHave(table.keys[number])
            guard let place, !candidates.isEmpty else { continue }
            // A record that cannot be read any more goes as well: what it is overwritten with needs no reading.
            let record = try? log.record(at: place)
            if record.map({ record in candidates.contains { $0.has(record) } }) ?? true { numbers.append(number) }
        }
        try remove(numbers)
        try tidy()
        return numbers.count
    }

    package func forget(before time: Date) throws(LookAlikeError) -> Int {
        try requireWriting()
        guard let table else { return 0 }
        let limit = UInt32(clamping: Int64(time.timeIntervalSince1970))
        let old = table.places.indices.filter { table.places[$0] != nil && table.times[$0] < limit }
        try remove(old)
        try tidy()
        return old.count
    }

    /// What is on the disk counts: it is read again, as at the start.
    package func recover() throws(LookAlikeError) {
        guard access == .write, broken != nil else { return }
        var opening = Opening(folder: folder, model: model, access: access)
        try opening.run(fileName: Self.fileName)
        log = opening.log
        table = opening.table
        deadBytes = opening.deadBytes
        codedAt = opening.table?.alive ?? 0
        broken = nil
    }

    private func dropOldest() throws(LookAlikeError) {
        guard let table else { return }
        // They came in the order of time, nearly.
        let living = table.places.indices.filter { table.places[$0] != nil }
        try remove(Array(living.prefix(max(1, count - options.limit + options.limit / 10))))
    }

    private func remove(_ numbers: [Int]) throws(LookAlikeError) {
        guard !numbers.isEmpty, let log else { return }
        let places = numbers.compactMap { table?.remove($0) }
        deadBytes += places.reduce(0) { $0 + $1.end - $1.start }
        try orBreak { () throws(LookAlikeError) in try log.kill(places) }
    }

    /// Writes the file anew when half of it is dead, and takes the mean again when there is four times as much as then.
    private func tidy() throws(LookAlikeError) {
        guard let log else { return }
        if deadBytes > 128 << 10, deadBytes > log.end / 2 {
            try orBreak { () throws(LookAlikeError) in try rewrite() }
        } else if count >= 256, count >= 4 * codedAt {
            try load(log)
        }
    }

    private func rewrite() throws(LookAlikeError) {
        guard var old = log else { return }
        let draft = path + ".tmp"
        var new = try VectorLog.make(draft, model: model, dimension: old.dimension)
        var problem: LookAlikeError?
        _ = try old.readAll { _, record in
            guard problem == nil else { return }
            do throws(LookAlikeError) { _ = try new.append(record) } catch { problem = error }
        }
        if let problem { throw problem }
        try new.file.sync()
        try DiskFolder.rename(draft, to: path, in: folder)
        deadBytes = 0
        try load(new)
    }

    private func load(_ log: VectorLog) throws(LookAlikeError) {
        var log = log
        let (table, _) = try Opening.table(of: &log)
        self.log = log
        self.table = table
        codedAt = table.alive
    }

    // MARK: - Reading

    package func similar(to vector: [Float], limit: Int) throws(LookAlikeError) -> [LookAlikeMatch] {
        if let broken { throw broken }
        guard let log, let table else { return [] }
        guard vector.count == log.dimension else {
            throw .refused("a vector of \(vector.count) numbers, where others have \(log.dimension)")
        }
        guard let short = ShortVector(vector) else { throw .refused("a vector that is zero or not finite") }
        let limit = max(1, min(200, limit))
        let unit = short.unit
        let numbers = table.nearest(to: table.code(of: unit), wanted: max(options.candidates, 2 * limit))
        var found: [(cosine: Double, place: Int, record: Record)] = []
        for number in numbers {
            guard let place = table.places[number], let record = try log.record(at: place) else { continue }
            found.append((record.vector.cosine(toUnit: unit), place.start, record))
        }
        // Of equals the earlier one first.
        found.sort { ($0.cosine, $1.place) > ($1.cosine, $0.place) }
        return found.prefix(limit).map { $0.record.match(cosine: $0.cosine) }
    }

    package func pictures(of item: ItemID, on platform: PlatformID) throws(LookAlikeError) -> [LookAlike] {
        if let broken { throw broken }
        guard let log, let table else { return [] }
        let subject = LookAlikeSubject.item(platform, item)
        let key = Record.key(platform.rawValue, item.rawValue)
        var pictures: [LookAlike] = []
        for (number, place) in table.places.enumerated() where table.keys[number].item == key {
            if let place, let record = try log.record(at: place), subject.has(record) { pictures.append(record.picture) }
        }
        return pictures
    }

    // MARK: -

    private var path: String { "\(folder)/\(Self.fileName)" }

    private func requireWriting() throws(LookAlikeError) {
        guard access == .write else { throw .file(folder, "it was opened for reading only") }
        if let broken { throw broken }
    }

    /// After a failed write nothing more is written: the disk may hold anything.
    private func orBreak(_ work: () throws(LookAlikeError) -> Void) throws(LookAlikeError) {
        do { try work() } catch {
            if case .file = error { broken = error }
            throw error
        }
    }
}
