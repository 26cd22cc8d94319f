// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
import Moderation
import NIOHTTP1
import Signals

/// NCMEC hash sharing, version 2: entries of member companies about confirmed child sexual abuse material, and its sister
/// databases.
///
/// Entries of a range of time do not come in the order of time, so a range counts only when all of it has come. A range is made
/// smaller
/// when its first page says that it is huge, since the server fails towards the end of such a range, and larger again when
/// little comes.
package struct NCMEC: Exchange {
    /// More entries than this in a range, and it is divided.
    private static let mostInRange = 20_000
    /// The address of the following page is good for twelve hours.
    private static let cursorLife = 11 * 3600
    /// The newest seconds are left for the next round: entries may still come into them.
    private static let lag = 5
    private static let longestSpan = 100 * 366 * 86_400
    private static let namespace = "https://hashsharing.ncmec.org/hashsharing/v2"

    /// Deletions stay listed for ever.
    package let memory: Duration? = nil
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

    /// `from` is where complete knowledge ends; `to`, `next` and `nextAt` are a range in the middle of being read.
    package func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage {
        var state = CheckpointText(checkpoint)
        let clock = Int(now().timeIntervalSince1970)
        let from = state["from"] ?? 0
        let end = clock - Self.lag
        guard from < end else { return ExchangePage(checkpoint: state.text, isLast: true) }
        if let next = state[text: "next"], let to = state["to"], easing == 0, clock - (state["nextAt"] ?? 0) < Self.cursorLife {
            do throws(ExchangeError) {
                return try await page(at: next, from: from, to: to, after: state, end: end)
            } catch {
                // The cursor has run out: the range again from its beginning.
                guard case .refused(400...410) = error, state.restart() else { throw error }
            }
        }
        state[text: "next"] = nil
        let span = max(1, min(state["span"] ?? Self.longestSpan, end - from) >> min(2 * easing, 40))
        state["span"] = span
        let to = min(end, from + span)
        let query = ExchangeHTTP.query([("from", time(from)), ("to", time(to))])
        return try await page(at: "/v2/entries?" + query, from: from, to: to, after: state, end: end)
    }

    private func time(_ seconds: Int) -> String { Timestamp.text(Date(timeIntervalSince1970: Double(seconds))) }

    private func page(
        at path: String, from: Int, to: Int, after state: CheckpointText, end: Int
    ) async throws(ExchangeError) -> ExchangePage {
        let root = try await http.send(.GET, path, headers: try headers()).xml()
        guard root.name == "queryResult" else { throw .malformed("expected queryResult") }
        let entries = root.children.filter { $0.name == "images" || $0.name == "videos" }.flatMap(\.children)
        let next = root["paging"]?["next"]?.text ?? ""
        var state = state
        let isFirst = state[text: "next"] == nil
        if isFirst, !next.isEmpty, to - from > 1, Self.estimate(next, entries.count) > Self.mostInRange {
            state["span"] = max(1, (to - from) / 4)
            state["few"] = nil
            return ExchangePage(checkpoint: state.text, isLast: false)
        }
        state["skips"] = nil
        var page = ExchangePage(checkpoint: "", isLast: false)
        for (index, entry) in entries.enumerated() { read(entry, place: index + 1, into: &page) }
        let count = (isFirst ? 0 : state["count"] ?? 0) + entries.count
        if next.isEmpty {
            state["from"] = to
            state["to"] = nil
            state[text: "next"] = nil
            state["nextAt"] = nil
            state["count"] = nil
            state["restarts"] = nil
            grow(&state, entries: count, span: to - from)
            page.isLast = to >= end
        } else {
            // Relative to the base, and only there: credentials go nowhere else.
            guard next.hasPrefix("/v2/entries?"), next.utf8.count < 2_000, next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw .malformed("the address of the next page is not below /v2/entries")
            }
            guard next != state[text: "next"] else { throw .malformed("the next page is the same page") }
            state["to"] = to
            state[text: "next"] = next
            state["nextAt"] = Int(now().timeIntervalSince1970)
            state["count"] = count
        }
        page.checkpoint = state.text
        return page
    }

    /// How many entries a range has, by the address of its second page.
    private static func estimate(_ next: String, _ count: Int) -> Int {
        let items = URLComponents(string: next)?.queryItems ?? []
        func number(_ name: String) -> Int? { items.first { $0.name == name }?.value.flatMap { Int($0) } }
        guard let start = number("start"), let max = number("max"), max >= start else { return count }
        return max.subtractingReportingOverflow(start).partialValue.addingReportingOverflow(count).partialValue
    }

    /// Larger slowly, so that a server that just managed is not asked for much more at once.
    private func grow(_ state: inout CheckpointText, entries: Int, span: Int) {
        guard entries < 2_000 else {
            state["few"] = nil
            return
        }
        let few = (state["few"] ?? 0) + 1
        let factor = entries == 0 ? 4 : few >= 3 ? 2 : 1
        state["few"] = factor == 2 ? nil : few
        state["span"] = min(Self.longestSpan, span * factor)
    }

    private func read(_ entry: XMLElement, place: Int, into page: inout ExchangePage) {
        let isDeleted = entry.name == "deletedImage" || entry.name == "deletedVideo"
        guard isDeleted || entry.name == "image" || entry.name == "video" else {
            page.ignored["another entry", default: 0] += 1
            return
        }
        guard let member = entry["member"]?.attributes["id"], !member.isEmpty, let id = entry["id"]?.text, !id.isEmpty,
            member.utf8.count + id.utf8.count < RecordFields.longestReference
        else {
            page.refused.append(RefusedRecord(line: place, reason: "expected a member and an id"))
            return
        }
        guard options.members.isEmpty || options.members.contains(member) else {
            page.ignored["another member", default: 0] += 1
            return
        }
        let reference = member + "-" + id
        // What an entry says now is all that it says: hashes that it had before and has no more end, as do all when it is
        // deleted.
        if !page.references.insert(reference).inserted { page.records.removeAll { $0.reference == reference } }
        if !isDeleted { page.records += records(entry, reference: reference, place: place, page: &page) }
    }

    private func records(
        _ entry: XMLElement, reference: String, place: Int, page: inout ExchangePage
    ) -> [FingerprintRecord] {
        let classification = entry["classification"]?.text ?? ""
        var tags = [entry.name]
        if !classification.isEmpty { tags.append("class:" + classification.prefix(40)) }
        tags += Self.feedbackTags(entry)
        var records: [FingerprintRecord] = []
        for fingerprint in entry["fingerprints"]?.children ?? [] {
            let name = fingerprint.name.lowercased()
            guard let kind = Self.kind(name) else {
                page.ignored[name, default: 0] += 1
                continue
            }
            if let problem = HashText.problem(fingerprint.text, kind) {
                page.refused.append(RefusedRecord(line: place, reason: problem))
                continue
            }
            records.append(
                FingerprintRecord(
                    kind: kind, value: fingerprint.text, trust: options.trustByWord[classification.lowercased()] ?? options.trust,
                    reference: reference, tags: tags, line: place))
        }
        return records
    }

    private static func kind(_ name: String) -> Fingerprint.Kind? {
        switch name {
        case "md5": .md5
        case "pdq": .pdq
        case "sha256": .sha256
        default: nil
        }
    }

    private static func feedbackTags(_ entry: XMLElement) -> [String] {
        var tags: Set<String> = []
        for vote in entry["feedback"]?.children ?? [] {
            let type = (vote.attributes["type"] ?? "").lowercased().prefix(20)
            if vote.name == "affirmativeFeedback" { tags.insert("affirmed:" + type) }
            if vote.name == "negativeFeedback" { tags.insert("disputed:" + type) }
        }
        return tags.sorted()
    }

    /// A range that cannot be read even when it is one second long.
    package func skip(past checkpoint: String?) -> (checkpoint: String, what: String)? {
        var state = CheckpointText(checkpoint)
        let from = state["from"] ?? 0
        guard from + 1 < Int(now().timeIntervalSince1970) - Self.lag else { return nil }
        let span = state.skipped()
        state["from"] = from + span
        state["span"] = span
        return (state.text, "entries from \(time(from)) to \(time(from + span))")
    }

    // MARK: Telling

    package func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        var notTaken = 0
        for item in feedback {
            guard let type = Self.feedbackType(item.kind), let dash = item.reference.firstIndex(of: "-"), item.outcome != .matched
            else {
                notTaken += 1
                continue
            }
            let member = String(item.reference[..<dash])
            let entry = String(item.reference[item.reference.index(after: dash)...])
            let vote: String
            if item.outcome == .confirmed {
                vote = "<affirmative/>"
            } else {
                let reason = XMLReader.escape(try await negativeReason(type))
                vote = "<negative><reasonIds><guid>\(reason)</guid></reasonIds></negative>"
            }
            let body =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedbackSubmission xmlns=\"\(Self.namespace)\">\(vote)</feedbackSubmission>"
            let path = "/v2/entries/\(ExchangeHTTP.encode(member))/\(ExchangeHTTP.encode(entry))/\(type)/feedback"
            do throws(ExchangeError) {
                _ = try await http.send(
                    .PUT, path, headers: try headers() + [("Content-Type", "application/xml; charset=utf-8")],
                    body: Array(body.utf8))
            } catch {
                // The entry is gone, so there is nothing to say about it.
                guard case .refused(404) = error else { throw error }
                notTaken += 1
            }
        }
        return notTaken
    }

    /// The configured reason, or the only one there is.
    private func negativeReason(_ type: String) async throws(ExchangeError) -> String {
        if !options.negativeReason.isEmpty { return options.negativeReason }
        let root = try await http.send(.GET, "/v2/feedback/\(type)/reasons", headers: try headers()).xml()
        let reasons = root.name == "availableFeedbackReasons" ? root.children : root["availableFeedbackReasons"]?.children ?? []
        let known = reasons.compactMap { $0.attributes["guid"] }
        guard known.count == 1 else {
            throw .unsupported("set negative-reason to one of the \(known.count) reasons that NCMEC has for \(type)")
        }
        return known[0]
    }

    private static func feedbackType(_ kind: Fingerprint.Kind) -> String? {
        switch kind {
        case .md5: "MD5"
        case .pdq: "PDQ"
        case .sha256: nil
        }
    }

    private func headers() throws(ExchangeError) -> [(String, String)] {
        let login = try credentials.require("user", isSentAsIs: false) + ":" + credentials.require("password", isSentAsIs: false)
        return [("Authorization", "Basic " + Data(login.utf8).base64EncodedString()), ("Accept", "application/xml")]
    }
}
