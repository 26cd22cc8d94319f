// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
import Moderation
import NIOHTTP1
package import Signals

/// StopNCII.org, version 1: hashes that people made of their own pictures and videos.
///
/// A record of a hash replaces the earlier one of that hash. Anyone can open a case, so hashes are claims; a person who takes a
/// case back
/// must have it taken back here.
package struct StopNCII: Exchange {
    /// Hashes that the server may send at once.
    private static let pageSize = 800
    /// A page token is not for keeping.
    private static let tokenLife = 6 * 3600
    /// Where the server's time begins.
    private static let beginning = 10

    package let memory: Duration? = .seconds(30 * 86_400)
    private let http: ExchangeHTTP
    private let options: ExchangeOptions
    private let credentials: ExchangeCredentials
    private let now: @Sendable () -> Date

    package init(
        options: ExchangeOptions, credentials: ExchangeCredentials, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.options = options
        self.credentials = credentials
        self.now = now
        http = ExchangeHTTP(base: options.url, limit: options.bodyLimit, deadline: options.deadline)
    }

    // MARK: Fetching

    package func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage {
        var state = CheckpointText(checkpoint)
        let start = state["time"] ?? Self.beginning
        let size = max(1, (options.pageSize ?? Self.pageSize) >> min(easing, 16))
        var query = [("startTimestamp", String(start)), ("pageSize", String(size))]
        if let token = state[text: "token"], Int(now().timeIntervalSince1970) - (state["tokenAt"] ?? 0) < Self.tokenLife {
            query.append(("nextPageToken", token))
        } else {
            state[text: "token"] = nil
        }
        let answer: ExchangeAnswer
        do throws(ExchangeError) {
            answer = try await http.send(
                .GET, "/FetchHashes?" + ExchangeHTTP.query(query), headers: try headers("fetch-key"))
        } catch {
            // A token that is not accepted any more: the time is, and repeats do no harm.
            guard case .refused(400...410) = error, state[text: "token"] != nil, state.restart() else { throw error }
            state[text: "token"] = nil
            state["tokenAt"] = nil
            return ExchangePage(checkpoint: state.text, isLast: false)
        }
        return try page(try answer.json(), after: state, start: start)
    }

    private func page(_ body: JSONTree, after state: CheckpointText, start: Int) throws(ExchangeError) -> ExchangePage {
        guard let elements = body["hashRecords"]?.array ?? (body["count"]?.integer == 0 ? [] : nil) else {
            throw .malformed("hashRecords is missing")
        }
        guard let hasMore = body["hasMoreRecords"]?.bool else { throw .malformed("hasMoreRecords is missing") }
        var state = state
        var page = ExchangePage(checkpoint: "", isLast: !hasMore)
        var seen = state["seen"] ?? start
        state["skips"] = nil
        for (index, element) in elements.enumerated() {
            do throws(RowError) {
                seen = max(seen, element["lastModtimestamp"]?.lenientInteger.flatMap { Int(exactly: $0) } ?? seen)
                if let record = try record(element, place: index + 1, ignored: &page.ignored) { page.records.append(record) }
            } catch {
                page.refused.append(RefusedRecord(line: index + 1, reason: error.reason))
            }
        }
        let next = body["nextSetTimestamp"]?.lenientInteger.flatMap { Int(exactly: $0) }
        if hasMore {
            if let token = body["nextPageToken"]?.string, !token.isEmpty {
                guard token != state[text: "token"] else { throw .malformed("nextPageToken does not move on") }
                state[text: "token"] = token
                state["tokenAt"] = Int(now().timeIntervalSince1970)
            } else if let next, next > start {
                state["time"] = next
            } else {
                throw .malformed("there is more, but no nextPageToken that leads there")
            }
            state["seen"] = seen
        } else {
            guard next != nil || elements.isEmpty else { throw .malformed("nextSetTimestamp is missing") }
            // The clock of the server, never back.
            state["time"] = max(start, next ?? start)
            state[text: "token"] = nil
            state["tokenAt"] = nil
            state["seen"] = nil
            state["restarts"] = nil
        }
        page.checkpoint = state.text
        return page
    }

    /// nil for a kind that banks do not have.
    private func record(_ element: JSONTree, place: Int, ignored: inout [String: Int]) throws(RowError) -> FingerprintRecord? {
        guard let signal = element["signalType"]?.string else {
            throw RowError("signalType: expected ImagePDQ, VideoMD5 or another")
        }
        let kind: Fingerprint.Kind
        switch signal {
        case "ImagePDQ": kind = .pdq
        case "VideoMD5": kind = .md5
        case "VideoTMK", "Text", "URL", "Unknown":
            ignored[signal, default: 0] += 1
            return nil
        default:
            ignored["another", default: 0] += 1
            return nil
        }
        guard let value = element["hashValue"]?.string else { throw RowError("hashValue is missing") }
        if let problem = HashText.problem(value, kind) { throw RowError("hashValue: \(problem)") }
        guard let status = element["hashStatus"]?.string else {
            throw RowError("hashStatus: expected Received, Active, Withdrawn or Deleted")
        }
        var record = FingerprintRecord(kind: kind, value: value, trust: options.trust, line: place)
        switch status {
        case "Received", "Active", "Unknown": break
        case "Withdrawn", "Deleted":
            record.isWithdrawn = true
            return record
        default: throw RowError("hashStatus: expected Received, Active, Withdrawn or Deleted")
        }
        // What the status says of all cases together is what counts; but one whose every case is taken back is taken back.
        let cases = element["caseNumbers"]?.object ?? [:]
        let open = cases.filter { $0.value.string != "Withdrawn" && $0.value.string != "Deleted" }
        record.isWithdrawn = !cases.isEmpty && open.isEmpty
        record.tags = open.keys.sorted().prefix(16).map { "case:" + $0.prefix(80) } + feedbackTags(element, &record.trust)
        return record
    }

    /// What other platforms say of a hash. Their word raises it only as far as the operator allows.
    private func feedbackTags(_ element: JSONTree, _ trust: inout Trust) -> [String] {
        var tags: [String] = []
        for feedback in (element["CSPFeedbacks"]?.array ?? []).prefix(16) {
            guard let value = feedback["feedbackValue"]?.string, ["Blocked", "NotBlocked"].contains(value) else { continue }
            tags.append(value.lowercased() + ":" + (feedback["source"]?.string ?? "").prefix(80))
            if value == "Blocked", let raised = options.trustByWord["blocked"] { trust = raised }
        }
        return Array(Set(tags)).sorted()
    }

    /// Time goes on behind what has been seen, so that one record that breaks a page does not hold up all that follow it.
    package func skip(past checkpoint: String?) -> (checkpoint: String, what: String)? {
        var state = CheckpointText(checkpoint)
        let from = max(state["time"] ?? Self.beginning, state["seen"] ?? 0)
        guard from < Int(now().timeIntervalSince1970) else { return nil }
        let step = state.skipped()
        state["time"] = from + step
        return (state.text, "records changed in \(step) s from \(Timestamp.text(Date(timeIntervalSince1970: Double(from))))")
    }

    // MARK: Telling

    package func push(_ records: [FingerprintRecord]) async throws(ExchangeError) -> Int {
        let known = records.filter { Self.signal($0.kind) != nil }
        let added = known.filter { !$0.isWithdrawn }
        let withdrawn = known.filter { $0.isWithdrawn }
        if !added.isEmpty {
            let time = Int64(now().timeIntervalSince1970)
            let hashes = added.map { record -> JSONTree in
                [
                    "lastModtimestamp": .integer(time), "signalType": .string(Self.signal(record.kind) ?? "Unknown"),
                    "hashValue": .string(record.value.lowercased()),
                    "CSPFeedbacks": [["feedbackValue": "Blocked", "tags": .array(shared(record.tags))]],
                ]
            }
            try await post("SubmitHashes", "submit-key", ["count": .integer(Int64(hashes.count)), "hashRecords": .array(hashes)])
        }
        if !withdrawn.isEmpty { try await feedback(withdrawn.map { ($0.value, "Withdrawn", []) }) }
        return records.count - known.count
    }

    package func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        let known = feedback.filter { Self.signal($0.kind) != nil }
        if !known.isEmpty {
            try await self.feedback(
                known.map { item in
                    switch item.outcome {
                    case .matched: (item.value, "PendingReview", [])
                    case .confirmed: (item.value, "Blocked", [])
                    case .overturned: (item.value, "NotBlocked", [])
                    }
                })
        }
        return feedback.count - known.count
    }

    private func feedback(_ items: [(value: String, word: String, tags: [JSONTree])]) async throws(ExchangeError) {
        let list = items.map { item -> JSONTree in
            ["hashValue": .string(item.value.lowercased()), "feedbackValue": .string(item.word), "tags": .array(item.tags)]
        }
        try await post("SubmitFeedback", "feedback-key", ["count": .integer(Int64(list.count)), "hashFeedbacks": .array(list)])
    }

    private func post(_ endpoint: String, _ key: String, _ body: JSONTree) async throws(ExchangeError) {
        var headers = try headers(key)
        headers.append(("Content-Type", "application/json"))
        _ = try await http.send(.POST, "/" + endpoint, headers: headers, body: body.serialized)
    }

    /// Every endpoint has a key of its own; the subscription's goes with all.
    private func headers(_ key: String) throws(ExchangeError) -> [(String, String)] {
        [
            ("x-functions-key", try credentials.require(key)),
            ("Ocp-Apim-Subscription-Key", try credentials.require("subscription-key")), ("Accept", "application/json"),
        ]
    }

    private func shared(_ tags: [String]) -> [JSONTree] { tags.filter { options.sharedTags.contains($0) }.map { .string($0) } }

    private static func signal(_ kind: Fingerprint.Kind) -> String? {
        switch kind {
        case .pdq: "ImagePDQ"
        case .md5: "VideoMD5"
        case .sha256: nil
        }
    }
}
