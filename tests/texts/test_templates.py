"""A template is filled with what strangers send, and can neither reach out nor run away."""

from __future__ import annotations

import pytest
from jinja2 import TemplateError

from bridge.texts.templates import Condition, Template

FACTS = {"record": {"name": 'Иван "<b>', "rating": None, "wait": 21, "list": ["a", "b"] * 60}}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ record.wait }} s", "21 s"),
        ("{{ record.name | tojson }}", '"Иван \\"\\u003cb\\u003e"'),
        ("{{ record.name | urlencode }}", "%D0%98%D0%B2%D0%B0%D0%BD%20%22%3Cb%3E"),
        ("{% for each in record.list[:2] %}{{ loop.index }}{{ each }}{% endfor %}", "1a2b"),
        ("{{ record.list[:3] | map('upper') | join('-') }}", "A-B-A"),
        ("{{ 'known' if record.name else 'unknown' }} {{ 2 * 3 }}", "known 6"),
        (
            "{{ 'a' in record.list }} {{ 'a' not in record.list }} {{ 'c' is in ['c'] }}",
            "True False True",
        ),
        ("{{ record.rating | default('none', true) }}", "none"),
        ("{{ (record.wait / 60) | round(1) }} {{ 21 | round(-1) }}", "0.3 20"),
        ("{{ ['a', 'b', 'a'] | unique | join(',') }} {{ [1] + [2] }}", "a,b [1, 2]"),
        ("{{ ('<b>' ~ '&') | e }} {{ {'a': (1, 2)} | tojson }}", '&lt;b&gt;&amp; {"a": [1, 2]}'),
    ],
)
def test_what_people_need_of_a_template_is_there(source: str, text: str) -> None:
    assert Template(source).render(FACTS) == text


NESTED = "{% for a in record.list %}" * 5 + "x" + "{% endfor %}" * 5
DOUBLED = "{% set x = 'xxxxxxxx' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(NESTED, id="loops in loops"),
        pytest.param(DOUBLED, id="a text doubled forty times"),
        pytest.param("{{ 'x' * 1000000000 }}", id="a text times a billion"),
        pytest.param("{{ '%1000000000d' % 1 }}", id="a billion digits"),
        pytest.param("{{ 9 ** 9 ** 9 }}", id="a power of a power"),
        pytest.param("{{ range(1000000000) | list }}", id="a billion numbers"),
        pytest.param("{{ 'x' | center(1000000000) }}", id="a billion blanks"),
        pytest.param("{{ 'x'.ljust(1000000000) }}", id="a billion blanks by a method"),
        pytest.param("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", id="a macro"),
        pytest.param("{% set x %}{{ record.name }}{% endset %}", id="a block kept"),
        pytest.param("{% include '/etc/passwd' %}", id="a file"),
        pytest.param("{{ record.__class__.__mro__ }}", id="out of the sandbox"),
        pytest.param("{{ record.nmae }}", id="a name misspelt"),
        pytest.param("{{ 1 + record.name }}", id="unlike things added"),
        pytest.param("{{ 1 / 0 }}", id="by nothing"),
        pytest.param("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", id="parentheses"),
        pytest.param("x" * 20_000, id="a novel"),
        pytest.param("{{ record.name", id="unfinished"),
    ],
)
def test_what_could_hurt_is_refused_in_words(source: str) -> None:
    with pytest.raises((ValueError, TemplateError), match=r"\w"):
        Template(source).render(FACTS)


GROWN = "{% set a = 9 %}" + "{% set a = a OP a %}" * 200 + "{{ a }}"
NESTED_TWICE = "{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a | length }}"
HEAVY = "{% set a = HOLDS %}" + "{% set a = a + a %}" * 13
TURNS = "{% for a in record.long[:900] %}{% if LOOK %}{% endif %}{% endfor %}"
LOOKS = (
    "record.long | int",
    "record.long | float",
    "record.long is lower",
    "record.long is upper",
    "record.long[1:]",
    "record.long[::2]",
    "record.long + a",
    "record.long == record.long",
    "a < record.long",
    "a is eq record.long",
    "record.long is ne a",
)
MANY = "{% for a in record.list %}{{ record.list | WALK | join | length }}{% endfor %}"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ record.wait | round(6000000, 'ceil') }}", "precision of -9 to 9"),
        ("{{ record.wait | round(-10) }}", "precision of -9 to 9"),
        ("{{ ['1'] | map('round', 6000000, 'ceil') | join }}", "precision of -9 to 9"),
        (GROWN.replace("OP", "*"), "beyond 2 to the power of 63"),
        (GROWN.replace("OP", "+"), "beyond 2 to the power of 63"),
        ("{% set a = 'x' * 1 %}", "is for numbers"),
        ("{% set a = 'xx' %}" + "{% set a = a + a %}" * 40, "longer than 65536"),
        ("{% set a = [1] %}" + "{% set a = a + a %}" * 40, "list is longer than 10000"),
        (HEAVY.replace("HOLDS", "[record.long]"), "10000 steps"),
        (HEAVY.replace("HOLDS", "[[record.long]]"), "10000 steps"),
        (HEAVY.replace("HOLDS", "[{record.long: 1}]"), "10000 steps"),
        (NESTED_TWICE, "list is longer than 10000"),
        (NESTED_TWICE.replace("[a, a]", "{'l': a, 'r': a}"), "list is longer than 10000"),
        (MANY.replace("WALK", "map('upper')"), "more than 10000 steps"),
        (MANY.replace("WALK", "select('equalto', 'c')"), "more than 10000 steps"),
        (MANY.replace("WALK", "unique"), "more than 10000 steps"),
        (MANY.replace("record.list | WALK", "[record.list] | map('join')"), "10000 steps"),
        (
            "{% for a in record.list %}{% if record.long | urlencode %}{% endif %}{% endfor %}",
            "ste",
        ),
        (
            "{% for a in record.list %}{% if record.long ~ a %}{% endif %}{% endfor %}",
            "10000 steps",
        ),
        ("{% for a in record.list %}{{ a in record.long }}{% endfor %}", "10000 steps"),
        ("{% for a in record.list %}{{ a is in record.long }}{% endfor %}", "10000 steps"),
        ("{{ record.list | select('in', record.long) | join }}", "10000 steps"),
        *((TURNS.replace("LOOK", look), "10000 steps") for look in LOOKS),
        ("{{ '%999999999d' is divisibleby 7 }}", "is for numbers"),
        ("{{ [1] | tojson(indent=1000000000) }}", "indent of 0 to 8"),
    ],
)
def test_what_takes_long_is_refused_before_it_does(source: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Template(source).render({"record": {**FACTS["record"], "long": "x" * 60_000}})


@pytest.mark.proves("S4-10")
@pytest.mark.parametrize(
    ("condition", "rating", "holds"),
    [
        ("record.rating < 3", 2, True),
        ("record.rating < 3", 3, False),
        ("record.rating <= 3", 3, True),
        ("record.rating <= 3", 4, False),
        ("record.rating < 3", None, False),
        ("record.rating is none or record.rating < 3", None, True),
    ],
)
def test_a_threshold_is_the_owner_s_and_who_never_rated_is_not_below_it(
    condition: str, rating: int | None, holds: bool
) -> None:
    assert Condition(condition).holds({"record": {"rating": rating}}) is holds


@pytest.mark.parametrize("source", ["record.nmae == 1", "record.name.upper() == 'X'", "1 1", ""])
def test_a_condition_that_means_nothing_is_refused(source: str) -> None:
    with pytest.raises((ValueError, TemplateError), match=r"\w"):
        Condition(source).holds(FACTS)
