// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Inference
import Logging
import MediaDecoding
import ModelInputs
import Moderation
import Pipeline
import Policies
import ServiceLifecycle
import Signals

/// The models of this process: what is installed, what runs it, and the detectors that ask it.
///
/// All of it is optional. What is missing is off and says why; its signals are unknown.
struct ModelParts: Sendable {
    let queue: ModelQueue
    let services: [any Service]
    private let folder: ModelFolder
    private let thinker: ThinkerPool?
    private let decoder: MediaWorkerPool
    private let enabled: Set<String>
    /// Those that cannot run as long as this process does: what they would look at need not be made.
    private let off: Set<String>
    private let lookAlikeScope: String
    private let frames: Int
    private let previews: Bool
    private let logger: Logger

    /// - Parameter patience: what a model may take, where it is not `models.deadline_ms`.
    /// - Throws: `SettingsError` where settings name models that are not there.
    init(_ settings: Settings, decoder: MediaWorkerPool, patience: Duration? = nil, logger: Logger) throws(SettingsError) {
        let native = Paths.absolute(settings.text("models.native_path"))
        let server = OpenInferenceOptions(settings)
        let remote = Set(server?.models.keys.map(\.self) ?? [])
        enabled = settings.enabledModels
        let folder = ModelFolder(reading: Paths.absolute(settings.text("models.path")), native: native)
        for problem in folder.problems { logger.error("a model is left out", metadata: ["reason": "\(problem)"]) }
        try ModelNames.check(settings, against: folder)
        for note in folder.entries.flatMap(\.notes) { logger.warning("\(note)") }

        // In processes of our own, and on a model server.
        var loads = folder.loads(precision: settings.text("models.precision"), optIn: enabled, remote: remote)
        for index in loads.indices where loads[index].recipe.engine == .tesseract {
            loads[index].file = settings.text("ocr.languages")
        }
        var options = ThinkerOptions()
        options.workers = settings.number("models.workers")
        options.queue = settings.number("models.queue")
        let pool =
            options.workers > 0 && !loads.isEmpty
            ? ThinkerPool(
                executable: MediaWorkerPool.locate() ?? "haechi-media-worker", native: native, models: loads, options: options,
                logger: logger) : nil
        let asking = server.map { server in
            if let warning = server.warning { logger.warning("\(warning)") }
            return OpenInferenceRunner(options: server, manifests: folder.manifests, logger: logger) {
                (model, raster, deadline) async throws(ModelError) in
                guard let pool else { throw .notInstalled("models.workers is 0, so nothing prepares pictures for the server") }
                return try await pool.prepare(model, raster, until: deadline)
            }
        }
        let offStates = folder.offStates(optIn: enabled, remote: remote)
        off = Set(offStates.map(\.name))
        let runner = RoutingRunner(thinker: pool, server: asking, remote: remote, off: offStates)

        var queueing = ModelQueue.Options()
        queueing.limit = settings.number("models.queue")
        queueing.patience = patience ?? .milliseconds(settings.number("models.deadline_ms"))
        for manifest in folder.manifests { queueing.longer[manifest.name] = manifest.deadline }
        // One in work and one under way for each process; a server puts several together.
        queueing.concurrency = max(1, options.workers * 2) + (server == nil ? 0 : 16)
        queue = ModelQueue(runner, options: queueing, observe: ModelMetrics.observe)
        services = asking.map { [ModelServerWatch(runner: $0)] } ?? []
        thinker = pool
        self.decoder = decoder
        self.folder = folder
        lookAlikeScope = settings.text("lookalike.scope")
        frames = settings.number("media.frames")
        previews = settings.text("media.preview") == "on"
        self.logger = logger
    }

    func shutdown() async { await thinker?.shutdown() }

    /// Waits until the models of this process are loaded, or cannot be, or the deadline.
    func waitUntilReady(until deadline: ContinuousClock.Instant) async { await thinker?.waitUntilReady(until: deadline) }

    /// Longer than loading takes, and no longer than what is known by hash may stay up after a start.
    private static let startPatience = Duration.seconds(30)

    /// For these rules: where none asks a model, or models cannot be loaded, there is nothing to wait for.
    func waitUntilReady(for rules: LiveRulebook) async {
        guard rules.current.policies.signalsInUse.contains(where: { $0.cost != .cheap }) else { return }
        await waitUntilReady(until: .now + Self.startPatience)
        guard let thinker, thinker.health.running == 0 else { return }
        logger.warning("no models are loaded yet: events are judged without them", metadata: ["after": "\(Self.startPatience)"])
    }

    /// The manifest of a model that is in the folder.
    func manifest(_ name: String) -> ModelManifest? { folder[name]?.manifest }

    // MARK: - Detectors

    /// Detectors and policies together, and what they want of files.
    func rulebook(_ policies: PolicySet, banks: Banks) throws -> Rulebook {
        let lists = Dictionary(policies.lists.map { ($0.name, $0.entries) }, uniquingKeysWith: +)
        let review = policies.signals + extras(beside: policies.signals)
        var left: [RasterWish] = []
        var wishes = wishes(for: policies.signalsInUse, leaving: &left)
        var reviewWishes = self.wishes(for: review, leaving: &left)
        reviewWishes.preview = previews
        reviewWishes.provenance = true
        if lookAlikeScope != "off" { add(LookAlikeService.wish, to: &reviewWishes, leaving: &left) }
        if lookAlikeScope == "all" { add(LookAlikeService.wish, to: &wishes, leaving: &left) }
        for wish in left {
            let models = folder.manifests.filter { $0.raster == wish }.map(\.name)
            logger.warning(
                "one picture size more than the \(MediaWishes.mostRasters) that are made: its models' signals are unknown",
                metadata: ["raster": "\(wish.text)", "models": "\(models.joined(separator: ", "))"])
        }
        return Rulebook(
            detectors: try detectors(policies.signals, lists, banks), policies: policies, wishes: wishes,
            review: .init(
                detectors: try detectors(review, lists, banks),
                declarations: review.filter { $0.cost != .cheap || $0.kind == .model || $0.source == .pictures },
                wishes: reviewWishes))
    }

    private func detectors(
        _ signals: [SignalDeclaration], _ lists: [String: [String]], _ banks: Banks
    ) throws -> Detectors {
        let head = folder["intent"]
        var dear: [any DearDetector] = [
            ModelDetector(signals, models: folder.manifests, runner: queue), LanguageDetector(signals, runner: queue),
            PictureTextDetector(
                signals,
                readers: try Detectors.ofWords(signals, lists, source: .pictures), runner: queue),
        ]
        if let head {
            let text = head.problem == nil ? (try? String(contentsOfFile: head.weights, encoding: .utf8)) ?? "" : ""
            dear.append(IntentDetector(signals, manifest: head.manifest, head: text, runner: queue))
        }
        return Detectors(
            try Detectors.ofWords(signals, lists) + [HashDetector(signals, banks: banks), ProvenanceDetector(signals)],
            dear: dear)
    }

    /// Only what some signal looks at is made.
    private func wishes(for signals: [SignalDeclaration], leaving left: inout [RasterWish]) -> MediaWishes {
        var wishes = MediaWishes(frames: frames, provenance: signals.contains { $0.kind == .provenance })
        for wish in ModelDetector.wishes(for: signals, models: folder.manifests.filter { !off.contains($0.name) }) {
            add(wish, to: &wishes, leaving: &left)
        }
        if PictureTextDetector.isNeeded(for: signals), !off.contains(PictureTextDetector.model) {
            add(PictureTextDetector.wish, to: &wishes, leaving: &left)
        }
        return wishes
    }

    /// - Parameter left: gets what cannot be made beside the others.
    private func add(_ wish: RasterWish, to wishes: inout MediaWishes, leaving left: inout [RasterWish]) {
        if !wishes.add(wish), !left.contains(wish) { left.append(wish) }
    }

    /// What helps whoever reviews, also where no policy asks for it.
    private func extras(beside declared: [SignalDeclaration]) -> [SignalDeclaration] {
        // Vectors and readings say nothing to people by themselves.
        let models = folder.manifests.filter { manifest in
            manifest.recipe.reading != .vector && manifest.recipe.engine != .tesseract
                && (!manifest.isOptIn || enabled.contains(manifest.name))
        }
        return ReviewSignals.of(models, beside: declared) + [
            SignalDeclaration(name: "review_contacts", kind: .contact, bank: ""),
            SignalDeclaration(name: "review_personal", kind: .personal, bank: ""),
            SignalDeclaration(name: "review_picture_contacts", kind: .contact, bank: "", source: .pictures),
            SignalDeclaration(name: "review_picture_personal", kind: .personal, bank: "", source: .pictures),
        ]
    }

    // MARK: - How it stands

    var workers: [WorkerStanding] {
        ([decoder.health] + (thinker.map { [$0.health] } ?? [])).map { health in
            WorkerStanding(
                role: health.role.rawValue, wanted: health.wanted, running: health.running, busy: health.busy,
                waiting: health.waiting, waitingVideos: health.waitingVideos, refused: health.refused, deaths: health.deaths)
        }
    }

    /// Every optional signal, for health pages.
    var standing: [SignalStanding] {
        let queued = Dictionary(queue.standing.map { ($0.model, $0) }) { first, _ in first }
        var all = queue.states.map { state in
            let waiting = queued[state.name]
            return SignalStanding(
                name: state.name, detail: [state.version, state.precision].filter { !$0.isEmpty }.joined(separator: ", "),
                problem: state.problem, waiting: waiting?.waiting ?? 0, oldest: waiting?.oldest.inSeconds ?? 0,
                shed: waiting?.shed ?? 0)
        }
        // A head stands on another model's vectors, and runs where that one runs.
        for entry in folder.entries {
            guard let base = entry.headOf, !all.contains(where: { $0.name == entry.manifest.name }) else { continue }
            let problem = entry.problem ?? all.first { $0.name == base }.map(\.problem) ?? "the model '\(base)' is missing"
            all.append(
                SignalStanding(name: entry.manifest.name, detail: entry.manifest.version, problem: problem, isAsked: false))
        }
        let greeting = decoder.health.greeting
        all.append(
            SignalStanding(
                name: "signed-provenance",
                problem: greeting["c2pa"] == "on" ? nil : "the library for signed manifests is not installed",
                isAsked: false))
        if let trust = TrustList(greeting: greeting), trust != .off {
            all.append(SignalStanding(name: "trust-list", problem: trust.problem, isAsked: false))
        }
        return all.sorted { $0.name < $1.name }
    }
}

/// How decoders stand with the operator's trust list, as they say when they start.
enum TrustList: String {
    /// `off`: there is none.
    case on, off, unreadable, invalid

    /// Nil before a decoder said so.
    init?(greeting: [String: String]) {
        guard let word = greeting["trust"] else { return nil }
        self.init(rawValue: word)
    }

    /// Why it is not used although it is set; nil when it is, or there is none.
    var problem: String? {
        switch self {
        case .on, .off: nil
        case .unreadable:
            "provenance.trust_anchors_file can't be read as a file; manifests are verified, and every signer is unknown"
        case .invalid:
            "provenance.trust_anchors_file has no certificates that can be used; manifests are verified, and every signer is unknown"
        }
    }
}

/// Asks the model server from time to time what it has.
private struct ModelServerWatch: Service {
    let runner: OpenInferenceRunner

    func run() async throws {
        await cancelWhenGracefulShutdown { await runner.watch() }
    }
}

extension OpenInferenceOptions {
    /// Nil when no server is set.
    init?(_ settings: Settings) {
        guard let url = settings["models.server_url"] else { return nil }
        self.init(url: url, token: settings["models.server_token"], models: settings.serverModels.mapValues { .init(text: $0) })
        queue = settings.number("models.queue")
    }
}

extension Detectors {
    /// What reads words. What is written can be noticed again from the event alone, by back-tests and explanations too.
    ///
    /// - Parameter links: whether anybody asks for links.
    static func ofWords(
        _ signals: [SignalDeclaration], _ lists: [String: [String]], source: SignalDeclaration.Source = .text,
        links: Bool = true
    ) throws -> [any Detector & TextReader] {
        var readers: [any Detector & TextReader] = [
            try TextDetector(signals, lists: lists, source: source), ContactDetector(signals, source: source),
            PersonalNumberDetector(signals, source: source),
        ]
        if links { readers.append(try LinkDetector(signals, lists: lists, source: source)) }
        return readers
    }
}

/// Paths that processes in a box are told.
enum Paths {
    static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
