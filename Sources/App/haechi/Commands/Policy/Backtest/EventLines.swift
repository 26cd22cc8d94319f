// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies

/// Events from a file, one JSON object a line, in the form of `haechi policy explain --event`.
struct EventLines {
    /// What is wrong, with file and line; nothing of the line itself, which may be content.
    struct Problem: Error {
        let message: String
    }

    private static let longestLine = 1 << 20

    let path: String
    let signals: [SignalDeclaration]

    /// Calls `take` for each event whose space is public, in the order of the lines; empty lines count, but hold no event.
    ///
    /// - Returns: how many events were passed over, because their space is not public.
    func read(_ take: (RecordedEvent) throws -> Void) throws -> Int {
        guard let file = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path) else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        var rest = Data()
        var line = 0
        var passedOver = 0
        func takeLine(_ bytes: Data) throws {
            line += 1
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return }
            if let event = try recorded(bytes, line) { try take(event) } else { passedOver += 1 }
        }
        while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
            rest.append(chunk)
            while let end = rest.firstIndex(of: 0x0A) {
                try takeLine(rest[rest.startIndex..<end])
                rest = rest[rest.index(after: end)...]
            }
            guard rest.count <= Self.longestLine else {
                throw Problem(message: "\(path):\(line + 1): the line is too long: expected one event of at most 1 MiB")
            }
            rest = Data(rest)
        }
        if !rest.isEmpty { try takeLine(rest) }
        return passedOver
    }

    private func recorded(_ bytes: Data, _ line: Int) throws -> RecordedEvent? {
        do {
            return try EventFile(bytes, id: "line-\(line)", now: nil).recorded(for: signals)
        } catch let error as EventFile.Problem {
            throw Problem(message: "\(path):\(line): \(error.message); expected an event as JSON on one line, with kind and at")
        }
    }
}
