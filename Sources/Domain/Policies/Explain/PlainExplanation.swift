// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// What the person affected reads of a decision: what was done, why in general, by whom, and what can be done about it.
///
/// It does not teach evasion: no thresholds, counts, distances, names of lists or conditions, nothing of what exactly was found.
package enum PlainExplanation {
    package enum Language: String, Sendable, CaseIterable { case en, ko }

    package static func text(_ decision: Decision, clauses: ClauseCatalogue, _ language: Language) -> String {
        let words = language == .ko ? Words.korean : Words.english
        var sentences = [words.done(strongest(decision.effects))]
        if let clause = decision.clause, let entry = clauses[clause] {
            sentences.append(words.clause(entry.text(language.rawValue)))
        }
        switch decision.by {
        case .rules: sentences += [words.reason(of: decision.explanations), words.byRules]
        case .person: sentences.append(words.byPerson)
        }
        sentences.append(words.appeal)
        return sentences.joined(separator: " ")
    }

    /// What weighs most of what was done.
    private static func strongest(_ effects: [Effect]) -> EffectKind? {
        let order: [EffectKind] = [.ban, .lock, .suspend, .block, .remove, .quarantine]
        return order.first { kind in effects.contains { $0.kind == kind } }
    }
}

/// The sentences of one language.
private struct Words {
    let effects: [EffectKind: String]
    let nothing: String
    /// Around the clause's text.
    let clauseFrame: (String, String)
    let confirmed: String
    let alike: String
    let wording: String
    let activity: String
    let byRules: String
    let byPerson: String
    let appeal: String

    func done(_ effect: EffectKind?) -> String { effect.flatMap { effects[$0] } ?? nothing }

    func clause(_ text: String) -> String { clauseFrame.0 + text + clauseFrame.1 }

    /// In general terms, by the kind of thing that was found.
    func reason(of explanations: [Explanation]) -> String {
        let found = explanations.filter { $0.result == "true" }.flatMap(\.signals).filter { !$0.matches.isEmpty }
        let pictures = found.filter { $0.kind == .pdq || $0.kind == .sha256 }
        if pictures.contains(where: { $0.matches.contains { $0.trust == .verified } }) { return confirmed }
        if !pictures.isEmpty || found.contains(where: { $0.kind == .model }) { return alike }
        if found.contains(where: { $0.kind == .text || $0.kind == .link }) { return wording }
        return activity
    }

    static let english = Words(
        effects: [
            .remove: "What you posted was removed.", .quarantine: "What you posted was hidden.",
            .suspend: "Your account cannot post for some time.", .lock: "Your account was locked.",
            .ban: "Your account was excluded from the space.", .block: "The space was closed.",
        ], nothing: "What you posted was looked at; nothing was taken from you.",
        clauseFrame: ("The rule is: “", "”"),
        confirmed: "A picture or video in it is one that people had looked at before and found to break this rule.",
        alike: "A picture or video in it appears to be of a kind that this rule is about.",
        wording: "What it says or links to is of a kind that this rule is about.",
        activity: "It appears to be part of an activity that this rule is about.",
        byRules: "This was decided automatically, by a rule that people wrote and answer for.",
        byPerson: "A person decided this.",
        appeal: "If you think that this is a mistake, you can appeal, and a person will look at it again.")

    static let korean = Words(
        effects: [
            .remove: "올리신 내용이 삭제되었습니다.", .quarantine: "올리신 내용이 숨겨졌습니다.",
            .suspend: "계정의 글쓰기가 일정 기간 정지되었습니다.", .lock: "계정이 잠겼습니다.",
            .ban: "계정이 이 공간에서 제외되었습니다.", .block: "이 공간이 닫혔습니다.",
        ], nothing: "올리신 내용을 확인했으며, 아무런 제한도 하지 않았습니다.",
        clauseFrame: ("적용된 규칙: “", "”"),
        confirmed: "이 내용의 사진이나 영상은 사람이 이전에 확인하여 이 규칙에 어긋난다고 판단한 것입니다.",
        alike: "이 내용의 사진이나 영상이 이 규칙에서 다루는 종류로 보입니다.",
        wording: "글이나 링크가 이 규칙에서 다루는 종류입니다.",
        activity: "이 규칙에서 다루는 활동의 일부로 보입니다.",
        byRules: "이 결정은 사람이 작성하고 책임지는 규칙에 따라 자동으로 내려졌습니다.",
        byPerson: "이 결정은 사람이 내렸습니다.",
        appeal: "잘못된 결정이라고 생각하시면 이의를 제기할 수 있으며, 사람이 다시 확인합니다.")
}
