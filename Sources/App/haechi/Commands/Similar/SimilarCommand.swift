// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import LookAlikeFiles
import MediaDecoding
import Moderation
import Signals

/// Which pictures of the index look like a file.
struct SimilarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar", abstract: "Lists pictures of public items that look like a file.",
        discussion: """
            The index is filled where lookalike.scope is flagged or all, and needs the model 'embedding' (scripts/bootstrap models
            --embeddings). One line a picture, the nearest first: how near it is (the cosine, at most 1), platform, item, space, actor and
            time. From 0.95 on it is most often the same picture, edited, or one of the same series; copies with much writing on or around them
            go down to 0.65, where other pictures are too. It may run beside the server, and sees what was in the index when it started.
              haechi similar picture.jpg
              haechi similar --item '$abc' --platform matrix
              haechi similar --groups
            --groups lists what belongs together in the whole index, the largest groups first: how many pictures, items, spaces and actors,
            the first and the last time, the cosine of the picture that is farthest from the group's middle ('loosest': far below --at-least,
            only a chain holds it together), and some of its items. It takes a search for each picture.
            Exit status 1 when nothing is found, 65 when no picture can be made of the file, 66 when there is no index or no file, 69 when the
            model does not run.
            """)

    @OptionGroup var options: SettingsOptions
    @Option(help: "At most so many lines, or groups, 1 to 200.") var limit = 10
    @Option(help: ArgumentHelp("Pictures of this item instead of a file's; no model is asked.", valueName: "id")) var item:
        String?
    @Option(help: "The platform of the item.") var platform: String?
    @Flag(help: "What belongs together in the index, instead of what is like a file; no model is asked.") var groups = false
    @Option(help: "With --groups: the cosine from which two pictures belong together, 0.8 to 1.") var atLeast = 0.97
    @Option(help: "With --groups: so many of the newest pictures look for others.") var newest = 100_000
    @Flag(help: "As JSON.") var json = false
    @Argument(help: "A picture file.") var file: String?

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit is 1 to 200") }
        guard [file != nil, item != nil, groups].count(where: { $0 }) == 1 else {
            throw ValidationError("give a file, or --item and --platform, or --groups")
        }
        guard (0.8...1).contains(atLeast) else { throw ValidationError("--at-least is 0.8 to 1") }
        guard newest > 0 else { throw ValidationError("--newest is 1 or more") }
        guard (item == nil) == (platform == nil) else { throw ValidationError("--item needs --platform, and --platform --item") }
    }

    func run() async throws {
        let asked = try await options.settings()
        if groups { return try await listGroups(asked) }
        // What is not there is told before anything is started that takes its time.
        let folder = ModelCommand.folder(asked)
        guard let entry = folder[LookAlikeService.model] else {
            throw Self.failure("there is no model '\(LookAlikeService.model)' in \(asked.text("models.path"))", 69)
        }
        let index = try Self.index(asked, entry.manifest)
        var matches: [LookAlikeMatch] = []
        if let item, let platform {
            let noModel = RoutingRunner(thinker: nil, server: nil, remote: [], off: [])
            let service = LookAlikeService(store: index, runner: noModel, scope: .off)
            matches = try await Self.near(ItemID(item), PlatformID(platform), limit, service)
        } else if let file {
            let bytes = try Self.read(file)
            // It is asked here and now, whether or not the server uses it.
            let settings = asked.enabling([LookAlikeService.model])
            if settings.serverModels[LookAlikeService.model] == nil, let problem = entry.problem {
                throw Self.failure("the model '\(LookAlikeService.model)' is off: \(problem)", 69)
            }
            try await ModelCommand.withModels(settings) { parts, decoder in
                let service = LookAlikeService(store: index, runner: parts.queue, scope: .off)
                matches = try await Self.near(try await Self.raster(of: bytes, file, decoder), limit, service)
            }
        }
        if json {
            Terminal.say(try MediaCommand.json(matches.map(MatchDocument.init)))
        } else {
            for match in matches { Terminal.say(Self.line(match)) }
        }
        if matches.isEmpty { throw ExitCode(1) }
    }

    /// A minus where nobody is named.
    static func line(_ match: LookAlikeMatch) -> String {
        [
            cosine(match.cosine), match.platform.rawValue, match.item.rawValue, match.space.rawValue,
            match.actor?.rawValue ?? "-",
            match.at.formatted(.iso8601),
        ].joined(separator: "\t")
    }

    static func cosine(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(3)).locale(Locale(identifier: "en")))
    }

    static func index(_ settings: Settings, _ manifest: ModelManifest) throws -> LookAlikeFiles {
        let path = settings.text("lookalike.path")
        do throws(LookAlikeError) {
            return try LookAlikeFiles(directory: path, model: LookAlikeService.modelKey(manifest), access: .read)
        } catch {
            throw failure("there is no index of look-alikes to read: \(error.message) (lookalike.scope fills it)", 66)
        }
    }

    private static func near(
        _ item: ItemID, _ platform: PlatformID, _ limit: Int, _ service: LookAlikeService
    ) async throws -> [LookAlikeMatch] {
        do throws(LookAlikeError) {
            if let matches = try await service.similar(to: item, on: platform, limit: limit) { return matches }
        } catch {
            throw failure(error.message, 66)
        }
        throw failure("the item is not in the index", 1)
    }

    private static func near(_ raster: Raster, _ limit: Int, _ service: LookAlikeService) async throws -> [LookAlikeMatch] {
        do throws(ModelError) { return try await service.similar(to: raster, limit: limit) } catch {
            throw failure(service.problem ?? "the model '\(LookAlikeService.model)': \(error.message)", 69)
        }
    }

    private static func read(_ file: String) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try FileName(file.utf8).read(atMost: MediaWorkerOptions().largestFile)
        } catch {
            let why = (error as? HashedFile.Problem)?.message ?? "can't be read"
            throw failure("\(file): \(why); expected a picture file", 66)
        }
        guard !bytes.isEmpty else { throw failure("\(file): an empty file; expected a picture", 65) }
        return bytes
    }

    /// The file is decoded in the sandbox, as any file from outside.
    private static func raster(of bytes: [UInt8], _ file: String, _ decoder: MediaWorkerPool) async throws -> Raster {
        var request = MediaRequest()
        request.rasters = [LookAlikeService.wish]
        do throws(MediaError) {
            let facts = try await decoder.inspect(bytes, request)
            if let raster = facts.rasters.first { return raster }
        } catch {
            throw failure("\(file): \(error.message)", 65)
        }
        throw failure("\(file): no picture could be made of it", 65)
    }

    static func failure(_ words: String, _ status: Int32) -> ExitCode {
        Terminal.complain([words])
        return ExitCode(status)
    }
}
