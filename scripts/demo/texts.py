# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""Harmless small talk in English and Korean, put together from parts."""

import random

_ENGLISH = [
    "Has anyone tried the {thing} near the {place}?",
    "The {thing} at the {place} was better than I expected.",
    "Good morning from the {place}!",
    "I'm reading about {topic} today, any recommendations?",
    "Who is coming to the {place} on {day}?",
    "My notes on {topic} are finally in order.",
    "We meet on {day} at the {place}, bring your {thing}.",
    "Does somebody have a spare {thing} for {day}?",
]
_ENGLISH_WORDS = {
    "thing": ["noodles", "bicycle", "umbrella", "camera", "coffee", "map", "guitar", "teapot"],
    "place": ["river", "library", "market", "station", "garden", "museum", "harbour"],
    "topic": ["gardening", "old maps", "astronomy", "pottery", "typography", "tides", "folk songs"],
    "day": ["Monday", "Tuesday", "Thursday", "Saturday", "Sunday"],
}
_KOREAN = [
    "{place} 근처 {thing} 드셔 보신 분 계신가요?",
    "오늘 {place}에서 산책했는데 날씨가 참 좋았습니다.",
    "{day}에 {place}에서 만나요.",
    "요즘 {topic} 책을 읽고 있는데 추천해 주실 만한 것이 있을까요?",
    "{day} 모임에 {thing} 가져오실 수 있는 분?",
    "{topic} 사진 정리를 드디어 끝냈습니다.",
    "안녕하세요, 처음 인사드립니다. {topic} 이야기 좋아해요.",
]
_KOREAN_WORDS = {
    "thing": ["국수", "우산", "사진기", "커피", "지도", "떡볶이", "찻잔"],
    "place": ["한강", "도서관", "시장", "역 앞", "식물원", "박물관", "항구"],
    "topic": ["원예", "옛 지도", "천문", "도예", "서체", "민요", "등산"],
    "day": ["월요일", "화요일", "목요일", "토요일", "일요일"],
}


def small_talk(chance: random.Random) -> str:
    """One neutral sentence."""
    sentences, words = chance.choice([(_ENGLISH, _ENGLISH_WORDS), (_KOREAN, _KOREAN_WORDS)])
    return chance.choice(sentences).format(**{kind: chance.choice(of) for kind, of in words.items()})


CAPTIONS = ["my new pattern", "weaving sample", "오늘 만든 무늬", "tile study", "자수 연습", "wallpaper idea"]
REASONS = [
    "I think this breaks the rules.",
    "이 사진은 문제가 있어 보입니다.",
    "Not allowed here, please look.",
    "신고합니다. 확인 부탁드려요.",
]
