// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ConsoleStrings {
    /// What was found in a case, and how the models are.
    static let signals: [Entry] = [
        Entry("signals.heading", en: "What was noticed", ko: "자동으로 확인한 것"),
        Entry(
            "signals.intro", en: "It helps to look; it decides nothing.",
            ko: "검토를 돕는 참고 자료이며, 결정은 사람이 합니다."),
        Entry(
            "signals.waiting", en: "Not looked at yet. It appears here when it is there.",
            ko: "아직 확인 전입니다. 확인되면 여기에 표시됩니다."),
        Entry(
            "signals.nothing", en: "Nothing was noticed. That does not mean that there is nothing.",
            ko: "확인된 것이 없습니다. 문제가 없다는 뜻은 아닙니다."),
        Entry(
            "signals.notPublic", en: "This does not come from a public space, so no detector has read it.",
            ko: "공개된 공간의 내용이 아니므로 어떤 탐지기도 읽지 않았습니다."),
        Entry(
            "signals.givenUp", en: "Looking into it failed again and again, and was given up.",
            ko: "여러 번 시도했으나 확인하지 못하여 중단했습니다."),
        Entry("signals.nothingKept", en: "There is nothing left to look at.", ko: "확인할 자료가 남아 있지 않습니다."),
        Entry(
            "signals.meaning",
            en: "Of 100 public items that score like this here, {low} to {high} were upheld ({cases} reviewed, {day}).",
            ko: "이 서버에서 비슷한 값이 나온 공개 자료 100건 가운데 {low}~{high}건이 위반으로 확인되었습니다(검토 {cases}건, {day})."),
        Entry(
            "signals.uncalibrated", en: "Not calibrated here: shown, not judged.",
            ko: "이 서버에서 보정되지 않은 값입니다. 참고로만 표시합니다."),
        Entry("signals.counts", en: "It reaches what is asked for.", ko: "기준에 이릅니다."),
        Entry("signals.below", en: "It does not reach what is asked for.", ko: "기준에 이르지 않습니다."),
        Entry("signals.regions", en: "%@ found, marked on the picture.", ko: "%@개 발견, 사진 위에 표시했습니다."),
        Entry("signals.faces", en: "Faces found: %@. They are marked on the picture.", ko: "얼굴 %@개를 찾아 사진 위에 표시했습니다."),
        Entry("signals.faces.none", en: "No face was found.", ko: "얼굴을 찾지 못했습니다."),
        Entry("signals.language", en: "%@.", ko: "%@."),
        Entry("signals.perhaps", en: "Perhaps %@.", ko: "%@일 수 있습니다."),
        Entry(
            "signals.notReached", en: "Looked for, and below what is asked for: %@. Not calibrated here.",
            ko: "기준에 이르지 않음: %@. 이 서버에서 보정되지 않은 값입니다."),
        Entry("signals.none", en: "None found.", ko: "발견되지 않았습니다."),
        Entry("signals.frames", en: "%@ frames were looked at.", ko: "장면 %@개를 확인했습니다."),
        Entry("signals.frame", en: "In the frame at %@.", ko: "%@ 지점의 장면입니다."),
        Entry(
            "signals.box", en: "{name}: {x} % from the left, {y} % from the top, {w} % wide, {h} % high",
            ko: "{name}: 왼쪽에서 {x} %, 위에서 {y} %, 너비 {w} %, 높이 {h} %"),
        Entry("signals.boxes", en: "Marked on the picture", ko: "사진 위의 표시"),
        Entry("signals.version", en: "version", ko: "버전"),
        Entry("signals.unreadable", en: "It could not be read: %@", ko: "읽을 수 없음: %@"),
        Entry("signals.facts", en: "File and time taken", ko: "파일과 소요 시간"),
        Entry("signals.times", en: "Time taken", ko: "소요 시간"),
        Entry("signals.similar", en: "Find similar pictures", ko: "비슷한 사진 찾기"),
        Entry("signals.similarNone", en: "Nothing similar is in the index.", ko: "색인에 비슷한 사진이 없습니다."),
        Entry(
            "signals.similarMissing", en: "This item is not in the index of look-alikes.",
            ko: "이 게시물은 유사 사진 색인에 없습니다."),
        Entry("signals.closeness.copy", en: "most often the same picture or one of its series", ko: "대개 같은 사진이거나 그 연작"),
        Entry("signals.closeness.similar", en: "similar", ko: "비슷함"),
        Entry("signals.closeness.loose", en: "loosely similar", ko: "조금 비슷함"),
        Entry("title.similar", en: "Similar pictures", ko: "비슷한 사진"),
        Entry("case.preview", en: "A small picture of our own making", ko: "Haechi가 만든 작은 사진"),

        Entry("origin.heading", en: "Where it says it comes from", ko: "파일이 밝히는 출처"),
        Entry("origin.trusted", en: "Signed by %@, on your trust list.", ko: "%@의 서명이 있으며, 신뢰 목록에 있습니다."),
        Entry(
            "origin.untrusted",
            en: "Signed by %@, not on your trust list: the name is whatever the signer wrote, and anybody can sign like that.",
            ko: "%@의 서명이 있으나, 신뢰 목록에 없습니다. 이름은 서명한 쪽이 적은 그대로이며, 누구나 이렇게 서명할 수 있습니다."),
        Entry(
            "origin.trusted.unnamed", en: "Signed by somebody on your trust list, who is not named.",
            ko: "신뢰 목록에 있는 주체의 서명이 있습니다. 이름은 적혀 있지 않습니다."),
        Entry(
            "origin.untrusted.unnamed", en: "Signed by somebody who is not named and not on your trust list.",
            ko: "이름이 적혀 있지 않은 서명이 있으며, 신뢰 목록에 없습니다."),
        Entry("origin.claim", en: "The program that wrote it calls itself %@.", ko: "출처 정보를 쓴 프로그램이 스스로 밝힌 이름: %@."),
        Entry(
            "origin.invalid",
            en: "It carries a signed manifest that does not fit: the file was changed afterwards, or the manifest is broken.",
            ko: "서명된 출처 정보가 파일과 맞지 않습니다. 나중에 바뀌었거나 손상되었습니다."),
        Entry(
            "origin.unverified", en: "It carries a signed manifest, and nothing here can verify it.",
            ko: "서명된 출처 정보가 있으나, 여기에는 확인할 도구가 없습니다."),
        Entry(
            "origin.elsewhere", en: "Its manifest lies elsewhere; nothing is fetched from there.",
            ko: "출처 정보가 다른 곳에 있으며, 가져오지 않습니다."),
        Entry("origin.none", en: "No mark of origin: this means nothing.", ko: "출처 표시 없음: 아무 뜻도 없습니다."),
        Entry(
            "origin.digital-source-type", en: "It says of itself: %@. Unsigned: anybody can write that.",
            ko: "파일이 밝히는 종류: %@. 서명이 없어 누구나 쓸 수 있습니다."),
        Entry("origin.digital-source-type.signed", en: "The signed manifest says: %@.", ko: "서명된 출처 정보의 종류: %@."),
        Entry(
            "origin.digital-source-type.ingredient",
            en: "What it was made from says: %@. Whoever signed last does not vouch for that.",
            ko: "재료가 된 파일이 밝히는 종류: %@. 마지막에 서명한 쪽이 보증하는 내용이 아닙니다."),
        Entry(
            "origin.generator", en: "Trace of a generator: %@. Unsigned: anybody can write that.",
            ko: "생성기 흔적: %@. 서명이 없어 누구나 쓸 수 있습니다."),
        Entry("origin.generator.signed", en: "The signed manifest names a generator: %@.", ko: "서명된 출처 정보의 생성기: %@."),
        Entry(
            "origin.generator.ingredient",
            en: "What it was made from names a generator: %@. Whoever signed last does not vouch for that.",
            ko: "재료가 된 파일에 적힌 생성기: %@. 마지막에 서명한 쪽이 보증하는 내용이 아닙니다."),
        Entry("source.trainedAlgorithmicMedia", en: "made by a trained model", ko: "학습된 모델이 만든 것"),
        Entry(
            "source.compositeWithTrainedAlgorithmicMedia", en: "partly made by a trained model", ko: "일부를 학습된 모델이 만든 것"),
        Entry("source.algorithmicMedia", en: "made by a program", ko: "프로그램이 만든 것"),
        Entry("source.digitalCapture", en: "taken by a camera", ko: "카메라로 찍은 것"),
        Entry("source.compositeSynthetic", en: "put together, partly made by a program", ko: "프로그램이 만든 것을 합성한 것"),
        Entry("source.trainedAlgorithmicData", en: "data made by a trained model", ko: "학습된 모델이 만든 데이터"),
        Entry("source.digitalArt", en: "drawn with a program", ko: "프로그램으로 그린 것"),
        Entry("manifest.trusted", en: "signed, on your trust list", ko: "신뢰 목록에 있는 서명"),
        Entry("manifest.untrusted", en: "signed, not on your trust list", ko: "신뢰 목록에 없는 서명"),
        Entry("manifest.invalid", en: "a signed manifest that does not fit", ko: "파일과 맞지 않는 서명된 출처"),
        Entry("manifest.unverified", en: "a signed manifest that nothing here can verify", ko: "확인할 수 없는 서명된 출처"),
        Entry("manifest.elsewhere", en: "a manifest that lies elsewhere", ko: "다른 곳에 있는 출처"),

        Entry("signal.nudity", en: "Nudity", ko: "노출"),
        Entry("signal.faces", en: "Faces", ko: "얼굴"),
        Entry("signal.language", en: "Language", ko: "언어"),
        Entry("signal.intent", en: "Intent of the text", ko: "글의 의도"),
        Entry("signal.embedding", en: "Image vectors (look-alikes)", ko: "이미지 벡터(유사 사진)"),
        Entry("signal.look-alikes", en: "Index of look-alikes", ko: "유사 사진 색인"),
        Entry("signal.picture-text", en: "Text in pictures", ko: "사진 속 글자"),
        Entry("signal.sentence", en: "Sentence vectors", ko: "문장 벡터"),
        Entry("signal.signed-provenance", en: "Signed provenance", ko: "서명된 출처"),
        Entry("signal.trust-list", en: "Trust list of signers", ko: "신뢰 서명자 목록"),
        Entry("signal.model", en: "A model's answer", ko: "모델의 답"),
        Entry("found.sha256", en: "Known files", ko: "알려진 파일"),
        Entry("found.pdq", en: "Known pictures", ko: "알려진 사진"),
        Entry("found.text", en: "Phrases of lists", ko: "목록에 있는 문구"),
        Entry("found.text.pictures", en: "Phrases of lists, in pictures", ko: "사진 속 목록 문구"),
        Entry("found.link", en: "Links", ko: "링크"),
        Entry("found.link.pictures", en: "Links in pictures", ko: "사진 속 링크"),
        Entry("found.contact", en: "Contacts", ko: "연락처"),
        Entry("found.contact.pictures", en: "Contacts in pictures", ko: "사진 속 연락처"),
        Entry("found.personal", en: "Personal numbers", ko: "개인 번호"),
        Entry("found.personal.pictures", en: "Personal numbers in pictures", ko: "사진 속 개인 번호"),
        Entry("found.model", en: "A model's answer", ko: "모델의 답"),
        Entry("found.provenance", en: "Origin", ko: "출처"),
        Entry("label.ordinary", en: "ordinary talk", ko: "일상 대화"),
        Entry("label.solicits-deepfake", en: "asks for a sexual deepfake", ko: "성적 합성물 의뢰"),
        Entry("label.sextortion-threat", en: "threatens with intimate images", ko: "성적 이미지로 협박"),
        Entry("label.trades-leaks", en: "trades leaked images", ko: "유출물 거래"),
        Entry("label.victim-words", en: "words of somebody affected", ko: "피해자의 말"),
        Entry("region.face", en: "Face", ko: "얼굴"),
        Entry("region.faces", en: "Face", ko: "얼굴"),
        Entry("region.region", en: "Region", ko: "영역"),
        Entry("step.decode", en: "decode", ko: "복호"),
        Entry("step.hash", en: "hash", ko: "해시"),
        Entry("step.shrink", en: "shrink", ko: "축소"),
        Entry("step.marks", en: "marks", ko: "표시"),
        Entry("step.c2pa", en: "manifest", ko: "서명"),

        Entry("models.heading", en: "Models and other optional signals", ko: "모델과 그 밖의 선택 신호"),
        Entry("models.on", en: "on", ko: "켜짐"),
        Entry("models.off", en: "off", ko: "꺼짐"),
        Entry("models.waiting", en: "waiting", ko: "대기"),
        Entry("models.shed", en: "dropped under load", ko: "과부하로 건너뜀"),
    ]
}
