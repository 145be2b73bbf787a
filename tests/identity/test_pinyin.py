"""How the names of companies sound, in characters and in Latin letters."""

from __future__ import annotations

import pytest

from data.pinyin import sound, syllables


@pytest.mark.parametrize(
    ("characters", "letters"),
    [
        ("广州恒通", "guangzhou hengtong"),
        ("华为技术", "huawei technologies"),
        ("厦门金龙汽车集团", "xiamen jinlong automotive"),
        ("重庆长安汽车", "chongqing changan auto"),
        ("陕西鑫源环保", "shaanxi xinyuan environmental"),
        ("西安电子科技大学", "xian electronics technology university"),
        ("ibm中国", "ibm china"),
        ("上海绿地银行", "shanghai ludi bank"),
        ("深圳中科", "shenzhen zhongke keji"),
    ],
)
def test_one_name_in_two_scripts_sounds_alike(characters: str, letters: str) -> None:
    assert sound(characters) == sound(letters)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("广州恒通", "guangzhou hengda"),
        ("广州恒通物流", "guangzhou hengtong"),
        ("龘龘", "dada"),
        ("广州恒通精密", "guangzhou hengtong automation"),
    ],
)
def test_different_names_sound_different(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_a_name_of_loose_words_only_keeps_them() -> None:
    assert sound("科技集团") == "technologygroup"


def test_the_usual_characters_are_read_in_the_order_of_the_standard() -> None:
    """The first and the last of a syllable, and those after which the next begins."""
    read = {character: sound(character) for character in "啊座八不擦错打多蛾儿鹅"}
    assert read == {"啊": "a", "座": "zuo", "八": "ba", "不": "bu", "擦": "ca", "错": "cuo",
                    "打": "da", "多": "duo", "蛾": "e", "儿": "er", "鹅": "e"}  # fmt: skip
    assert len(syllables()) > 390
