// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// Decisions and held actions.
    static let decisions: [Entry] = [
        Entry("decisions.heading", en: "Newest decisions", ko: "최근 결정"),
        Entry("decisions.empty", en: "No decision yet.", ko: "아직 결정이 없습니다."),
        Entry("decisions.undone", en: "undone", ko: "되돌려짐"),
        Entry("decisions.undoes", en: "takes back", ko: "되돌린 결정:"),
        Entry("by.rules", en: "rule %@", ko: "규칙 %@"),
        Entry("held.heading", en: "Actions that wait for a person", ko: "사람의 확인을 기다리는 조치"),
        Entry("held.empty", en: "No action is held.", ko: "보류된 조치가 없습니다."),
        Entry(
            "held.intro",
            en: "A rule wanted these, but a quota was exceeded or the emergency stop is on.",
            ko: "규칙에 따른 조치이지만 한도를 넘었거나 비상 정지가 켜져 있습니다."),
        Entry("held.carryOut", en: "Carry out", ko: "실행"),
        Entry("held.giveUp", en: "Give up", ko: "취소"),
        Entry("held.target", en: "Target", ko: "대상"),
        Entry("held.decision", en: "Decision", ko: "결정"),
        Entry("held.why", en: "Why it waits", ko: "보류 사유"),
        Entry("flash.undone", en: "Taken back.", ko: "되돌렸습니다."),
        Entry("flash.carriedOut", en: "The action will be carried out.", ko: "조치를 실행합니다."),
        Entry("flash.givenUp", en: "The action was given up.", ko: "조치를 취소했습니다."),
    ]
}
