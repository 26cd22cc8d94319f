// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Foundation
package import Logging
package import Moderation
package import Records
import ServiceLifecycle
package import Signals

/// Looks into what cases hold, in the background, so that whoever reviews one finds the signals there. Models are asked before those
/// of events that nobody waits for, and are not shed.
package actor CaseExaminer: Service {
    package struct Options: Sendable {
        /// How often it is asked which cases wait, without being woken.
        package var pollInterval: Duration = .seconds(1)
        /// Cases in one round.
        package var atOnce = 4
        /// How long all signals of a case may take.
        package var patience: Duration = .seconds(60)
        /// A case is given up after so many attempts that the decoder or the store refused.
        package var attempts = 8

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

    /// - Parameter looked: told of what is public in a case, for an index of look-alikes; it must return at once.
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
            do {
                guard let file = try await cases.caseFile(id) else { continue }
                try await store.record(try await examine(file))
                await feed.publish(.caseChanged(id.rawValue))
            } catch let error where !Task.isCancelled {
                // The reason may quote no content: media and store errors do not.
                logger.warning("a case was not examined", metadata: ["case": "\(id)", "error": "\(EventWorker.describe(error))"])
                try await store.postponeExamination(
                    of: id, until: now().addingTimeInterval(10), attempts: options.attempts)
            }
        }
        return !waiting.isEmpty
    }

    private func examine(_ file: CaseFile) async throws -> CaseExamination {
        let rulebook = rules.current
        let kept = file.evidence.filter { $0.role != .preview }
        var examination = CaseExamination(caseID: file.case.id, at: now(), pieces: kept.count)
        var item: Item?
        var media: [ExaminedMedia] = []
        var seen: Set<String> = []
        // The newest version of an item says what it is now; one file may lie there twice.
        for reference in kept.reversed() {
            guard seen.insert(reference.sha256).inserted, let sealed = try await evidence.evidence(reference.id) else { continue }
            let bytes = try EvidenceSealer.open(sealed)
            switch reference.role {
            case .item: item = item ?? (try? JSONDecoder().decode(Item.self, from: Data(bytes)))
            case .media:
                let id = reference.media ?? MediaID(reference.sha256)
                let examined = try await examiner.examine(
                    Media(id: id, type: reference.type), bytes: bytes, wishes: rulebook.reviewWishes)
                media.append(examined)
                examination.files.append(.init(reference, examined))
                try await keepPreview(of: examined, reference, in: file)
            case .preview: break
            }
        }
        if item == nil, media.isEmpty {
            examination.withheld = .nothingKept
        } else if let event = try await publicEvent(file.case, item) {
            looked(event, media)
            examination.signals = await ModelPriority.$current.withValue(.report) {
                await rulebook.look(at: event, media: media, until: .now + options.patience)
            }
        } else {
            examination.withheld = .notPublic
        }
        return examination
    }

    /// The gate again: what is not public now is shown to people, and to no detector.
    private func publicEvent(_ of: Case, _ item: Item?) async throws -> PublicEvent? {
        guard of.privacy == .public, let space = of.target.space else { return nil }
        let event = Event(
            platform: of.target.platform, id: EventID("case-\(of.id)"), kind: .messagePosted, at: of.openedAt,
            receivedAt: of.openedAt, space: Space(id: space, privacy: .public), actor: Actor(id: of.target.actor ?? "unknown"),
            item: item)
        return PublicEvent(event, whileSpaceIs: try await events.privacy(of: space, on: of.target.platform))
    }

    /// The picture of our own making that is shown first: sealed like the original, and gone with it.
    private func keepPreview(of media: ExaminedMedia, _ reference: EvidenceReference, in file: CaseFile) async throws {
        guard let bytes = media.facts?.preview, !bytes.isEmpty,
            !file.evidence.contains(where: { $0.role == .preview && $0.media == reference.media })
        else { return }
        let preview = try preservation.seal(bytes, type: "image/jpeg", role: .preview, media: reference.media, at: now())
        _ = try await commits.submit([
            Commit(caseID: file.case.id, evidence: [preview], ledger: [.preserved(preview, decision: nil, at: now())])
        ])
    }
}

extension CaseExamination.File {
    fileprivate init(_ reference: EvidenceReference, _ media: ExaminedMedia) {
        self.init(evidence: reference.id, media: reference.media)
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
