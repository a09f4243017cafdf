"""What Odoo's errors mean to the outbox: each exception, each text, each status."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.crm.odoo.answers import of_messages, of_status, trouble
from bridge.domain.commands import Verdict

LATER, REFUSED = Verdict.TRY_LATER, Verdict.REFUSED
LOGIN, UNCLEAR = Verdict.NEEDS_LOGIN, Verdict.UNCLEAR

SERIALIZE = "could not serialize access due to concurrent update\n"
NO_DATABASE = 'FATAL:  database "acme" does not exist\n'


@pytest.mark.parametrize(
    ("name", "message", "verdict"),
    [
        ("odoo.exceptions.AccessDenied", "Access Denied", LOGIN),
        ("odoo.exceptions.AccessError", "You are not allowed", REFUSED),
        ("odoo.exceptions.MissingError", "Record does not exist", REFUSED),
        ("odoo.exceptions.UserError", "No", REFUSED),
        ("odoo.exceptions.ValidationError", "No", REFUSED),
        ("builtins.ValueError", "Invalid field 'x' on model 'y'", REFUSED),
        ("psycopg2.errors.SerializationFailure", SERIALIZE, LATER),
        ("psycopg2.extensions.TransactionRollbackError", SERIALIZE, LATER),
        ("psycopg2.errors.DeadlockDetected", "deadlock detected", LATER),
        ("psycopg2.OperationalError", NO_DATABASE, LOGIN),
        ("psycopg2.OperationalError", "server closed the connection unexpectedly", UNCLEAR),
        ("something.New", "What is that?", LATER),
    ],
)
def test_an_exception_of_odoo(name: str, message: str, verdict: Verdict) -> None:
    error = {
        "code": 200,
        "message": "Odoo Server Error",
        "data": {"name": name, "message": message},
    }
    assert trouble("crm.lead.load", error, writes=True).verdict is verdict


def test_a_read_is_never_unclear() -> None:
    error = {"data": {"name": "psycopg2.OperationalError", "message": "gone"}}
    assert trouble("crm.lead.read", error, writes=False).verdict is LATER


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        ("No matching record found for database id '9' in field 'Salesperson'", REFUSED),
        ("Unknown database identifier '424242'", REFUSED),
        (SERIALIZE, LATER),
        ('duplicate key value violates unique constraint "ir_model_data_module"', LATER),
        (
            "Unknown error during import: <class 'odoo.exceptions.AccessError'>: You are not",
            REFUSED,
        ),
        (
            "Unknown error during import: <class 'psycopg2.errors.SerializationFailure'>: "
            + SERIALIZE,
            LATER,
        ),
    ],
)
def test_a_message_of_a_load(message: str, verdict: Verdict) -> None:
    assert of_messages("crm.lead.load", [{"type": "error", "message": message}]).verdict is verdict


@pytest.mark.parametrize("messages", [[], [{"message": ""}]])
def test_a_load_that_says_neither_what_it_made_nor_why_it_did_not_is_unclear(messages: Any) -> None:
    assert of_messages("crm.lead.load", messages).verdict is UNCLEAR


@pytest.mark.parametrize(
    ("status", "verdict", "wait"),
    [
        (401, LOGIN, None),
        (404, LATER, None),
        (413, REFUSED, None),
        (429, LATER, 7.0),
        (500, UNCLEAR, None),
        (502, LATER, None),
        (503, LATER, None),
        (504, UNCLEAR, None),
        (301, LATER, None),
        (200, UNCLEAR, None),
    ],
)
def test_an_answer_that_is_none_of_odoo(status: int, verdict: Verdict, wait: float | None) -> None:
    error = of_status("crm.lead.load", status, writes=True, retry_after="7")
    assert (error.verdict, error.retry_after) == (verdict, wait)


def test_a_number_that_odoo_says_back_is_not_whole() -> None:
    data = {"name": "odoo.exceptions.UserError", "message": "+7 (916) 123-45-67 is no number"}
    detail = trouble("crm.lead.load", {"data": data}, writes=True).outcome().detail
    assert detail == "crm.lead.load: +7916***4567 is no number"


def test_the_words_for_people_are_short_and_say_what_to_do() -> None:
    data = {"name": "odoo.exceptions.AccessError", "message": "no\n" * 1000}
    detail = trouble("crm.lead.load", {"data": data}, writes=True).detail
    assert (len(detail) < 500, "more rights" in detail, "\n" in detail) == (True, True, False)
