// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// The look-back.
    static let lookBack: [Entry] = [
        Entry(
            "lookback.intro",
            en:
                "Copies that were posted before their picture was known. One decision is about all of them, and can be taken back as one.",
            ko: "사진이 알려지기 전에 올라온 사본입니다. 한 번의 결정으로 모두 처리하고, 한 번에 되돌릴 수 있습니다."),
        Entry("lookback.off", en: "The look-back is off.", ko: "소급 조회가 꺼져 있습니다."),
        Entry("lookback.empty", en: "No earlier copy has been found.", ko: "발견된 이전 사본이 없습니다."),
        Entry("lookback.items", en: "items", ko: "건의 게시물"),
        Entry("lookback.spaces", en: "spaces", ko: "개 공간"),
        Entry("lookback.actors", en: "accounts", ko: "개 계정"),
        Entry("lookback.by", en: "asked for by", ko: "요청:"),
        Entry("lookback.startedBy", en: "started by", ko: "실행:"),
        Entry("lookback.effects", en: "What will be done", ko: "처리 내용"),
        Entry("lookback.first", en: "first seen", ko: "최초 발견"),
        Entry("lookback.progress", en: "Progress", ko: "진행률"),
        Entry("lookback.applied", en: "done", ko: "처리"),
        Entry("lookback.skipped", en: "left alone (gone, changed or closed)", ko: "건너뜀(사라짐·변경·비공개)"),
        Entry("lookback.failed", en: "failed", ko: "실패"),
        Entry("lookback.undone", en: "taken back", ko: "되돌림"),
        Entry("lookback.samples", en: "The newest of them", ko: "최근 사본"),
        Entry("lookback.in", en: "in", ko: "위치:"),
        Entry("lookback.start", en: "Start", ko: "실행"),
        Entry("lookback.pause", en: "Pause", ko: "일시 정지"),
        Entry("lookback.discard", en: "Discard", ko: "버리기"),
        Entry("lookback.undo", en: "Take all back", ko: "모두 되돌리기"),
        Entry("bulk.preview", en: "waits for a person", ko: "확인 대기"),
        Entry("bulk.running", en: "running", ko: "진행 중"),
        Entry("bulk.paused", en: "paused", ko: "일시 정지"),
        Entry("bulk.done", en: "done", ko: "완료"),
        Entry("bulk.undoing", en: "being taken back", ko: "되돌리는 중"),
        Entry("bulk.undone", en: "taken back", ko: "되돌림"),
        Entry("bulk.discarded", en: "discarded", ko: "버림"),
        Entry("error.bulk", en: "This cannot be done: %@", ko: "처리할 수 없습니다: %@"),
    ]
}
