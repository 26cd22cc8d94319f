// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies

/// An event as a person writes it to ask what rules say of it: as in the API, with signals and state if need be.
struct EventFile {
    struct Problem: Error {
        let message: String
    }

    struct Document: Decodable {
        struct SpacePart: Decodable {
            var id: String
            var `class`: PrivacyClass?
        }
        struct ActorPart: Decodable {
            var id: String
            var createdAt: Date?
        }
        struct ItemPart: Decodable {
            var id: String?
            var text: String?
            var media: [MediaPart]?
        }
        struct MediaPart: Decodable {
            var id: String
            var type: String?
            var sha256: String?
        }
        struct SignalPart: Decodable {
            var matched: Bool?
            var trust: Trust?
            var distance: Int?
            var bank: String?
            var count: Int?
            /// Of models and marks of origin.
            var value: Double?
            var label: String?
            var counts: Bool?
            var unknown: String?

            /// As a detector that measures would give it.
            func measurement(of declaration: SignalDeclaration) -> SignalMeasurement {
                let value = value ?? Double(count ?? 1)
                return SignalMeasurement(
                    output: declaration.output ?? declaration.bank, value: value,
                    counts: counts ?? declaration.atLeast.map { value >= $0 } ?? true, label: label,
                    regions: (0..<max(0, min(count ?? 0, 1_000))).map {
                        Region(x: 0, y: 0, width: 1, height: 1, score: 1, name: "region-\($0)")
                    })
            }
        }
        struct LabelsPart: Decodable {
            var actor: [String]?
            var space: [String]?
        }

        var id: String?
        var kind: EventKind
        var at: Date?
        var platform: String?
        var space: SpacePart?
        var actor: ActorPart?
        var item: ItemPart?
        var signals: [String: SignalPart]?
        var counters: [String: Int64]?
        var labels: LabelsPart?
    }

    let document: Document
    let event: Event

    /// One for all: files of events have a great many.
    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    /// - Parameters:
    ///   - id: the event's, when it says none.
    ///   - now: when it happened, when it does not say; nil where it has to.
    init(_ data: Data, id: String = "event", now: Date? = Date()) throws {
        do {
            document = try Self.decoder.decode(Document.self, from: data)
        } catch let error as DecodingError {
            throw Problem(message: Self.words(error))
        }
        guard let at = document.at ?? now else { throw Problem(message: "the event has no 'at'") }
        let item = document.item.map { part in
            Item(
                id: ItemID(part.id ?? "item"), text: part.text,
                media: (part.media ?? []).map { Media(id: MediaID($0.id), type: $0.type, sha256: $0.sha256) })
        }
        event = Event(
            platform: PlatformID(document.platform ?? "api"), id: EventID(document.id ?? id), kind: document.kind, at: at,
            receivedAt: at,
            space: Space(
                id: SpaceID(document.space?.id ?? "space"), privacy: document.space.map { $0.class ?? .private } ?? .public),
            actor: Actor(id: ActorID(document.actor?.id ?? "actor"), createdAt: document.actor?.createdAt), item: item)
    }

    /// The signals that the file names, as detectors would give them.
    func signals(for declared: [SignalDeclaration]) -> [Signal] {
        declared.compactMap { declaration in
            guard let part = document.signals?[declaration.name] else { return nil }
            let match = Match(
                bank: part.bank ?? declaration.types.first ?? declaration.bank, trust: part.trust ?? declaration.kind.usualTrust,
                distance: part.distance ?? 0, entry: "given")
            let matches = [Match](repeating: match, count: max(1, part.count ?? 1))
            let state: SignalState =
                if let why = part.unknown {
                    .unknown(why)
                } else if part.matched == false {
                    .absent
                } else if declaration.kind.isMeasured {
                    .measured([part.measurement(of: declaration)])
                } else {
                    .matched(matches)
                }
            return Signal(name: declaration.name, kind: declaration.kind, state: state, version: "given")
        }
    }

    var state: StateReadings {
        func labels(_ names: [String]?, _ subject: LabelSubject) -> [Label] {
            (names ?? []).map { Label(name: $0, subject: subject, by: .rules([]), reason: "given", at: event.at) }
        }
        return StateReadings(
            counters: Dictionary(
                (document.counters ?? [:]).map { ($0.key, CounterReading(name: $0.key, value: $0.value)) },
                uniquingKeysWith: { $1 }),
            actorLabels: labels(document.labels?.actor, .actor(event.platform, event.actor.id)),
            spaceLabels: labels(document.labels?.space, .space(event.platform, event.space.id)))
    }

    /// The event with what the file says of it, for a back-test; nil when its space is not public.
    func recorded(for declared: [SignalDeclaration]) -> RecordedEvent? {
        guard let event = PublicEvent(event, whileSpaceIs: .public) else { return nil }
        return RecordedEvent(
            event, signals: signals(for: declared), declared: declared, actorLabels: document.labels?.actor ?? [],
            spaceLabels: document.labels?.space ?? [])
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the event" : path
        }
        // Words with a fixed choice: the decoder names the Swift type instead.
        func expected(at context: DecodingError.Context) -> String? {
            switch context.codingPath.last?.stringValue {
            case "kind": "expected one of \(EventKind.allCases.map(\.rawValue).joined(separator: ", "))"
            case "class": "expected one of \(PrivacyClass.allCases.map(\.rawValue).joined(separator: ", "))"
            case "trust": "expected one of \(Trust.allCases.map(\.rawValue).joined(separator: ", "))"
            default: nil
            }
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context)) has no '\(key.stringValue)'"
        case .valueNotFound(_, let context), .typeMismatch(_, let context): "\(place(context)): \(context.debugDescription)"
        case .dataCorrupted(let context): "\(place(context)): \(expected(at: context) ?? context.debugDescription)"
        @unknown default: "this is no event"
        }
    }
}

extension SignalKind {
    /// What an entry is trusted when the file does not say: contacts and numbers are never more than a claim.
    fileprivate var usualTrust: Trust { self == .contact || self == .personal ? .claimed : .verified }
}
