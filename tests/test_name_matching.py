"""Names match however they are spelled, shortened or ordered, and others do not, however alike they are."""

import pytest

from cstokg.web.content.spelling import readings, spelling_key
from cstokg.web.reconciliation import name_matching
from cstokg.web.reconciliation.name_matching import CERTAIN, FEATURES, LEAD, Match, Names
from cstokg.web.reconciliation.names import Named

THINGS = (
    Named("lavrov", ("Sergey Lavrov", "Сергей Лавров"), personal=True, context=("Minister of Russia",)),
    Named("martynov", ("Sergey Martynov", "Сергей Мартынов"), personal=True),
    Named("yerzhan", ("Yerzhan Kazykhanov", "Ержан Казыханов"), personal=True),
    Named("zhanna", ("Zhanna Shapova", "Жанна Шапова"), personal=True),
    Named("mukhriddin", ("Sirojiddin Mukhriddin", "Muhriddin", "Сироджиддин Мухриддин"), personal=True),
    Named("zas", ("Stanislav Zas", "Станислав Зась"), personal=True),
    Named("peskov", ("Dmitry Peskov",), personal=True),
    Named("bordiuzha", ("Nikolay Bordiuzha", "Николай Бордюжа"), personal=True),
    Named("kazakhstan", ("Kazakhstan", "Казахстан"), context=("Republic",), others=("Kasachstan",)),
    Named("russia", ("Russia", "Россия", "РФ"), context=("Federation",)),
    Named("iraq", ("Iraq", "Ирак")),
    Named("almaty", ("Almaty", "Алма-Ата"), context=("Kazakhstan", "Казахстан", "город", "г")),
    Named("kremlin", ("Kremlin",), context=("Moscow", "Москва")),
    Named(
        "csto",
        ("Collective Security Treaty Organization", "CSTO", "Организация Договора о безопасности"),
        abbreviated=True,
    ),
    Named("osce", ("Organization for Security and Co-operation in Europe", "OSCE"), abbreviated=True),
    Named(
        "cfm", ("CSTO Council of Foreign Ministers", "Совет министров иностранных дел ОДКБ"), abbreviated=True
    ),
    Named("cdm", ("CSTO Council of Defence Ministers",), abbreviated=True),
    Named(
        "ministry",
        ("Ministry of Foreign Affairs of Russia", "Министерство иностранных дел России"),
        abbreviated=True,
    ),
    Named(
        "minister",
        ("Minister of Foreign Affairs of Russia", "Министр иностранных дел России"),
        parts=(("Russia", "Россия", "РФ"),),
    ),
    Named(
        "head",
        ("Secretary-General of the United Nations", "Генеральный секретарь ООН"),
        parts=(("United Nations", "Организация Объединённых Наций", "UN"),),
    ),
    Named("britain", ("Great Britain",)),
    Named("meeting-2018", ("CSTO Council of Foreign Ministers, Almaty, 11 June 2018",)),
    Named("meeting-2021", ("CSTO Council of Foreign Ministers, Dushanbe, 19 May 2021",)),
    Named("start-3", ("START-3 Treaty", "Договор СНВ-3")),
    Named("is", ("Islamic State", "IS"), abbreviated=True),
    Named("un", ("United Nations", "Организация Объединённых Наций"), abbreviated=True),
)


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(THINGS)


def meant(names: Names, text: str) -> str:
    """Return the id of what a text means for certain; empty if nothing."""
    matches = name_matching.decide(names.match(text))
    return matches[0].id if matches and matches[0].certain else ""


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Sergey Lavrov", "lavrov"),
        ("LAVROV, Sergey", "lavrov"),
        ("Lavrov S.V.", "lavrov"),
        ("Lavrov SV", "lavrov"),
        ("Лавровым С.В.", "lavrov"),
        ("Сергея Лаврова", "lavrov"),
        ("Serge Lavrov", "lavrov"),
        ("LavrovSergey", "lavrov"),
        ("Лaвpoв Сергей", "lavrov"),  # with Latin letters
        ("Лав\u00adров\u200b", "lavrov"),
        ("Außenminister Lawrow", "lavrov"),
        ("M. Sergueï Lavrov", "lavrov"),
        ("Lavrov (Russia)", "lavrov"),
        ("Сергій Лавров", "lavrov"),
        ("Микола Бордюжа", "bordiuzha"),
        ("Николаем Бордюжей", "bordiuzha"),
        ("Казахстаном", "kazakhstan"),
        ("Kasachstan", "kazakhstan"),
        ("Collectve Security Treaty Organization", "csto"),
        ("С. В. Лавров", "lavrov"),
        ("Лавров", "lavrov"),
        ("Лавров Сергей Викторович", "lavrov"),
        ("Mr. Lavrov", "lavrov"),
        ("г-н Лавров С.", "lavrov"),
        ("His Excellency Sergey Lavrov", "lavrov"),
        ("Head of the UN", ""),
        ("General Assembly of the UN", ""),
        ("Sergey Lavrov (Russian delegation)", "lavrov"),
        ("Sergey Lavrov's", "lavrov"),
        ("FM Lavrov", "lavrov"),
        ("Colonel General Stanislav Zas", "zas"),
        ("Lavrov Wladimirowitsch", "lavrov"),  # a patronymic says nothing against him
        ("Siarhei Martynaŭ", "martynov"),
        ("Сяргей Мартынаў", "martynov"),
        ("Jerschan Kasychanow", "yerzhan"),
        ("Kazykhanov Ye. Kh.", "yerzhan"),
        ("Erzhan Kazykhanov", "yerzhan"),
        ("Sergej Lawrow", "lavrov"),
        ("Sergueï Lavrov", "lavrov"),
        ("Sergey Lavorv", "lavrov"),
        ("Minister Lavrov", "lavrov"),
        ("Ж. Шапова", "zhanna"),
        ("Z. Shapova", "zhanna"),
        ("Казыханов Е. Х.", "yerzhan"),
        ("Y. Kazykhanov", "yerzhan"),
        ("Muhriddin S.", "mukhriddin"),
        ("Bordûža", "bordiuzha"),
        ("Nikolaj Bordjuscha", "bordiuzha"),
        ("Republic of Kazakhstan", "kazakhstan"),
        ("Kazakstan", "kazakhstan"),
        ("Qazaqstan", "kazakhstan"),
        ("Kazakhistan", "kazakhstan"),
        ("РФ", "russia"),
        ("Russie", "russia"),
        ("Gt. Britain", "britain"),
        ("Russian Federation", "russia"),
        ("Almaty, Kazakhstan", "almaty"),
        ("г. Алма-Ата", "almaty"),
        ("Moscow Kremlin", "kremlin"),
        ("ОБСЕ", ""),  # there is no Russian name here of which it could be the acronym
        ("ОДБ", "csto"),
        ("Collective Security Treaty Org.", "csto"),
        ("Organisation for Security and Cooperation in Europe", "osce"),
        ("СМИД ОДКБ", "cfm"),
        ("Council of Foreign Ministers of the CSTO", "cfm"),
        ("МИД России", "ministry"),
        ("Russian Foreign Minister", "minister"),
        ("Dushanbe, CSTO Council of Foreign Ministers, 19 May 2021", "meeting-2021"),
        ("СНВ-3", "start-3"),
        ("IS", "is"),
        ("ООН", "un"),
        ("U.N.", "un"),
        ("UN Secretary-General", "head"),
        ("Генеральный секретарь Организации Объединённых Наций", "head"),
        ("Министр иностранных дел РФ", "minister"),
    ],
)
def test_name_matches_the_thing_that_it_means(names: Names, text: str, id_: str) -> None:
    assert meant(names, text) == id_


@pytest.mark.parametrize(
    "text",
    [
        "Lavrov A.P.",  # another initial
        "P. Lavrov",
        "Muhriddin K.",  # the given name stands in another of his names
        "Mikhail Lavrov",
        "Lavrov (Georgia)",  # what stands in brackets speaks against him
        "Лавровем С.",  # a misspelled form
        "Stanislava Zas",
        "Бордюжа О.",
        "Lavrova",  # the feminine form is another person
        "Lavrova Sergey",
        "Lavrovsky Sergey",
        "Sergey",  # a given name alone
        "Sirojiddin",
        "Sergey Martynenko",
        "Sirojiddin Aslov",
        "Lavorv",  # misspelled, and nothing beside it
        "Zass Oleg",
        "Iran",
        "Republic of Karelia",
        "Prussia",
        "South Kazakhstan",
        "Islamic State of Iraq",
        "Russian News Agency",
        "Sergey Peskov",
        "Mary Zas",
        "Council of Ministers",
        "Kazan Kremlin",
        "Council of Europe",
        "CIS Council of Foreign Ministers",
        "Ministry of Defence of Russia",
        "Deputy Minister of Foreign Affairs of Russia",
        "CSTO Council of Foreign Ministers, Dushanbe, 20 May 2021",
        "CSTO Council of Foreign Ministers, 2021 or 2018",
        "START-2 Treaty",
        "Treaty",  # one word of a longer name
        "what is this",
        "of the",
        "",
        "!!!",
        "\u202e",
        "12345",
    ],
)
def test_name_of_something_else_matches_nothing(names: Names, text: str) -> None:
    assert meant(names, text) == ""


def test_two_that_fit_alike_are_left_to_people() -> None:
    """Each is a candidate, and neither is certain."""
    names = Names(
        [Named("one", ("Sergey Ivanov",), personal=True), Named("two", ("Stepan Ivanov",), personal=True)]
    )
    first, second = name_matching.decide(names.match("S. Ivanov"))
    assert first.score == second.score >= CERTAIN
    assert (first.certain, second.certain) == (False, False)
    assert first.features["lead"] == 0
    assert meant(names, "Sergey Ivanov") == "one"


def test_a_score_explains_itself(names: Names) -> None:
    (match, *_) = name_matching.decide(names.match("Lavrov A.P."))
    assert (match.id, match.certain, match.features["contradiction"]) == ("lavrov", False, True)
    (match, *_) = name_matching.decide(names.match("Сергей Лавров"))
    assert match.features["same_words"] is True
    assert match.name in THINGS[0].names
    assert (match.features["spelling"], match.features["text_found"]) == (100, 100)
    assert set(match.features) <= set(FEATURES)
    assert 0 < match.score <= 100


def test_an_identifier_is_what_it_names(names: Names) -> None:
    (match,) = name_matching.decide(names.match("meeting-2018"))
    assert (match.id, match.score, match.certain) == ("meeting-2018", 100.0, True)


def test_only_what_may_be_a_candidate_is_one(names: Names) -> None:
    assert [match.id for match in names.match("Kazakhstan", {"almaty"})] == []
    assert [match.id for match in names.match("Almaty", {"almaty"})] == ["almaty"]
    assert names.match("meeting-2018", {"almaty"}) == []


def test_type_and_properties_count() -> None:
    match = Match("x", "X", 90.0, {"contradiction": False})
    assert name_matching.adjust(match, None, None) == match
    other_type = name_matching.adjust(match, False, None)
    assert other_type.score == 45
    assert not name_matching.decide([other_type])[0].certain
    agreeing = name_matching.adjust(match, True, 1.0)
    assert agreeing.score > match.score
    assert agreeing.features["properties"] == 100
    disagreeing = name_matching.adjust(match, True, 0.0)
    assert disagreeing.features["contradiction"] is True
    assert not name_matching.decide([disagreeing])[0].certain


@pytest.mark.parametrize(("ahead", "certain"), [(LEAD, True), (LEAD - 0.1, False)])
def test_the_best_has_to_be_ahead(ahead: float, certain: bool) -> None:
    matches = [Match("a", "A", 95.0, {}), Match("b", "B", 95.0 - ahead, {})]
    assert [match.certain for match in name_matching.decide(reversed(matches))] == [certain, False]


def test_beginnings_are_found(names: Names) -> None:
    """People before things whose names have the word further on."""
    assert names.begin("lav") == ["lavrov"]
    assert names.begin("Лав") == ["lavrov"]
    assert names.begin("alma")[0] == "almaty"
    assert set(names.begin("council")) == {"cfm", "cdm", "meeting-2018", "meeting-2021"}
    assert names.begin("") == []
    assert names.begin("qwertz") == []


@pytest.mark.parametrize(
    ("written", "english"),
    [
        ("Poutine", "Putin"),
        ("Wladimir", "Vladimir"),
        ("Schoigu", "Shoigu"),
        ("Dmitrij", "Dmitriy"),
        ("Zacharova", "Zakharova"),
        ("Žanna", "Zhanna"),
        ("Schukow", "Zhukov"),
        ("Szojgu", "Shoygu"),
        ("Siergiej", "Sergey"),
        ("Uladzimir", "Vladimir"),
        ("Мікалай", "Nikolay"),
        ("Armenien", "Armenia"),
        ("Arménie", "Armenia"),
        ("Paschinjan", "Pashinyan"),
        ("Ouzbékistan", "Uzbekistan"),
        ("Aserbaidschan", "Azerbaidzhan"),
    ],
)
def test_schemes_of_writing(written: str, english: str) -> None:
    assert spelling_key(english.lower()) in readings(written)
