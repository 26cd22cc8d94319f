// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting

@testable import Exchanges

/// A strict server of NCMEC's protocol. Entries come in an order that is not that of time; a range with too many of them fails
/// towards its
/// end; an address of a next page is good for twelve hours.
actor FakeNCMEC {
    struct Entry {
        var member = "42"
        var id: String
        var time: Int
        var md5: String?
        var pdq: String?
        var isDeleted = false
        var classification = "A1"
    }

    var entries: [Entry] = []
    var size = 1_000
    /// Ranges with more entries fail with 503 behind the second page.
    var most = Int.max
    /// A page that holds this entry is no XML.
    var brokenEntry: String?
    var clock: @Sendable () -> Date = { Date() }
    private(set) var log: [String] = []
    private(set) var refusals: [String] = []
    private(set) var feedback: [String] = []
    private var cursors: [String: Date] = [:]
    private var scripted: [TestResponse] = []

    func change(_ change: @Sendable (isolated FakeNCMEC) -> Void) { change(self) }
    func script(_ responses: TestResponse...) { scripted += responses }

    func respond(_ request: TestRequest) -> TestResponse {
        log.append(request.method + " " + request.path + "?" + request.query)
        guard request.headers["authorization"] == "Basic " + Data("user:pass word".utf8).base64EncodedString() else {
            return refuse(401, "login")
        }
        if !scripted.isEmpty { return scripted.removeFirst() }
        if request.method == "PUT" { return put(request) }
        if request.path == "/hs/v2/feedback/MD5/reasons" {
            return xml(
                "<availableFeedbackReasons xmlns=\"n\"><reason guid=\"g-1\" name=\"x\" type=\"Md5\"/></availableFeedbackReasons>")
        }
        guard request.path == "/hs/v2/entries", let parameters = request.parameters else { return refuse(404, request.path) }
        guard let from = parameters["from"].flatMap({ Timestamp.date($0) }),
            let to = parameters["to"].flatMap({ Timestamp.date($0) }),
            parameters["from"]?.hasSuffix("Z") == true, from < to, to <= clock()
        else { return refuse(400, "range \(request.query)") }
        var start = 0
        if let text = parameters["start"] {
            guard let issued = cursors[request.query], clock().timeIntervalSince(issued) < 12 * 3600,
                let number = Int(text)
            else { return refuse(404, "cursor") }
            start = number - 1
        }
        return page(Int(from.timeIntervalSince1970), Int(to.timeIntervalSince1970), start, request.query)
    }

    private func page(_ from: Int, _ to: Int, _ start: Int, _ query: String) -> TestResponse {
        // Not in the order of time: by the text of the id.
        let wanted = entries.filter { from <= $0.time && $0.time <= to }.sorted {
            String($0.id.reversed()) < String($1.id.reversed())
        }
        if wanted.count > most, start >= 2 * size { return TestResponse(status: 503) }
        let part = wanted.dropFirst(start).prefix(size)
        if let brokenEntry, part.contains(where: { $0.id == brokenEntry }) { return xml("<queryResult><images>") }
        var next = ""
        if start + part.count < wanted.count {
            let range = query.split(separator: "&").filter { $0.hasPrefix("from=") || $0.hasPrefix("to=") }.joined(separator: "&")
            let cursor = "\(range)&start=\(start + part.count + 1)&size=\(size)&max=\(wanted.count)"
            cursors[cursor] = clock()
            next = "<paging><next>" + XMLReader.escape("/v2/entries?" + cursor) + "</next></paging>"
        }
        let body = part.map { Self.text($0) }.joined()
        return xml(
            "<queryResult xmlns=\"https://hashsharing.ncmec.org/hashsharing/v2\"><images count=\"\(part.count)\">\(body)</images>\(next)</queryResult>"
        )
    }

    private static func text(_ entry: Entry) -> String {
        let name = entry.isDeleted ? "deletedImage" : "image"
        let head =
            "<member id=\"\(entry.member)\">M &amp; N</member><timestamp>\(Timestamp.text(Date(timeIntervalSince1970: Double(entry.time))))"
            + "</timestamp><id>\(entry.id)</id>"
        guard !entry.isDeleted else { return "<\(name)>\(head)</\(name)>" }
        let hashes = (entry.md5.map { "<md5>\($0)</md5>" } ?? "") + (entry.pdq.map { "<pdq>\($0)</pdq>" } ?? "")
        return "<\(name)>\(head)<classification>\(entry.classification)</classification><fingerprints>\(hashes)<sha1>aa</sha1>"
            + "</fingerprints></\(name)>"
    }

    private func put(_ request: TestRequest) -> TestResponse {
        guard request.headers["content-type"] == "application/xml; charset=utf-8", let root = try? XMLReader.read(request.body),
            root.name == "feedbackSubmission", root.attributes["xmlns"] == "https://hashsharing.ncmec.org/hashsharing/v2",
            let vote = root.children.first, root.children.count == 1
        else { return refuse(400, "feedback") }
        feedback.append(request.path + " " + vote.name + (vote["reasonIds"]?["guid"].map { " " + $0.text } ?? ""))
        return TestResponse(status: 200)
    }

    private func xml(_ text: String) -> TestResponse {
        TestResponse(
            headers: ["Content-Type": "application/xml"],
            body: Array(("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" + text).utf8))
    }

    private func refuse(_ status: Int, _ why: String) -> TestResponse {
        refusals.append(why)
        return TestResponse(status: status)
    }
}
