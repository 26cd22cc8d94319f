// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Crypto
import Hummingbird
import Moderation
import Pipeline

/// Takes reports of people, passed on by their platform.
struct ReportsController {
    /// How many bytes of media one report may bring into memory.
    static let mostMediaBytes = 64 * 1_048_576

    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/reports", use: accept)
    }

    @Sendable func accept(_ request: Request, context: ServerContext) async throws -> Response {
        let document = try await request.document(atMost: options.bodyLimit) { (document) throws(JSONSyntaxError) in
            try ReportDocument.read(&document)
        }
        let (target, privacy) = try await subject(of: document)
        let report = Report(
            id: Self.id(of: document), platform: document.platform, externalID: document.id, target: target,
            reporter: document.reporter, text: document.reason, category: document.category, at: document.at ?? ports.now(),
            privacy: privacy)
        let media = try await uploads(of: document.item)
        let opened = try await ports.intake.accept(IncomingReport(report: report, item: document.item, media: media))
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("id", document.id)
            writer.string("result", opened == nil ? "duplicate" : "accepted")
            writer.string("case", ifPresent: opened?.rawValue)
        }
        return .json(writer)
    }

    /// What is reported, and how private it is; what nobody says is public is private.
    private func subject(of report: ReportDocument) async throws -> (Target, PrivacyClass) {
        if let item = report.item {
            let target = Target(
                platform: report.platform, space: report.space?.id, item: item.id, actor: report.actor?.id, media: item.media)
            return (target, report.space?.privacy ?? .private)
        }
        guard let id = report.event, let status = try await ports.events.status(of: id, on: report.platform) else {
            throw APIError.invalid("event", "the id of an event that was accepted before; else send a copy as item")
        }
        let privacy = try await ports.events.privacy(of: status.space, on: report.platform) ?? .private
        if let decision = status.decision, let known = try await ports.commits.decision(decision) {
            return (known.target, privacy)
        }
        // Of an undecided event the item is not kept here; where the platform names both alike, this is the item.
        let item = report.item?.id ?? ItemID(id.rawValue)
        return (Target(platform: report.platform, space: status.space, item: item, actor: status.actor), privacy)
    }

    /// The bytes that were uploaded for the copy.
    private func uploads(of item: Item?) async throws -> [FetchedMedia] {
        var found: [FetchedMedia] = []
        var size = 0
        for (index, media) in (item?.media ?? []).enumerated() {
            guard let sha256 = media.sha256 else { continue }
            guard let bytes = try await ports.uploads.upload(sha256: sha256) else {
                if media.url != nil { continue }
                throw APIError.invalid(
                    "item.media[\(index)].sha256", "the digest of an upload; send the bytes to /v1/media first")
            }
            size += bytes.count
            guard size <= Self.mostMediaBytes else { throw APIError.tooLarge(limit: Self.mostMediaBytes) }
            found.append(FetchedMedia(media: media, bytes: bytes))
        }
        return found
    }

    /// The same for each delivery of the same report.
    private static func id(of report: ReportDocument) -> ReportID {
        let digest = SHA256.hash(data: Array("\(report.platform)\n\(report.id)".utf8))
        return ReportID("report-" + Hexadecimal.text(digest.prefix(16)))
    }
}
