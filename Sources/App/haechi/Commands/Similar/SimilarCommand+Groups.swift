// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Glibc
import Inference
import LookAlikeFiles
import Moderation
import Signals
import Synchronization

extension SimilarCommand {
    /// What in the index belongs together; no model is asked.
    func listGroups(_ settings: Settings) async throws {
        guard let manifest = ModelCommand.folder(settings)[LookAlikeService.model]?.manifest else {
            throw Self.failure("there is no model '\(LookAlikeService.model)' in \(settings.text("models.path"))", 69)
        }
        let files = try Self.index(settings, manifest)
        var options = LookAlikeGroupOptions()
        options.threshold = atLeast
        options.newest = newest
        options.limit = limit
        let all = await files.count
        if all > newest { Terminal.complain(["the newest \(newest) of \(all) pictures look for others; --newest says how many"]) }
        let progress = GroupProgress()
        let groups: [LookAlikeGroup]
        do throws(LookAlikeError) {
            groups = try await files.groups(options) { done, all in progress.show(done, of: all) }
        } catch {
            throw Self.failure(error.message, 66)
        }
        if json {
            Terminal.say(try MediaCommand.json(groups.map(GroupDocument.init)))
        } else {
            for group in groups { Self.say(group) }
        }
        if groups.isEmpty { throw ExitCode(1) }
    }

    /// One line for the group, and below it one for each example.
    private static func say(_ group: LookAlikeGroup) {
        func some(_ count: Int, _ one: String) -> String { "\(count) \(one)\(count == 1 ? "" : "s")" }
        Terminal.say(
            [
                some(group.pictures, "picture"), some(group.items, "item"), some(group.spaces, "space"),
                some(group.actors, "actor"), "\(group.first.formatted(.iso8601)) to \(group.last.formatted(.iso8601))",
                "loosest \(cosine(group.loosest))",
            ].joined(separator: ", "))
        for example in group.examples { Terminal.say("\t" + line(example)) }
    }
}

/// A group as JSON.
private struct GroupDocument: Encodable {
    var pictures: Int
    var items: Int
    var spaces: Int
    var actors: Int
    var first: String
    var last: String
    var loosest: Double
    var examples: [MatchDocument]

    init(_ group: LookAlikeGroup) {
        (pictures, items, spaces, actors) = (group.pictures, group.items, group.spaces, group.actors)
        (first, last) = (group.first.formatted(.iso8601), group.last.formatted(.iso8601))
        loosest = MatchDocument.rounded(group.loosest)
        examples = group.examples.map(MatchDocument.init)
    }
}

/// A picture that was found, as JSON.
struct MatchDocument: Encodable {
    var cosine: Double
    var platform: String
    var item: String
    var space: String
    var actor: String?
    var at: String

    init(_ match: LookAlikeMatch) {
        cosine = Self.rounded(match.cosine)
        (platform, item, space) = (match.platform.rawValue, match.item.rawValue, match.space.rawValue)
        (actor, at) = (match.actor?.rawValue, match.at.formatted(.iso8601))
    }

    static func rounded(_ cosine: Double) -> Double { (cosine * 1_000).rounded() / 1_000 }
}

/// How far it is, on standard error: one line that is written over on a terminal, a line every ten seconds elsewhere.
private final class GroupProgress: Sendable {
    private let isTerminal = isatty(2) == 1
    private let last = Mutex(ContinuousClock.now)

    func show(_ done: Int, of all: Int) {
        let now = ContinuousClock.now
        let isLast = done == all
        let isDue = last.withLock { last in
            guard now - last >= (isTerminal ? .milliseconds(200) : .seconds(10)) || isLast && isTerminal else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let text = isTerminal ? "\r\u{1b}[K\(done) of \(all) pictures\(isLast ? "\n" : "")" : "\(done) of \(all) pictures\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
}
