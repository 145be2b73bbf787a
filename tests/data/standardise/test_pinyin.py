"""How the names of companies sound, in characters and in Latin letters."""

from __future__ import annotations

import pytest

from data.standardise.pinyin import sound, syllables


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
        ("龘龘", "dragon"),
        ("广州恒通精密", "guangzhou hengtong automation"),
    ],
)
def test_different_names_sound_different(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_a_name_of_loose_words_only_keeps_them() -> None:
    assert sound("科技集团") == "technologygroup"


def test_a_character_is_read_as_its_neighbours_want() -> None:
    assert sound("长城") == "changcheng"
    assert sound("成长") == "chengzhang"
    assert sound("绿城") == "lucheng"


def test_every_syllable_is_known_and_nothing_that_none_is() -> None:
    assert {"zhuang", "lu", "e", "shi"} <= syllables()
    assert not {"v", "m", "tech", "acme", ""} & syllables()
