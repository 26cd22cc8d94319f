// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore
import Pipeline

extension Console {
    /// Bytes of a picture: only for who holds the case, written in the ledger before they are sent, and never kept by the browser.
    func showEvidence(_ visit: ConsoleRequest) async throws -> Response {
        let (evidence, viewed) = try await view(visit, roles: [.media, .preview])
        let type = ServedPicture.type(viewed.type, of: viewed.bytes)
        let name = "evidence-\(Shown.path(String(evidence.rawValue.prefix(40))))"
        return Response(
            status: .ok,
            headers: [
                .contentType: type ?? "application/octet-stream",
                .contentDisposition: type == nil ? "attachment; filename=\"\(name).bin\"" : "inline; filename=\"\(name)\"",
                .contentSecurityPolicy: "default-src 'none'; sandbox",
                .cacheControl: "no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: viewed.bytes)))
    }

    /// The words of the item, on a page of their own or as a part for the script.
    func showText(_ visit: ConsoleRequest) async throws -> Response {
        let (_, viewed) = try await view(visit, roles: [.item])
        var values: [String: Any] = ["path": Shown.path(try Self.caseID(visit).rawValue)]
        if let item = try? JSONDecoder().decode(Item.self, from: Data(viewed.bytes)) {
            if let text = item.text, !text.isEmpty { values["text"] = text }
            values["item"] = item.id.rawValue
            values["replaces"] = item.replaces?.rawValue
        } else {
            values["unreadable"] = true
        }
        return pages.render(visit.query["part"] == "1" ? "text_part" : "text", visit, title: "title.text", values)
    }

    private func view(_ visit: ConsoleRequest, roles: Set<EvidenceReference.Role>) async throws -> (EvidenceID, ViewedEvidence) {
        let (file, lease) = try await heldCase(visit, token: visit.query["token"])
        guard let current = file.workItem.lease, current.until > visit.now else { throw ConsoleRefusal.leaseLost }
        guard
            let reference = file.evidence.first(where: {
                $0.id.rawValue == visit.parameters["evidence"] && roles.contains($0.role)
            })
        else { throw ConsoleRefusal.notFound }
        return (reference.id, try await ports.desk.view(reference.id, under: lease, case: file.case.id))
    }
}
