"""Every metric there is, in one table; docs/metrics.md is written from it.

A label is a word of ours or a name of the configuration, never a number or a call: each label set
is kept in memory and in Prometheus for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "asterisk_bridge_"


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    SECONDS = "histogram of seconds"


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` as code counts it; `means` says what it tells, for the one who reads a graph."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    means: str

    @property
    def exported(self) -> str:
        """The name that Prometheus shows."""
        ending = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.SECONDS: "_seconds"}[self.kind]
        return f"{PREFIX}{self.name}{ending}"


_COUNTER, _GAUGE, _SECONDS = Kind.COUNTER, Kind.GAUGE, Kind.SECONDS
_PBX, _DESTINATION = ("pbx",), ("destination",)

METRICS: Final = (
    Metric("ami_link_up", _GAUGE, _PBX, "1 while the AMI link is live, 0 otherwise"),
    Metric("ami_connects", _COUNTER, _PBX, "times the AMI link became live"),
    Metric("ami_gaps", _COUNTER, ("pbx", "trouble"), "times events may have been missed, and why"),
    Metric("ami_messages", _COUNTER, _PBX, "events that Asterisk sent, wanted or not"),
    Metric("ami_damage", _COUNTER, _PBX, "pieces of the AMI stream that could not be read"),
    Metric("ami_inbox_bytes", _GAUGE, _PBX, "events read and not yet followed, in bytes"),
    Metric("ari_link_up", _GAUGE, _PBX, "1 while the ARI link is live, 0 otherwise"),
    Metric("ari_connects", _COUNTER, _PBX, "times the ARI link became live"),
    Metric("ari_gaps", _COUNTER, ("pbx", "trouble"), "times events may have been missed, and why"),
    Metric("ari_messages", _COUNTER, _PBX, "events that ARI sent, wanted or not"),
    Metric("ari_inbox_bytes", _GAUGE, _PBX, "events read and not yet followed, in bytes"),
    Metric("calls_in_progress", _GAUGE, _PBX, "client calls that have not ended"),
    Metric("oddities", _COUNTER, ("pbx", "kind"), "events that did not fit what was known"),
    Metric("recordings", _COUNTER, ("state",), "recordings settled, by what was found"),
    Metric("recordings_not_kept", _COUNTER, (), "times our own copy could not be written"),
    Metric("recordings_erased", _COUNTER, (), "our copies erased by recordings.keep"),
    Metric("purged", _COUNTER, ("kind",), "calls, deliveries … removed because they were old"),
    Metric("recording_bytes", _GAUGE, (), "size of our copies, where recordings.keep is set"),
    Metric("rule_notes", _COUNTER, ("note",), "decisions that a rule marked as doubtful"),
    Metric(
        "delivery_attempts",
        _COUNTER,
        ("destination", "verdict"),
        "writes sent to a CRM, by what it said",
    ),
    Metric(
        "delivery_events",
        _COUNTER,
        ("destination", "event"),
        "deliveries that went another way than planned, by what happened",
    ),
    Metric("deliveries_waiting", _GAUGE, _DESTINATION, "deliveries that are due, or will be"),
    Metric("deliveries_parked", _GAUGE, _DESTINATION, "deliveries that wait for a person"),
    Metric(
        "deliveries_oldest_seconds",
        _GAUGE,
        _DESTINATION,
        "age of the oldest delivery that waits for the CRM",
    ),
    Metric(
        "live_writes",
        _COUNTER,
        ("destination", "write", "verdict"),
        "announcements and changes of cards sent to a CRM, by what it said",
    ),
    Metric(
        "live_dropped",
        _COUNTER,
        ("destination", "reason"),
        "announcements that were not sent because nobody would have seen them in time",
    ),
    Metric(
        "click_requests",
        _COUNTER,
        ("destination", "outcome"),
        "calls that people asked for, by what came of them",
    ),
    Metric("route", _SECONDS, ("status",), "from the question whom to ring to its answer"),
    Metric("script_runs", _COUNTER, ("script", "outcome"), "scripts run, by how they ended"),
    Metric(
        "script_actions",
        _COUNTER,
        ("script", "action", "outcome"),
        "actions that scripts wanted, by what became of them",
    ),
    Metric("cache_answers", _COUNTER, ("crm", "state"), "numbers asked for, by what told"),
    Metric("cache_unanswered", _COUNTER, ("crm",), "numbers that a CRM could not tell about"),
    Metric("cache_failures", _COUNTER, ("error",), "times Redis failed or was late"),
    Metric("index_phones", _GAUGE, ("crm",), "phones of a CRM that are kept here"),
    Metric(
        "ratings", _COUNTER, ("given",), "clients asked for a rating: yes, they gave one, or no"
    ),
    Metric("agi_requests", _COUNTER, ("path", "ending"), "AGI requests, by how they ended"),
    Metric("agi_refused", _COUNTER, ("why",), "AGI connections sent away, and why"),
    Metric(
        "agi_left_out", _COUNTER, ("kind",), "answers to the dialplan that had not room for all"
    ),
    Metric("config_warnings", _GAUGE, (), "what `check` warns of in the configuration in force"),
    Metric("destination_held", _GAUGE, _DESTINATION, "1 while a CRM refuses our login"),
    Metric("component_ready", _GAUGE, ("component",), "1 while this part can do its work"),
    Metric(
        "alerts",
        _COUNTER,
        ("destination", "event"),
        "messages to people by a channel of `alerts`, by what became of them",
    ),
    Metric("incidents_open", _GAUGE, ("kind",), "incidents that people were told of and that last"),
    Metric(
        "live_events",
        _COUNTER,
        ("destination", "kind", "event"),
        "events of calls in progress for those who listen, by what became of them",
    ),
    Metric("task_failures", _COUNTER, ("task",), "times a task of the daemon failed"),
)
