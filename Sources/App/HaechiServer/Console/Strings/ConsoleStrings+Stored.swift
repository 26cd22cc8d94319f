// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// Sentences that the program stores, as it writes them: `StoredWords` knows them again by their English form.
    static let stored: [Entry] = [
        Entry("stored.reported", en: "reported as %@", ko: "신고 유형: %@"),
        Entry("stored.stoppedRule", en: "rule %@ fired, but is stopped", ko: "규칙 %@에 해당하나, 규칙이 중지되어 있음"),
        Entry(
            "stored.forAPerson", en: "rule %@ fired, no verified hash supports it, so a person decides",
            ko: "규칙 %@에 해당하나, 검증된 해시가 없어 사람이 결정"),
        Entry("stored.fired", en: "rule %@ fired", ko: "규칙 %@에 해당"),
        Entry("stored.cannotTell", en: "rule %@ cannot tell (%@)", ko: "규칙 %@이(가) 판단할 수 없음(%@)"),
        Entry("stored.notFired", en: "rule %@ did not fire", ko: "규칙 %@에 해당하지 않음"),
        Entry("stored.held", en: "held: %@", ko: "보류: %@"),
        Entry("stored.dropped", en: "dropped: %@", ko: "실행하지 않음: %@"),
        Entry("stored.isStopped", en: "rule %@ is stopped: %@", ko: "규칙 %@ 중지됨: %@"),
        Entry(
            "stored.acted", en: "it acted on %@ of %@ events in %@ min", ko: "처리 %@건(이벤트 %@건 중, %@분 동안)"),
        Entry("stored.atMost", en: "at most %@ (of %@ events or more) is allowed", ko: "허용 한도 %@(이벤트 %@건 이상일 때)"),
        Entry("stored.quota", en: "rule %@ has reached its quota of %@ in %@ s", ko: "규칙 %@의 한도 도달(%@건/%@초)"),
        Entry(
            "stored.emergency", en: "the emergency stop is on: rules open cases only",
            ko: "긴급 정지 중: 규칙은 사건만 엽니다"),
        Entry(
            "stored.cannotTakeBack", en: "%@ (the platform cannot take back: %@)", ko: "%@ (플랫폼이 되돌릴 수 없음: %@)"),
        Entry("stored.lookBack", en: "earlier copies of newly verified fingerprints (%@)", ko: "새로 검증된 지문의 이전 사본(%@건)"),
        Entry("stored.released", en: "released by %@", ko: "%@ 님이 실행"),
        Entry("stored.givenUp", en: "given up by %@", ko: "%@ 님이 포기"),

        Entry("stored.unknown", en: "unknown: %@", ko: "알 수 없음: %@"),
        Entry("stored.unsupported", en: "unsupported media: %@", ko: "지원하지 않는 형식: %@"),
        Entry("stored.nothingToSee", en: "nothing to see: %@", ko: "볼 것이 없음: %@"),
        Entry("stored.undecodable", en: "undecodable media: %@", ko: "해독할 수 없는 파일: %@"),
        Entry("stored.tooLarge", en: "media too large: %@", ko: "너무 큰 파일: %@"),
        Entry("stored.decoder", en: "media decoder unavailable: %@", ko: "미디어 해독기를 쓸 수 없음: %@"),
        Entry("stored.notInstalled", en: "not installed: %@", ko: "설치되지 않음: %@"),
        Entry("stored.busy", en: "busy: %@", ko: "처리량 초과: %@"),
        Entry("stored.deadline", en: "no answer in time", ko: "제시간에 답이 없음"),
        Entry("stored.unavailable", en: "unavailable: %@", ko: "쓸 수 없음: %@"),
        Entry("stored.refused", en: "refused: %@", ko: "거부됨: %@"),
        Entry(
            "stored.noPixels", en: "its pixels in the size that %@ looks at are not here",
            ko: "%@에 맞는 크기의 화소가 없음"),
        Entry("stored.noReading", en: "no picture was made to be read", ko: "글자를 읽을 사진이 만들어지지 않음"),
        Entry("stored.partOfFrames", en: "only a part of its frames could be looked at", ko: "장면의 일부만 확인할 수 있었음"),
        Entry("stored.noBytes", en: "its bytes could not be had", ko: "파일을 받을 수 없음"),
        Entry("stored.tooLong", en: "it took too long to fetch", ko: "받는 데 너무 오래 걸림"),
        Entry("stored.otherBytes", en: "its bytes do not have the hash that was given for them", ko: "파일이 알려진 해시와 다름"),
        Entry("stored.noConnector", en: "no connector for platform %@", ko: "플랫폼 %@의 연결기가 없음"),
        Entry("stored.noHead", en: "the head of intent is not here", ko: "글의 의도를 읽는 모델이 없음"),
        Entry(
            "stored.noC2PA", en: "the library for signed manifests is not installed",
            ko: "서명된 출처를 확인하는 라이브러리가 설치되지 않음"),
        Entry("stored.notComputed", en: "signal '%@' was not computed", ko: "신호 '%@'을(를) 계산하지 않음"),
        Entry(
            "stored.noAge", en: "the platform does not say when the account was made",
            ko: "플랫폼이 계정 생성 시각을 알려 주지 않음"),
        Entry("stored.warming", en: "counter '%@' is warming until %@", ko: "집계 '%@'은(는) %@까지 준비 중"),
        Entry("stored.notRead", en: "counter '%@' was not read", ko: "집계 '%@'을(를) 읽지 못함"),
        Entry("stored.loading", en: "counters are being loaded", ko: "집계를 불러오는 중"),
        Entry("stored.frame", en: "frame at %@ s", ko: "%@초 지점의 장면"),
    ]
}
