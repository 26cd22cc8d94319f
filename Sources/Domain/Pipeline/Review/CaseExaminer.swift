// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Foundation
package import Logging
package import Moderation
package import Records
import ServiceLifecycle
package import Signals

/// Looks into what cases hold, in the background, so that whoever reviews one finds the signals there. For a case with a report
/// models are asked before those of events, and their questions are not shed; one that only rules opened comes among the events.
package actor CaseExaminer: Service {
    package struct Options: Sendable {
        /// How often it is asked which cases wait, without being woken.
        package var pollInterval: Duration = .seconds(1)
        /// Cases in one round.
        package var atOnce = 4
        /// How long all signals of a case may take.
        package var patience: Duration = .seconds(60)
        /// A case is given up after so many attempts that failed. That the decoder is busy or does not run is none.
        package var attempts = 8
        /// Seconds for which others leave a case alone that is being looked at.
        package var claim: Double = 180

        package init() {}
    }

    private let store: any ExaminationStore
    private let cases: any CaseStore
    private let evidence: any EvidenceStore
    private let events: any EventStore
    private let commits: GroupCommit<Commit, CommitResult>
    private let preservation: Preservation
    private let examiner: MediaExaminer
    private let rules: LiveRulebook
    private let feed: LiveFeed
    private let looked: @Sendable (PublicEvent, [ExaminedMedia]) -> Void
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let wake = Wake()
    /// How often in a row the decoder was not to be had, by case.
    private var refusals: [CaseID: Int] = [:]

    /// - Parameter looked: told once of what is public in a case, for an index of look-alikes; it must return at once.
    package init(
        store: any ExaminationStore, cases: any CaseStore, evidence: any EvidenceStore, events: any EventStore,
        commits: GroupCommit<Commit, CommitResult>, preservation: Preservation, examiner: MediaExaminer, rules: LiveRulebook,
        feed: LiveFeed, looked: @escaping @Sendable (PublicEvent, [ExaminedMedia]) -> Void = { _, _ in },
        options: Options = Options(), logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.looked = looked
        self.store = store
        self.cases = cases
        self.evidence = evidence
        self.events = events
        self.commits = commits
        self.preservation = preservation
        self.examiner = examiner
        self.rules = rules
        self.feed = feed
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await wake.rounds(every: options.pollInterval) { error in
            logger.error("cases cannot be examined, trying again", metadata: ["error": "\(error)"])
        } round: {
            try await self.round()
        }
    }

    /// Examines what waits; false when nothing did.
    @discardableResult
    package func round() async throws -> Bool {
        let waiting = try await store.waitingExaminations(dueBy: now(), limit: options.atOnce)
        for id in waiting {
            let begun = now()
            guard try await store.claimExamination(of: id, dueBy: begun, until: begun.addingTimeInterval(options.claim)) else {
                continue
            }
            do {
                guard let file = try await cases.caseFile(id) else { continue }
                try await store.record(try await examine(file))
                refusals[id] = nil
                await feed.publish(.caseChanged(id.rawValue))
            } catch {
                try await putOff(id, after: error)
            }
        }
        return !waiting.isEmpty
    }

    private func putOff(_ id: CaseID, after error: any Error) async throws {
        guard !Task.isCancelled else {
            // Stopped in the middle: whoever goes on need not wait for the end of the claim.
            let (store, now) = (store, now())
            _ = try await Task { try await store.postponeExamination(of: id, until: now, attempts: nil) }.value
            throw error
        }
        // The reason may quote no content: media and store errors do not.
        logger.warning("a case was not examined", metadata: ["case": "\(id)", "error": "\(EventWorker.describe(error))"])
        var (seconds, attempts): (Double, Int?) = (10, options.attempts)
        if case MediaError.unavailable = error {
            if refusals.count > 10_000 { refusals = [:] }
            let count = refusals[id, default: 0]
            refusals[id] = count + 1
            (seconds, attempts) = (min(60, 5 * Double(1 << min(count, 4))), nil)
        } else {
            refusals[id] = nil
        }
        if try await store.postponeExamination(of: id, until: now().addingTimeInterval(seconds), attempts: attempts) {
            await feed.publish(.caseChanged(id.rawValue))
        }
    }

    private func examine(_ file: CaseFile) async throws -> CaseExamination {
        let rulebook = rules.current
        let kept = file.evidence.filter { $0.role != .preview }
        var examination = CaseExamination(caseID: file.case.id, at: now(), pieces: kept.map(\.id))
        // The gate first: of what is not public a small picture is made for people, where they need one, and nothing is looked for in it.
        let isOpen = try await publicEvent(file.case, nil) != nil
        let wanted =
            isOpen
            ? rulebook.reviewWishes
            : MediaWishes(frames: min(1, rulebook.reviewWishes.frames), preview: rulebook.reviewWishes.preview)
        var item: Item?
        var media: [ExaminedMedia] = []
        var seen: Set<String> = []
        var names: Set<MediaID> = []
        var texts: [String: [EvidenceID]] = [:]
        // The newest version of an item says what it is now; one file may lie there twice.
        for reference in kept.reversed() {
            guard seen.insert(reference.sha256).inserted, let sealed = try await evidence.evidence(reference.id) else { continue }
            let bytes = try EvidenceSealer.open(sealed)
            switch reference.role {
            case .item:
                guard let version = try? JSONDecoder().decode(Item.self, from: Data(bytes)) else { continue }
                texts[version.text ?? "", default: []].append(reference.id)
                item = item ?? version
            case .media:
                var name = reference.media ?? MediaID(reference.sha256)
                // Another version under the same id of the platform's: what is found in one is not said of the other.
                if !names.insert(name).inserted { name = MediaID("\(name)#\(reference.sha256.prefix(12))") }
                var wishes = wanted
                if ServedPicture.type(reference.type, of: bytes) != nil { wishes.preview = false }
                let examined = try await examiner.examine(
                    Media(id: name, type: reference.type), bytes: bytes, wishes: wishes)
                media.append(examined)
                examination.files.append(.init(reference, examined))
                try await keepPreview(of: examined, reference, in: file)
            case .preview: break
            }
        }
        let same = texts.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
        if !same.isEmpty { examination.sameTexts = same }
        if item == nil, media.isEmpty {
            examination.withheld = .nothingKept
        } else if isOpen, let event = try await publicEvent(file.case, item) {
            if item != nil, !media.isEmpty, try await store.tellOnce(of: file.case.id) { looked(event, media) }
            // Rules may open cases by the hundred: they must not keep what happens now waiting.
            examination.signals = await ModelPriority.$current.withValue(file.reports.isEmpty ? .live : .report) {
                await rulebook.look(at: event, media: media, until: .now + options.patience)
            }
        } else {
            examination.withheld = .notPublic
            for index in examination.files.indices { examination.files[index].provenance = nil }
        }
        return examination
    }

    /// Where nobody is named as the author, nobody is made up.
    private static let nobody: ActorID = ""

    /// The gate again: what is not public now is shown to people, and to no detector. The case's own word is an old one, so here what is
    /// unknown is not public.
    private func publicEvent(_ of: Case, _ item: Item?) async throws -> PublicEvent? {
        guard of.privacy == .public, let space = of.target.space,
            let known = try await events.privacy(of: space, on: of.target.platform)
        else { return nil }
        let event = Event(
            platform: of.target.platform, id: EventID("case-\(of.id)"), kind: .messagePosted, at: of.openedAt,
            receivedAt: of.openedAt, space: Space(id: space, privacy: .public), actor: Actor(id: of.target.actor ?? Self.nobody),
            item: item)
        return PublicEvent(event, whileSpaceIs: known)
    }

    /// The picture of our own making that is shown where browsers do not show the original: sealed like it, and gone with it.
    private func keepPreview(of media: ExaminedMedia, _ reference: EvidenceReference, in file: CaseFile) async throws {
        guard let bytes = media.facts?.preview, !bytes.isEmpty,
            !file.evidence.contains(where: { $0.id == reference.id.preview })
        else { return }
        let preview = try preservation.seal(
            bytes, type: "image/jpeg", role: .preview, media: reference.media, id: reference.id.preview, at: now())
        var commit = Commit(caseID: file.case.id, evidence: [preview], ledger: [.preserved(preview, decision: nil, at: now())])
        commit.original = reference.id
        _ = try await commits.submit([commit])
    }
}

extension CaseExamination.File {
    fileprivate init(_ reference: EvidenceReference, _ media: ExaminedMedia) {
        self.init(evidence: reference.id, media: media.media.id, sha256: reference.sha256)
        switch media.problem {
        case .notAPicture(let why), .unreadable(let why): problem = why
        case nil: break
        }
        guard let facts = media.facts else { return }
        (format, width, height, duration) = (facts.format, facts.width, facts.height, facts.duration)
        provenance = facts.provenance
        times = facts.times
    }
}
