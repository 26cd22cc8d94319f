// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// The overview.
    static let overview: [Entry] = [
        Entry("stat.heading", en: "At a glance", ko: "한눈에 보기"),
        Entry("stat.removal", en: "Post to verified removal, median", ko: "게시부터 삭제 확인까지(중앙값)"),
        Entry("stat.cases", en: "Open cases", ko: "열린 사건"),
        Entry("stat.queued", en: "Queued", ko: "대기 중"),
        Entry("stat.oldest", en: "Oldest waiting", ko: "가장 오래 기다린 것"),
        Entry("stat.decided", en: "Decided", ko: "결정됨"),
        Entry("stat.cleared", en: "Cleared", ko: "문제 없음"),
        Entry("stat.withdrawn", en: "Withdrawn unread", ko: "읽지 않고 철회"),
        Entry("stat.failed", en: "Failed", ko: "실패"),
        Entry("stat.held", en: "Held actions", ko: "보류된 조치"),
        Entry("stat.stopped", en: "Stopped rules", ko: "정지된 규칙"),
        Entry("stat.promotions", en: "Rules to approve", ko: "승인할 규칙"),
        Entry("recent.heading", en: "Recent events", ko: "최근 이벤트"),
        Entry("recent.empty", en: "Nothing has arrived yet.", ko: "아직 들어온 것이 없습니다."),
        Entry("recent.event", en: "Event", ko: "이벤트"),
        Entry("recent.kind", en: "Kind", ko: "종류"),
        Entry("recent.space", en: "Space", ko: "공간"),
        Entry("recent.when", en: "When", ko: "시각"),
        Entry("recent.state", en: "State", ko: "상태"),
        Entry("recent.actions", en: "Actions", ko: "조치"),
        Entry("recent.latency", en: "To removal", ko: "삭제까지"),
    ]
}
