// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

extension ConsoleStrings {
    /// Names of what was found: kinds of contact and of numbers, changed forms of pictures, programs.
    static let names: [Entry] = [
        Entry("match.handle", en: "handle", ko: "아이디"),
        Entry("match.telegram", en: "Telegram", ko: "텔레그램"),
        Entry("match.kakao", en: "KakaoTalk", ko: "카카오톡"),
        Entry("match.discord", en: "Discord", ko: "디스코드"),
        Entry("match.line", en: "LINE", ko: "라인"),
        Entry("match.whatsapp", en: "WhatsApp", ko: "왓츠앱"),
        Entry("match.wallet", en: "wallet", ko: "암호화폐 지갑"),
        Entry("match.iban", en: "bank account (IBAN)", ko: "은행 계좌(IBAN)"),
        Entry("match.shortener", en: "shortened link", ko: "단축 주소"),
        Entry("match.phone", en: "telephone", ko: "전화번호"),
        Entry("match.email", en: "e-mail", ko: "전자우편"),
        Entry("match.korean-resident-number", en: "Korean resident number", ko: "주민등록번호"),
        Entry("match.korean-phone", en: "Korean telephone", ko: "국내 전화번호"),
        Entry("match.card", en: "payment card", ko: "카드 번호"),
        Entry("variant.inverted", en: "colours inverted", ko: "색 반전"),
        Entry("variant.trimmed", en: "without its border", ko: "테두리 제외"),
        Entry("variant.rot90", en: "turned by 90°", ko: "90° 회전"),
        Entry("variant.rot180", en: "turned by 180°", ko: "180° 회전"),
        Entry("variant.rot270", en: "turned by 270°", ko: "270° 회전"),
        Entry("variant.flipx", en: "mirrored", ko: "뒤집힘"),
        Entry("variant.flipy", en: "mirrored", ko: "뒤집힘"),
        Entry("variant.flipp", en: "mirrored", ko: "뒤집힘"),
        Entry("variant.flipm", en: "mirrored", ko: "뒤집힘"),
        Entry("variant.part", en: "a part of it", ko: "사진의 일부"),
        Entry("language.unknown", en: "not known", ko: "알 수 없음"),
    ]

    /// How programs that make pictures call themselves; the same in every language.
    static let generators: [String: String] = [
        "a1111": "Stable Diffusion web UI (AUTOMATIC1111)", "adobe-firefly": "Adobe Firefly",
        "bing-image-creator": "Bing Image Creator", "comfyui": "ComfyUI", "dall-e": "DALL·E", "diffusionbee": "DiffusionBee",
        "draw-things": "Draw Things", "easy-diffusion": "Easy Diffusion", "flux": "FLUX (Black Forest Labs)",
        "fooocus": "Fooocus", "google-ai": "Google AI", "ideogram": "Ideogram", "invokeai": "InvokeAI", "leonardo": "Leonardo.Ai",
        "meta-ai": "Meta AI", "midjourney": "Midjourney", "mochi-diffusion": "Mochi Diffusion", "novelai": "NovelAI",
        "openai": "OpenAI", "recraft": "Recraft", "runway": "Runway", "sd-next": "SD.Next",
        "stability-ai": "Stability AI", "stable-diffusion": "Stable Diffusion", "swarmui": "SwarmUI",
    ]

    /// A language's name in the reader's, by its code; `und` is not known.
    static func name(ofLanguage code: String, _ language: ConsoleLanguage) -> String {
        if code == "und" || code.isEmpty { return text("language.unknown", language) }
        return Locale(identifier: language.rawValue).localizedString(forIdentifier: code) ?? code
    }
}
