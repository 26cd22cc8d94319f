// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Signals

/// Opens the file of vectors, and ends what a crash cut off.
struct Opening {
    /// The mean is taken from about so many vectors.
    private static let sample = 4_096

    let folder: String
    let model: String
    let access: LookAlikeFiles.Access
    private(set) var log: VectorLog?
    private(set) var table: CodeTable?
    private(set) var deadBytes = 0
    private(set) var notes: [String] = []

    init(folder: String, model: String, access: LookAlikeFiles.Access) {
        self.folder = folder
        self.model = model
        self.access = access
    }

    mutating func run(fileName: String) throws(LookAlikeError) {
        let path = "\(folder)/\(fileName)"
        let names = try DiskFolder.names(in: folder)
        if access == .write, names.contains(fileName + ".tmp") { try DiskFolder.remove(path + ".tmp") }
        guard names.contains(fileName) else { return }
        guard let log = try VectorLog.open(path, forWriting: access == .write) else {
            try startAnew(path, "its head cannot be read")
            return
        }
        guard log.model == model else {
            try startAnew(path, "its vectors are those of another model ('\(log.model)')")
            return
        }
        try read(log)
    }

    /// Nothing in it is of use, and what is not of use is not kept.
    private mutating func startAnew(_ path: String, _ why: String) throws(LookAlikeError) {
        guard access == .write else { throw .file(path, why) }
        try DiskFolder.remove(path)
        try DiskFolder.sync(folder)
        notes.append("the index of look-alikes begins anew: \(why)")
    }

    private mutating func read(_ opened: VectorLog) throws(LookAlikeError) {
        var log = opened
        let (table, reading) = try Self.table(of: &log)
        deadBytes = reading.deadBytes + reading.damaged
        if reading.damaged > 0 { notes.append("\(reading.damaged) damaged bytes were passed over") }
        if access == .write {
            if reading.tail > 0 {
                try log.cutTail()
                notes.append("\(reading.tail) bytes of a record that was not finished were cut off")
            }
            if !reading.unfinished.isEmpty {
                try log.kill(reading.unfinished)
                notes.append("\(reading.unfinished.count) records that were being forgotten are gone now")
            }
        }
        self.log = log
        self.table = table
    }

    /// Reads all of it twice: for the mean, then for the codes.
    static func table(of log: inout VectorLog) throws(LookAlikeError) -> (CodeTable, VectorLog.Reading) {
        var sample: [[Float]] = []
        var (seen, step) = (0, 1)
        _ = try log.readAll { _, record in
            if seen % step == 0 { sample.append(record.vector.unit) }
            seen += 1
            // Every second one of what is there, and from here on.
            if sample.count == 2 * Self.sample {
                sample = stride(from: 0, to: sample.count, by: 2).map { sample[$0] }
                step *= 2
            }
        }
        var table = CodeTable(dimension: log.dimension, sample: sample.count < 32 ? [] : sample)
        let reading = try log.readAll { place, record in _ = table.add(record, at: place) }
        return (table, reading)
    }
}

/// Runs what waits for disks on a thread of its own, so that it never keeps the server's tasks from running.
final class FileThread: SerialExecutor {
    private let queue = DispatchQueue(label: "haechi.look-alikes", qos: .utility)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
