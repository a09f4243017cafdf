"""The call list: one row for a call, the entities it is shown on, and its recordings."""

from __future__ import annotations

from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import same
from bridge.crm.suite.made import NOWHERE, call, key, recording
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Rater

CALLS: Final = Capability.CALLS
RECORDINGS: Final = Capability.RECORDINGS
# What a CRM must have before a call can stand on an entity of this kind.
_GROUPS: Final = {
    EntityKind.CONTACT: Capability.CONTACTS,
    EntityKind.COMPANY: Capability.COMPANIES,
    EntityKind.LEAD: Capability.LEADS,
    EntityKind.DEAL: Capability.DEALS,
}


@checks.check("log_call", CALLS, Capability.FIND)
@checks.proves("S3-17", "S0-01")
async def a_call_of_a_stranger_is_logged_on_nothing(stand: Stand) -> None:
    written = key()
    logged = await stand.crm.log_call(call(stand.stranger), stand.anna, (), written)
    same(await stand.crm.find(written), id_of(logged))


@checks.check("log_call", CALLS, Capability.CONTACTS, Capability.DEALS)
@checks.proves("S3-17", "S0-03", "S1-20")
async def a_call_is_logged_on_the_entities_it_belongs_to(stand: Stand) -> None:
    contact = EntityRef(EntityKind.CONTACT, await stand.contact())
    deal = EntityRef(EntityKind.DEAL, await stand.deal(contact=contact.id))
    record = call(stand.client)
    id_of(await stand.crm.log_call(record, stand.anna, (contact, deal), key()))


@checks.check("log_call", CALLS)
async def a_call_of_a_hidden_number_without_a_user_is_logged_too(stand: Stand) -> None:
    id_of(await stand.crm.log_call(call(None), None, (), key()))


@checks.check("log_call", CALLS)
async def a_hostile_caller_name_is_only_a_name(stand: Stand) -> None:
    record = call(
        stand.client, name="'); DROP TABLE calls;--\r\n<script>alert(1)</script>\x00{{ 7 }}"
    )
    id_of(await stand.crm.log_call(record, None, (), key()))


@checks.check("log_call", CALLS)
async def the_same_call_logged_under_two_keys_is_one_call(stand: Stand) -> None:
    record = call(stand.client)
    ids = {id_of(await stand.crm.log_call(record, None, (), key())) for _ in range(2)}
    same(len(ids), 1, "the number of calls")


async def _absent(stand: Stand, kind: EntityKind) -> None:
    entity = EntityRef(kind, NOWHERE)
    outcome = await stand.crm.log_call(call(stand.client), None, (entity,), key())
    same(outcome.verdict, Verdict.REFUSED)


@checks.check("log_call", CALLS, Capability.CONTACTS)
async def a_call_on_a_contact_that_is_not_there_is_refused(stand: Stand) -> None:
    await _absent(stand, EntityKind.CONTACT)


@checks.check("log_call", CALLS, Capability.COMPANIES)
async def a_call_on_a_company_that_is_not_there_is_refused(stand: Stand) -> None:
    await _absent(stand, EntityKind.COMPANY)


@checks.check("log_call", CALLS, Capability.LEADS)
async def a_call_on_a_lead_that_is_not_there_is_refused(stand: Stand) -> None:
    await _absent(stand, EntityKind.LEAD)


@checks.check("log_call", CALLS, Capability.DEALS)
async def a_call_on_a_deal_that_is_not_there_is_refused(stand: Stand) -> None:
    await _absent(stand, EntityKind.DEAL)


@checks.check("attach_recording", CALLS, RECORDINGS, Capability.FIND)
@checks.proves("S3-18")
async def a_recording_is_attached_to_the_call_once(stand: Stand) -> None:
    logged, written = await stand.client_call(), key("attach_recording")
    ids = {
        id_of(await stand.crm.attach_recording(logged, recording(), stand.sound, written))
        for _ in range(2)
    }
    same(ids, {await stand.crm.find(written)})


@checks.check("attach_recording", CALLS, RECORDINGS)
@checks.proves("S3-18")
async def each_recording_of_a_call_has_a_place_of_its_own(stand: Stand) -> None:
    """Where a CRM has one place a call, a further recording (its key says so) is put beside it; or
    the CRM says in words that it has nowhere for it."""
    keys = [key("attach_recording"), key("attach_further_recording")]
    logged = await stand.client_call()
    outcomes = [
        await stand.crm.attach_recording(logged, recording(f"rec-{n}"), stand.sound, written)
        for _ in range(2)  # each of them is repeated
        for n, written in enumerate(keys)
    ]
    same({outcome.verdict for outcome in outcomes}, {Verdict.ACCEPTED})
    same([bool(outcome.result or outcome.detail) for outcome in outcomes], [True] * 4)
    first, further, *again = [outcome.result for outcome in outcomes]
    same(again, [first, further], "the ids of the same recordings once more")
    same(first != further, True, "each has its own id")


@checks.check("attach_recording", CALLS, RECORDINGS)
@checks.proves("S3-18")
async def a_recording_may_be_given_by_its_address(stand: Stand) -> None:
    address, logged = stand.fetched, await stand.client_call()
    id_of(await stand.crm.attach_recording(logged, recording(), address, key()))


@checks.check("attach_recording", CALLS, RECORDINGS, Capability.FIND)
async def a_recording_without_its_file_or_its_call_is_refused(stand: Stand) -> None:
    logged, gone = await stand.call(), stand.wav.with_name("gone.wav")
    lost = await stand.crm.attach_recording(logged, recording(), gone, key())
    astray = await stand.crm.attach_recording(NOWHERE, recording(), stand.sound, key())
    same((lost.verdict, astray.verdict), (Verdict.REFUSED, Verdict.REFUSED))


@checks.check("rate_call", CALLS, Capability.RATINGS)
async def a_rating_after_the_call_is_kept_once(stand: Stand) -> None:
    assert isinstance(stand.crm, Rater)
    logged, written = await stand.client_call(), key("rate_call")
    ids = {id_of(await stand.crm.rate_call(logged, 2, written)) for _ in range(2)}
    same(len(ids), 1, "the number of ratings")


@checks.check("rate_call", CALLS, Capability.RATINGS)
async def a_rating_of_a_call_that_is_not_there_is_refused(stand: Stand) -> None:
    assert isinstance(stand.crm, Rater)
    same((await stand.crm.rate_call(NOWHERE, 2, key("rate_call"))).verdict, Verdict.REFUSED)


@checks.check("attach_call", CALLS, *_GROUPS.values(), cases={str(kind): kind for kind in _GROUPS})
@checks.proves("S3-19", "S1-12", "S1-14", "S1-21", "S1-30")
async def a_call_is_attached_to_one_more_entity(stand: Stand, kind: EntityKind) -> None:
    ids = {
        EntityKind.CONTACT: await stand.contact(),
        EntityKind.COMPANY: await stand.company(),
        EntityKind.LEAD: await stand.lead(),
        EntityKind.DEAL: await stand.deal(),
    }
    outcome = await stand.crm.attach_call(await stand.call(), EntityRef(kind, ids[kind]), key())
    same(outcome.verdict, Verdict.ACCEPTED)
