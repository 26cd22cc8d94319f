// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting

@testable import Exchanges

/// A strict server of StopNCII's protocol: a wrong key, a parameter too many, a cursor that it did not give or that has run out
/// is refused.
actor FakeStopNCII {
    struct Record {
        var time: Int
        var hash: String
        var status = "Active"
        var type = "ImagePDQ"
        var cases: [String: String] = ["c-1": "Active"]
        var feedback: [(source: String, value: String)] = []
        /// Sent instead of the record.
        var raw: String?
    }

    var records: [Record] = []
    private(set) var log: [String] = []
    private(set) var posts: [(path: String, body: JSONTree)] = []
    private(set) var refusals: [String] = []
    private var tokens: [String: (start: Int, offset: Int)] = [:]
    private var scripted: [TestResponse] = []
    /// Answers that carry more records than this are cut in the middle.
    var breaksAbove = Int.max

    func change(_ change: @Sendable (isolated FakeStopNCII) -> Void) { change(self) }
    func script(_ responses: TestResponse...) { scripted += responses }
    func forgetTokens() { tokens = [:] }

    func respond(_ request: TestRequest) -> TestResponse {
        log.append(request.path + "?" + request.query)
        if !scripted.isEmpty { return scripted.removeFirst() }
        let keys = ["/v1/FetchHashes": "fetch", "/v1/SubmitHashes": "submit", "/v1/SubmitFeedback": "feedback"]
        guard let key = keys[request.path] else { return refuse(404, "path \(request.path)") }
        guard request.headers["x-functions-key"] == key, request.headers["ocp-apim-subscription-key"] == "sub" else {
            return refuse(401, "keys")
        }
        if request.method == "POST" { return post(request) }
        guard request.method == "GET", let parameters = request.parameters else { return refuse(405, "method") }
        guard Set(parameters.keys).isSubset(of: ["startTimestamp", "pageSize", "nextPageToken"]),
            let start = parameters["startTimestamp"].flatMap({ Int($0) }), start > 0,
            let size = parameters["pageSize"].flatMap({ Int($0) }), (1...800).contains(size)
        else { return refuse(400, "parameters \(request.query)") }
        var offset = 0
        if let token = parameters["nextPageToken"] {
            guard let known = tokens[token], known.start == start else { return refuse(400, "token") }
            offset = known.offset
        }
        return page(start: start, offset: offset, size: size)
    }

    private func page(start: Int, offset: Int, size: Int) -> TestResponse {
        let wanted = records.filter { $0.time >= start }.sorted { $0.time < $1.time }
        let part = Array(wanted.dropFirst(offset).prefix(size))
        let hasMore = offset + part.count < wanted.count
        let token = "t\(log.count)+/="
        if hasMore { tokens[token] = (start, offset + part.count) }
        let next = (part.last?.time ?? start)
        let body =
            "{\"count\":\(part.count),\"nextSetTimestamp\":\(next),\"nextPageToken\":\(hasMore ? "\"\(token)\"" : "null"),"
            + "\"hasMoreRecords\":\(hasMore),\"hashRecords\":[" + part.map { Self.text($0) }.joined(separator: ",") + "]}"
        let cut = part.count > breaksAbove || part.contains { $0.raw == "BREAK" } ? String(body.prefix(body.count / 2)) : body
        return TestResponse(headers: ["Content-Type": "application/json"], body: Array(cut.utf8))
    }

    private static func text(_ record: Record) -> String {
        if let raw = record.raw { return raw }
        let tree: JSONTree = [
            "lastModtimestamp": .integer(Int64(record.time)), "hashValue": .string(record.hash),
            "hashStatus": .string(record.status),
            "signalType": .string(record.type),
            "caseNumbers": record.cases.isEmpty ? [] : .object(record.cases.mapValues { .string($0) }),
            "CSPFeedbacks": .array(record.feedback.map { ["source": .string($0.source), "feedbackValue": .string($0.value)] }),
        ]
        return String(decoding: tree.serialized, as: UTF8.self)
    }

    private func post(_ request: TestRequest) -> TestResponse {
        guard request.headers["content-type"] == "application/json", let body = try? JSONTree.read(request.body),
            let list = (body["hashRecords"] ?? body["hashFeedbacks"])?.array, body["count"]?.integer == Int64(list.count)
        else { return refuse(400, "body") }
        let words = ["None", "QualityUnknown", "PendingReview", "Blocked", "NotBlocked", "Withdrawn", "Deleted"]
        for item in list {
            let word = item["feedbackValue"]?.string ?? item["CSPFeedbacks"]?.array?.first?["feedbackValue"]?.string ?? ""
            guard words.contains(word), item["hashValue"]?.string != nil else { return refuse(400, "words") }
            if let type = item["signalType"]?.string, !["ImagePDQ", "VideoMD5"].contains(type) { return refuse(400, "type") }
        }
        posts.append((request.path, body))
        return TestResponse(body: Array("{}".utf8))
    }

    private func refuse(_ status: Int, _ why: String) -> TestResponse {
        refusals.append(why)
        return TestResponse(status: status, body: Array("{}".utf8))
    }
}
