"""An employee who calls from his own mobile is no client, whatever a CRM has of the number."""

from __future__ import annotations

from bridge.routing.decide import decide
from tests.routing.office import CLIENT, case, contact


def test_no_rule_for_clients_is_meant_for_him() -> None:
    rule = {"when": {"contact.DEBT": {"filled": True}}, "then": {"prompt": "owes", "priority": 15}}
    asked = case(
        matches=(contact(fields={"DEBT": "5", "LANG": "en"}),),
        employees={CLIENT: "103"},
        country="RU",
        settings={
            "rules": [{"name": "debt", **rule}],
            "languages": {"field": "contact.LANG", "countries": {"RU": "ru"}},
        },
    )
    decision = decide(asked).decision
    assert (decision.label, decision.name, decision.say) == ("employee", None, ())
    assert (decision.priority, decision.language) == (None, "ru")
