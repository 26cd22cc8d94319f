// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals

/// The JSON line of a file. Written by hand, because the order of the keys is part of what is promised.
struct HashLine {
    var isExact = false
    var showsDihedrals = false
    var showsMethod = false

    private static let dihedralNames = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]

    func picture(_ file: HashedFile) -> String {
        line(file) { facts in
            var members = [
                ("pdq", Self.string(facts.pdq)), ("quality", "\(facts.quality)"), ("width", "\(facts.width)"),
                ("height", "\(facts.height)"),
            ]
            if showsMethod { members.append(("method", Self.string(facts.method.rawValue))) }
            if facts.isIncomplete { members.append(("truncated", "true")) }
            if showsDihedrals {
                members.append(("dihedral", Self.object(zip(Self.dihedralNames, facts.dihedrals.map(Self.string)))))
            }
            if !facts.variants.isEmpty {
                let variants = facts.variants.map { variant in
                    let hash = [("pdq", Self.string(variant.pdq)), ("quality", "\(variant.quality)")]
                    return (variant.name, Self.object(hash))
                }
                members.append(("variants", Self.object(variants)))
            }
            return members
        }
    }

    func video(_ file: HashedFile) -> String {
        line(file) { facts in
            let frames = facts.frames.map { frame in
                Self.object([
                    ("frame", "\(frame.frame)"), ("seconds", Self.seconds(frame.seconds)), ("pdq", Self.string(frame.pdq)),
                    ("quality", "\(frame.quality)"),
                ])
            }
            var members = [("duration", Self.seconds(facts.duration ?? 0))]
            if facts.isIncomplete { members.append(("truncated", "true")) }
            members.append(("frames", "[" + frames.joined(separator: ",") + "]"))
            return members
        }
    }

    private func line(_ file: HashedFile, _ facts: (MediaFacts) -> [(String, String)]) -> String {
        var members = [("file", Self.string(file.name.text))]
        switch file.outcome {
        case .failure(let problem): members.append(("error", Self.string(problem.message)))
        case .success(let found): members += facts(found)
        }
        if isExact, let exact = file.exact {
            members += [("sha256", Self.string(exact.sha256)), ("md5", Self.string(exact.md5))]
        }
        return Self.object(members)
    }

    private static func object(_ members: some Sequence<(String, String)>) -> String {
        "{" + members.map { "\(string($0)):\($1)" }.joined(separator: ",") + "}"
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
