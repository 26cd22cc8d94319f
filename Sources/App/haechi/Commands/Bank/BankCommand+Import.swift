// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Exchanges
import Foundation
import Moderation
import Signals
import Synchronization

extension BankCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a list of fingerprints to a bank: NDJSON, CSV, or one hash a line.",
            discussion: """
                Every line is checked before anything is written; with --skip-bad those that are no use are named and left out.
                Large deliveries wait for a second person. A running server takes the change over by itself.
                """)

        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @OptionGroup var place: Place
        @Option(help: "ndjson, csv, text or pairs; found out by looking when left out.") var format: RecordFormat?
        @Option(help: "pdq, sha256 or md5: what hashes are where the list does not say.") var kind: Fingerprint.Kind?
        @Flag(help: "Leave lines out that are no use, and name them.") var skipBad = false
        @Argument(help: "The list, or - for standard input.") var file: String

        func run() async throws {
            let tools = try await BankTools.open(options)
            let list = ListImport(
                path: file, options: RecordOptions(format: format, kind: kind, trust: place.trust), skipsBadRows: skipBad)
            let line = ProgressLine()
            do {
                try await BankTools.explaining {
                    let done = try await list.run(
                        bank: place.bank, source: place.source, by: person.name, desk: tools.desk,
                        progress: { line.show($0) }, prepare: { try await tools.prepare(place, by: person.name) })
                    line.end()
                    complain(about: done.tally.refused, of: done.refused)
                    try await tools.report(done)
                }
            } catch let error as RecordFileError {
                line.end()
                Terminal.complain(["\(file): \(error.message)"])
                throw ExitCode(65)  // EX_DATAERR
            } catch let error as ListImport.BadRows {
                line.end()
                complain(about: error.first, of: error.count)
                Terminal.complain(["nothing was written; --skip-bad leaves such lines out"])
                throw ExitCode(65)
            }
        }

        private func complain(about rows: [RefusedRecord], of count: Int) {
            Terminal.complain(rows.prefix(20).map { "\(file):\($0.line): \($0.reason)" })
            if count > 20 { Terminal.complain(["… and \(count - 20) more"]) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the fingerprints of a bank as NDJSON or CSV; what was withdrawn is written as withdrawn.")

        @OptionGroup var options: SettingsOptions
        @Option(help: "Bank to write.") var bank: String
        @Option(help: "shareable (default): verified ones of sources that may be shared; all: for copies that stay with you.")
        var scope: BankExport.Scope = .shareable
        @Option(help: "ndjson (default) or csv.") var format: RecordWriter.Format = .ndjson
        @Option(help: "Only this kind: pdq, sha256 or md5.") var kind: Fingerprint.Kind?
        @Argument(help: "File to write, or - for standard output.") var file = "-"

        func run() async throws {
            let tools = try await BankTools.open(options)
            guard try await tools.desk.banks().contains(where: { $0.name == bank }) else {
                Terminal.complain(["there is no bank '\(bank)'"])
                throw ExitCode(65)
            }
            if file != "-",
                !FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600])
            {
                throw ValidationError("\(file): cannot be written")
            }
            let output = file == "-" ? FileHandle.standardOutput : try FileHandle(forWritingTo: URL(filePath: file))
            let count = try await BankExport(bank: bank, kind: kind, scope: scope).write(
                RecordWriter(format), desk: tools.desk, to: { try output.write(contentsOf: Data($0)) })
            try output.synchronizeUnlessPipe()
            Terminal.complain(["\(count) fingerprints written"])
        }
    }
}

extension FileHandle {
    /// A pipe cannot be synchronised, and need not.
    fileprivate func synchronizeUnlessPipe() throws {
        if self !== FileHandle.standardOutput { try synchronize() }
    }
}

/// A line that grows, for a person at a terminal.
private final class ProgressLine: Sendable {
    private let isShown = isatty(2) == 1
    private let lastShown = Mutex(ContinuousClock.now)

    func show(_ progress: ListImport.Progress) {
        guard isShown,
            lastShown.withLock({ last in
                guard ContinuousClock.now - last > .milliseconds(200) else { return false }
                last = .now
                return true
            })
        else { return }
        let share = progress.size.map { $0 > 0 ? " \(progress.bytes * 100 / $0) %" : "" } ?? ""
        let what = progress.isWriting ? "writing" : "checking"
        FileHandle.standardError.write(Data("\r\u{1B}[Khaechi: \(what)\(share), \(progress.records) records".utf8))
    }

    func end() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}

extension BankExport.Scope: ExpressibleByArgument {}
extension RecordFormat: ExpressibleByArgument {}
extension RecordWriter.Format: ExpressibleByArgument {}
