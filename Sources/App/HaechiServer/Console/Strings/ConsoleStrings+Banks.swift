// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// Banks and what is delivered to them.
    static let banks: [Entry] = [
        Entry("banks.imports", en: "Deliveries that wait for a second person", ko: "두 번째 사람의 확인을 기다리는 입고"),
        Entry("banks.noImports", en: "No delivery waits.", ko: "기다리는 입고가 없습니다."),
        Entry(
            "banks.importsIntro",
            en: "None of their fingerprints count yet. An administrator other than the one who brought them decides.",
            ko: "아직 효력이 없는 지문들입니다. 입고한 사람이 아닌 다른 관리자가 결정합니다."),
        Entry("banks.records", en: "records", ko: "건"),
        Entry("banks.broughtBy", en: "brought by", ko: "입고한 사람:"),
        Entry("banks.why", en: "why it waits:", ko: "대기 사유:"),
        Entry("banks.approve", en: "Approve", ko: "승인"),
        Entry("banks.refuse", en: "Refuse", ko: "거부"),
        Entry("banks.refuseReason", en: "Reason for refusing", ko: "거부 사유"),
        Entry("banks.heading", en: "Banks", ko: "해시 목록"),
        Entry(
            "banks.none", en: "There is no bank yet. Make the first one on the server: haechi bank create NAME",
            ko: "아직 목록이 없습니다. 서버에서 만드세요: haechi bank create NAME"),
        Entry("banks.bank", en: "Bank", ko: "목록"),
        Entry("banks.contents", en: "Fingerprints", ko: "지문"),
        Entry("banks.radius", en: "Radius", ko: "반경"),
        Entry("banks.quality", en: "Least quality", ko: "최저 품질"),
        Entry("banks.share", en: "Look-ups answered", ko: "조회 비율"),
        Entry("banks.sources", en: "Sources", ko: "출처"),
        Entry("banks.noSources", en: "Nothing has come from anywhere yet.", ko: "아직 들어온 지문이 없습니다."),
        Entry("banks.source", en: "Source", ko: "출처"),
        Entry("banks.state", en: "State", ko: "상태"),
        Entry("banks.ceiling", en: "Counts at most as", ko: "최고 신뢰 단계"),
        Entry("banks.fingerprints", en: "Fingerprints", ko: "지문"),
        Entry("banks.matches", en: "Matches", ko: "일치"),
        Entry("banks.precision", en: "Confirmed of judged", ko: "판단된 일치 중 확인"),
        Entry("source.active", en: "active", ko: "정상"),
        Entry("source.demoted", en: "demoted", ko: "강등됨"),
        Entry("source.stopped", en: "stopped", ko: "중지됨"),
        Entry("flash.approved", en: "The delivery counts now.", ko: "입고를 승인했습니다."),
        Entry("flash.refused", en: "The delivery was refused.", ko: "입고를 거부했습니다."),
        Entry("error.refusalReason", en: "Say why it is refused.", ko: "거부 사유를 적으세요."),
        Entry("error.bank", en: "The bank refuses this: %@", ko: "처리할 수 없습니다: %@"),
    ]
}
