// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
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
            Exit status 1 when nothing is found, 66 when there is no index, 69 when the model does not run.
            """)

    @OptionGroup var options: SettingsOptions
    @Option(help: "At most so many lines, 1 to 200.") var limit = 10
    @Option(help: ArgumentHelp("Pictures of this item instead of a file's; no model is asked.", valueName: "id")) var item:
        String?
    @Option(help: "The platform of the item.") var platform: String?
    @Argument(help: "A picture file.") var file: String?

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit is 1 to 200") }
        guard (file == nil) != (item == nil) else { throw ValidationError("give a file, or --item and --platform") }
        guard (item == nil) == (platform == nil) else { throw ValidationError("--item needs --platform, and --platform --item") }
    }

    func run() async throws {
        // It is asked here and now, whether or not the server uses it.
        let settings = try await options.settings(more: ["models.enable": LookAlikeService.model, "models.deadline_ms": "60000"])
        var matches: [LookAlikeMatch] = []
        try await ModelCommand.withModels(settings) { parts, decoder in
            guard let manifest = parts.manifest(LookAlikeService.model) else {
                throw Self.failure("there is no model '\(LookAlikeService.model)' in \(settings.text("models.path"))", 69)
            }
            let service = LookAlikeService(
                store: try Self.index(settings, manifest), runner: parts.queue, scope: .off)
            if let item, let platform {
                matches = try await Self.near(ItemID(item), PlatformID(platform), limit, service)
            } else if let file {
                matches = try await Self.near(try await Self.raster(of: file, decoder), limit, service)
            }
        }
        for match in matches {
            let fields = [
                match.cosine.formatted(.number.precision(.fractionLength(3)).locale(Locale(identifier: "en"))),
                match.platform.rawValue, match.item.rawValue, match.space.rawValue, match.actor.rawValue,
                match.at.formatted(.iso8601),
            ]
            Terminal.say(fields.joined(separator: "\t"))
        }
        if matches.isEmpty { throw ExitCode(1) }
    }

    private static func index(_ settings: Settings, _ manifest: ModelManifest) throws -> LookAlikeFiles {
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

    /// The file is decoded in the sandbox, as any file from outside.
    private static func raster(of file: String, _ decoder: MediaWorkerPool) async throws -> Raster {
        guard let data = try? Data(contentsOf: URL(filePath: file)) else { throw failure("\(file): it cannot be read", 66) }
        var request = MediaRequest()
        request.rasters = [LookAlikeService.wish]
        do throws(MediaError) {
            let facts = try await decoder.inspect([UInt8](data), request)
            if let raster = facts.rasters.first { return raster }
        } catch {
            throw failure("\(file): \(error.message)", 65)
        }
        throw failure("\(file): no picture could be made of it", 65)
    }

    private static func failure(_ words: String, _ status: Int32) -> ExitCode {
        Terminal.complain([words])
        return ExitCode(status)
    }
}
