// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What people see of a message.
enum MatrixText {
    /// The text of a message; of an edit the new version, and what the edit says beside it to clients that know no edits.
    static func visible(_ content: JSONValue) -> String? {
        guard let edited = newVersion(of: content) else { return joined(pieces(content)) }
        let shown = pieces(edited)
        let known = Set(shown.map(words))
        return joined(shown + pieces(content).filter { !$0.isEmpty && !known.contains(words(withoutStar($0))) })
    }

    /// What an edit puts in the place of the earlier message; nil when this is no edit.
    static func newVersion(of content: JSONValue) -> JSONValue? {
        let isEdit = content["m.relates_to"]?["rel_type"]?.string == "m.replace"
        guard isEdit, let edited = content["m.new_content"], edited.object != nil else { return nil }
        return edited
    }

    /// The plain text, and the formatted one where it says something else: clients show the latter, so both count.
    private static func pieces(_ content: JSONValue) -> [String] {
        let body = content["body"]?.string
        let plain = body.map { [$0] } ?? []
        guard let formatted = content["formatted_body"]?.string else { return plain }
        let shown = MatrixMarkup.withoutTags(formatted)
        return shown.isEmpty || words(shown) == words(body ?? "") ? plain : plain + [shown]
    }

    private static func joined(_ pieces: [String]) -> String? { pieces.isEmpty ? nil : pieces.joined(separator: "\n") }

    private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    /// An edit repeats the new text after a star, for clients that know no edits.
    private static func withoutStar(_ text: String) -> String { text.hasPrefix("* ") ? String(text.dropFirst(2)) : text }
}
