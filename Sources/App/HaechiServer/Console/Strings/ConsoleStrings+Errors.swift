// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// What did not work.
    static let errors: [Entry] = [
        Entry("error.adminOnly", en: "Only an administrator can do this.", ko: "관리자만 할 수 있습니다."),
        Entry("error.back", en: "Back", ko: "돌아가기"),
        Entry(
            "error.forged",
            en: "This request did not come from a page of the console, or the page is old. Load it again.",
            ko: "콘솔 화면에서 보낸 요청이 아니거나 오래된 화면입니다. 새로 고침하세요."),
        Entry("error.notFound", en: "There is nothing here.", ko: "찾을 수 없습니다."),
        Entry(
            "error.notHolder",
            en: "Take the case first: its material is shown to its holder only.",
            ko: "먼저 사건을 맡으세요. 자료는 담당자에게만 보입니다."),
        Entry(
            "error.leaseLost",
            en: "You no longer hold this case, so nothing was changed. Take it again before you decide.",
            ko: "이 사건을 더 이상 맡고 있지 않아 아무것도 바뀌지 않았습니다. 다시 맡은 뒤 결정하세요."),
        Entry("error.leaseHeld", en: "%@ is working on this case.", ko: "%@ 님이 이 사건을 처리하고 있습니다."),
        Entry("error.caseClosed", en: "This case is closed already.", ko: "이미 종결된 사건입니다."),
        Entry("error.clauseMissing", en: "Choose the clause that was violated.", ko: "위반된 조항을 선택하세요."),
        Entry("error.reasonMissing", en: "Say why it is taken back.", ko: "되돌리는 사유를 적으세요."),
        Entry("error.verdict", en: "This decision is not possible here.", ko: "여기서는 할 수 없는 결정입니다."),
        Entry("error.evidenceGone", en: "This evidence has been deleted.", ko: "삭제된 증거입니다."),
        Entry("error.alreadyUndone", en: "This decision was undone before.", ko: "이미 되돌린 결정입니다."),
        Entry("error.nothingToUndo", en: "This decision had no effect that could be taken back.", ko: "되돌릴 효과가 없는 결정입니다."),
        Entry(
            "error.notWritten", en: "This could not be written down. Nothing was done; please try again.",
            ko: "기록하지 못했습니다. 아무것도 실행되지 않았으니 다시 시도해 주세요."),
        Entry("error.request", en: "The request could not be read.", ko: "요청을 읽을 수 없습니다."),
        Entry(
            "error.failed",
            en: "Something failed on our side. It was written down; try again.",
            ko: "서버에서 문제가 생겼습니다. 기록해 두었으니 다시 시도하세요."),
    ]
}
