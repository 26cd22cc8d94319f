// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Policies
import Storage

/// Labels on actors and spaces, as people put them on and take them off.
struct LabelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label", abstract: "Words on actors and spaces that rules ask for.",
        discussion: """
            What a person says about a label stands until it expires: rules neither change it nor put on again what a person took off.
            Works beside a running server, which sees it with its next event.
              haechi label set trusted --platform matrix --actor @ann:example.org --reason "known for years" --as hana
              haechi label list --name trusted
            """, subcommands: [List.self, Set.self, Unset.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists labels in force, the latest first.",
            discussion:
                "One line a label: name, actor or space, platform, id, manual or automatic, by whom, when, until when, why.")
        @OptionGroup var options: SettingsOptions
        @Option(help: "Only labels of this name.") var name: String?
        @Option(help: "Whose labels: the platform, with --actor or --space.") var platform: String?
        @Option(help: "The actor's id, as the platform names it.") var actor: String?
        @Option(help: "The space's id, as the platform names it.") var space: String?
        @Option(help: "At most so many.") var limit = 1_000

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit \(limit): expected 1 or more") }
            if platform != nil || actor != nil || space != nil { _ = try Whom.subject(platform, actor, space) }
        }

        func run() async throws {
            try await LabelCommand.withLabels(try await options.settings(), declared: []) { labels in
                let found =
                    if platform == nil {
                        try await labels.labels(named: name, limit: limit)
                    } else {
                        Array(
                            try await labels.labels(on: try Whom.subject(platform, actor, space))
                                .filter { name == nil || $0.name == name }.prefix(limit))
                    }
                for label in found { Terminal.say(Self.line(label)) }
            }
        }

        private static func line(_ label: Label) -> String {
            [
                label.name, label.subject.kind.rawValue, label.subject.platform.rawValue, label.subject.id,
                label.isManual ? "manual" : "automatic", label.by.label, label.at.formatted(.iso8601),
                label.expiresAt?.formatted(.iso8601) ?? "-", label.reason,
            ].map { $0.map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined() }.joined(separator: "\t")
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a label on an actor or a space; rules do not take it off while it stands.")
        @OptionGroup var options: SettingsOptions
        @OptionGroup var whom: Whom
        @Flag(help: "Also a label that no policy declares (yet).") var force = false

        func run() async throws {
            let settings = try await options.settings()
            let declared = try LabelCommand.declared(settings, needed: !force)
            try await LabelCommand.withLabels(settings, declared: declared) { labels in
                let label = try await labels.set(try whom.wish(), evenUndeclared: force)
                Terminal.say("\(label.name) is on \(LabelCommand.words(label.subject))\(LabelCommand.end(label))")
            }
        }
    }

    struct Unset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a label off; rules do not put it on again while this stands.",
            discussion: "It stands as long as --hours says, else as long as the label's declaration, else until somebody sets it."
        )
        @OptionGroup var options: SettingsOptions
        @OptionGroup var whom: Whom

        func run() async throws {
            let settings = try await options.settings()
            let declared = try LabelCommand.declared(settings, needed: false)
            try await LabelCommand.withLabels(settings, declared: declared) { labels in
                let label = try await labels.unset(try whom.wish())
                Terminal.say("\(label.name) is not on \(LabelCommand.words(label.subject))\(LabelCommand.end(label))")
            }
        }
    }

    /// Which label, on whom, why and by whom.
    struct Whom: ParsableArguments {
        @Argument(help: "The label's name, as a policy declares it in state.labels.") var name: String
        @Option(help: "The platform, such as matrix.") var platform: String
        @Option(help: "The actor's id, as the platform names it.") var actor: String?
        @Option(help: "The space's id, as the platform names it.") var space: String?
        @Option(help: "For how many hours it stands (default: as the policy declares).") var hours: Int?
        @Option(help: "Why, for the record.") var reason: String
        @Option(name: .customLong("as"), help: "Who does this, for the record.") var person: String

        func validate() throws { _ = try Self.subject(platform, actor, space) }

        func wish() throws -> LabelService.Wish {
            .init(name: name, subject: try Self.subject(platform, actor, space), hours: hours, reason: reason, by: person)
        }

        static func subject(_ platform: String?, _ actor: String?, _ space: String?) throws -> LabelSubject {
            guard let platform else { throw ValidationError("--actor and --space need --platform") }
            switch (actor, space) {
            case (let actor?, nil): return .actor(PlatformID(platform), ActorID(actor))
            case (nil, let space?): return .space(PlatformID(platform), SpaceID(space))
            default: throw ValidationError("expected either --actor or --space")
            }
        }
    }

    // MARK: - What they share

    /// The labels that the policies declare.
    /// - Parameter needed: whether policies that cannot be read are an error here.
    private static func declared(_ settings: Settings, needed: Bool) throws -> [LabelDeclaration] {
        let path = settings.text("policies.path")
        if needed { return try PolicyFiles.load([path]).labels }
        return (try? PolicyFiles.compile(try PolicyFiles.read([path])))?.labels ?? []
    }

    private static func withLabels(
        _ settings: Settings, declared: [LabelDeclaration], _ work: (LabelService) async throws -> Void
    ) async throws {
        let store = try await Store.open(settings, access: .tool)
        do {
            try await work(LabelService(store: store, declared: { declared }, now: { Date() }))
        } catch let error as LabelError {
            await store.close()
            Terminal.complain([error.message])
            if case .undeclared = error {
                Terminal.complain(["--force puts it on all the same, for a policy to come"])
            }
            throw ExitCode(65)  // EX_DATAERR
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func words(_ subject: LabelSubject) -> String {
        "\(subject.kind.rawValue) \(subject.id) of \(subject.platform)"
    }

    private static func end(_ label: Label) -> String {
        label.expiresAt.map { " until \($0.formatted(.iso8601))" } ?? ", without an end"
    }
}
