// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

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

    private static let fileName = "vectors"

    private let thread = FileThread()
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let folder: String
    private let model: String
    private let access: Access
    private let options: Options
    private let lock: DiskFile?
    /// Nil until the first vector says how long they are.
    private var log: VectorLog?
    private var table: CodeTable?
    private var deadBytes = 0
    /// How many vectors the mean was taken from: it is taken again as they become many more.
    private var codedAt = 0
    /// Set when a write failed half way: what is on disk is not known any more until the files are opened again.
    private var broken: LookAlikeError?

    /// What opening found and put right, for the log; without content.
    package nonisolated let notes: [String]

    /// - Parameter model: tells the model whose vectors these are (`LookAlikeService.modelKey`). Vectors of another one are of no use with
    ///   it: who writes begins anew.
    /// - Throws: `LookAlikeError.file` when another process writes it, or the folder cannot be used.
    package init(
        directory: String, model: String, access: Access = .write, options: Options = Options()
    ) throws(LookAlikeError) {
        folder = directory
        self.model = model
        self.access = access
        self.options = options
        if access == .write {
            try DiskFolder.make(directory)
            let lock = try DiskFile(directory + "/lock", .create)
            guard lock.lock() else { throw .file(directory, "another process writes this index of look-alikes") }
            self.lock = lock
        } else {
            lock = nil
        }
        var opening = Opening(folder: directory, model: model, access: access)
        try opening.run(fileName: Self.fileName)
        log = opening.log
        table = opening.table
        deadBytes = opening.deadBytes
        codedAt = opening.table?.alive ?? 0
        notes = opening.notes
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

    package func forget(_ subject: LookAlikeSubject) throws(LookAlikeError) -> Int {
        try requireWriting()
        guard let log, let table else { return 0 }
        var numbers: [Int] = []
        for (number, place) in table.places.enumerated() where subject.mayHave(table.keys[number]) {
            guard let place else { continue }
            // A record that cannot be read any more goes as well.
            let record = try log.record(at: place)
            if record.map(subject.has) ?? true { numbers.append(number) }
        }
        try remove(numbers)
        try tidy()
        return numbers.count
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
        let places = table.nearest(to: table.code(of: unit), wanted: max(options.candidates, 2 * limit))
        var found: [(cosine: Double, place: Int, record: Record)] = []
        for place in places {
            guard let record = try log.record(at: place) else { continue }
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
        var pictures: [LookAlike] = []
        for (number, place) in table.places.enumerated() where subject.mayHave(table.keys[number]) {
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
