// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import MediaDecoding
import ModelInputs
import Signals

/// Decided cases in a CSV file: `score,upheld`, or `file,upheld` of files that the model is asked about.
struct CaseTable {
    private struct Row: Sendable {
        var line: Int
        var what: String
        var isUpheld: Bool
    }

    private let path: String
    private let namesFiles: Bool
    private var rows: [Row] = []

    private static let mostRows = 1_000_000
    private static let mostComplaints = 10

    /// Ends the program with words when a line cannot be understood.
    init(reading path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self) else {
            Terminal.complain(["\(path): cannot be read as text"])
            throw ExitCode(66)  // EX_NOINPUT
        }
        let table = CSVText(text).rows
        let header = table.first?.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? []
        guard let upheld = header.firstIndex(of: "upheld"),
            let what = header.firstIndex(where: { ["score", "file"].contains($0) })
        else {
            Terminal.complain(["\(path):1: expected a header with the columns score or file, and upheld"])
            throw ExitCode(65)  // EX_DATAERR
        }
        namesFiles = header[what] == "file"
        var problems: [String] = []
        for row in table.dropFirst() {
            guard row.fields.count == header.count, let isUpheld = Self.truth(row.fields[upheld]),
                namesFiles ? !row.fields[what].isEmpty : Double(row.fields[what]).map({ (0...1).contains($0) }) == true
            else {
                problems.append("\(path):\(row.line): expected \(namesFiles ? "a file" : "a score from 0 to 1") and yes or no")
                continue
            }
            rows.append(Row(line: row.line, what: row.fields[what], isUpheld: isUpheld))
        }
        if rows.count > Self.mostRows { problems.append("\(path): more than \(Self.mostRows) cases") }
        guard problems.isEmpty else {
            let more =
                problems.count > Self.mostComplaints
                ? ["and \(Terminal.some(problems.count - Self.mostComplaints, "line")) more"] : []
            Terminal.complain(problems.prefix(Self.mostComplaints) + more)
            throw ExitCode(65)
        }
    }

    private static func truth(_ text: String) -> Bool? {
        switch text.trimmingCharacters(in: .whitespaces).lowercased() {
        case "yes", "true", "1": true
        case "no", "false", "0": false
        default: nil
        }
    }

    func scores(of entry: ModelFolder.Entry, output: String, _ settings: Settings) async throws -> [ReviewedScore] {
        guard namesFiles else {
            return rows.map { ReviewedScore(score: Double($0.what) ?? .nan, isUpheld: $0.isUpheld) }
        }
        let manifest = entry.manifest
        guard entry.headOf == nil, manifest.input != .face, let place = manifest.recipe.outputs.firstIndex(of: output) else {
            throw ValidationError("'\(manifest.name)' does not look at files as they are: give its scores instead")
        }
        var scored: [ReviewedScore] = []
        var problems: [String] = []
        try await ModelCommand.withModels(settings) { parts, decoder in
            let reader = CaseReader(
                folder: URL(filePath: path).deletingLastPathComponent(), manifest: manifest, output: place, parts: parts,
                decoder: decoder)
            var progress = HashProgress(isWanted: false, isLong: rows.count > 20)
            let queue = RowQueue(rows)
            try await inOrder(atMost: 8, next: { await queue.next() }) { row in
                (row, await reader.score(of: row.what))
            } result: { row, result in
                switch result {
                case .success(let score):
                    scored.append(ReviewedScore(score: score, isUpheld: row.isUpheld))
                    progress.count(failed: false)
                case .failure(let problem):
                    problems.append("\(path):\(row.line): left out: \(problem.message)")
                    progress.count(failed: true)
                }
            }
            progress.finish()
        }
        Terminal.complain(Array(problems.prefix(Self.mostComplaints)))
        if problems.count > Self.mostComplaints {
            Terminal.complain(["and \(problems.count - Self.mostComplaints) more left out"])
        }
        return scored
    }

    private actor RowQueue {
        private var rest: ArraySlice<Row>
        init(_ rows: [Row]) { rest = rows[...] }
        func next() -> Row? { rest.popFirst() }
    }
}

/// Asks a model about files.
private struct CaseReader: Sendable {
    struct Problem: Error { var message: String }

    let folder: URL
    let manifest: ModelManifest
    /// Place of the output among the model's numbers.
    let output: Int
    let parts: ModelParts
    let decoder: MediaWorkerPool

    private static let largestFile = 100 << 20
    private static let largestText = 64 << 10

    /// The largest of its frames' scores.
    func score(of name: String) async -> Result<Double, Problem> {
        do {
            let path = name.hasPrefix("/") ? name : folder.appending(path: name).path
            let bytes = try FileName(Array(path.utf8)).read(atMost: manifest.input == .text ? Self.largestText : Self.largestFile)
            var best: Double?
            for input in try await inputs(bytes) {
                let answer = try await parts.queue.run(manifest.name, on: input, until: .now + .seconds(60))
                guard case .scores(let scores) = answer, output < scores.count else { throw Problem(message: "no score") }
                best = max(best ?? 0, scores[output])
            }
            guard let best else { throw Problem(message: "there is no picture in it") }
            return .success(best)
        } catch let problem as Problem {
            return .failure(problem)
        } catch let error as ModelError {
            return .failure(Problem(message: error.message))
        } catch let error as MediaError {
            return .failure(Problem(message: error.message))
        } catch let problem as HashedFile.Problem {
            return .failure(Problem(message: problem.message))
        } catch {
            return .failure(Problem(message: "\(error)"))
        }
    }

    private func inputs(_ bytes: [UInt8]) async throws -> [ModelInput] {
        guard let wish = manifest.raster else { return [.text(String(decoding: bytes, as: UTF8.self))] }
        var request = MediaRequest()
        request.dihedrals = false
        request.video = .keyFrames
        request.rasters = [wish]
        return try await decoder.inspect(bytes, request).rasters.map { .raster($0) }
    }
}

/// CSV as spreadsheets write it: fields in quotes may hold commas, quotes and line ends.
struct CSVText {
    var rows: [(line: Int, fields: [String])] = []

    init(_ text: String) {
        var (fields, field): ([String], String) = ([], "")
        var (line, start, isQuoted, wasQuote) = (1, 1, false, false)
        func isEmptyLine() -> Bool { fields.isEmpty && field.allSatisfy(\.isWhitespace) }
        // By scalar: a line end of two would be one character.
        for scalar in text.unicodeScalars where scalar != "\u{FEFF}" {
            if scalar == "\n" { line += 1 }
            switch scalar {
            case "\"":
                if wasQuote { field.unicodeScalars.append("\"") }
                (isQuoted, wasQuote) = (!isQuoted, isQuoted)
                continue
            case "," where !isQuoted:
                fields.append(field)
                field = ""
            case "\n" where !isQuoted:
                if !isEmptyLine() { rows.append((start, fields + [field])) }
                (fields, field, start) = ([], "", line)
            case "\r" where !isQuoted: break
            default: field.unicodeScalars.append(scalar)
            }
            wasQuote = false
        }
        if !isEmptyLine() { rows.append((start, fields + [field])) }
    }
}
