"""The configuration file on its way into the database: what differs, what is refused, what stays in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import applying, pipeline
from wirewatch.errors import ConfigError
from wirewatch.model import Hit

STORY = """\
Convoy reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to reporters.

The convoy of forty lorries left the port of Tartus before dawn and was met by nobody on the road, drivers said.
"""


def edit(world: Any, **sections: Any) -> None:
    """Replace sections of the file as it stands."""
    settings = yaml.safe_load(world.config.read_text("utf-8"))
    world.config.write_text(yaml.safe_dump(settings | sections, allow_unicode=True, sort_keys=False), "utf-8")


def changes(applied: applying.Applied) -> set[str]:
    return {f"{change.sign} {change.what}" for change in applied.changes}


def versions(world: Any) -> dict[str, int]:
    return {term.name: term.version for term in world.store.configuration().terms}


def messages(problems: Any) -> str:
    return "\n".join(map(str, problems))


async def test_differences_and_versions(world: Any) -> None:
    first = world.watch("Hmeimim", "Tartus", inbox=True, concepts={"port": "harbour OR port"})
    assert changes(first) == {
        "+ channel desk", "+ source inbox", "+ concept port", "+ term Hmeimim", "+ term Tartus",
    }  # fmt: skip
    assert versions(world) == {"Hmeimim": 1, "Tartus": 1}
    assert not first.requeried  # there is no archive yet
    assert not world.apply().changes

    edit(world, terms=["Hmeimim", {"name": "Tartus", "query": "Tartus OR Tartous"}, "Homs"])
    second = world.apply()
    assert changes(second) == {"~ term Tartus", "+ term Homs"}
    assert "query: Tartus → Tartus OR Tartous" in messages(second.changes)
    assert versions(world) == {"Hmeimim": 1, "Tartus": 2, "Homs": 1}
    assert set(second.requeried) == {"Tartus", "Homs"}

    edit(world, terms=["Homs"], sources=[])
    assert changes(world.apply()) == {"- term Hmeimim", "- term Tartus", "- source inbox"}
    edit(world, terms=["Homs", "Hmeimim"])
    world.apply()
    assert versions(world) == {"Homs": 1, "Hmeimim": 1}  # the very query that it had


async def test_changed_concept_gives_its_terms_a_new_version(world: Any) -> None:
    concepts = {"port": "harbour OR @quay", "quay": "quay", "other": "thing"}
    terms = [{"name": "in", "query": "Tartus NEAR @port"}, {"name": "out", "query": "Tartus NEAR @other"}]
    world.watch(*terms, concepts=concepts)
    edit(world, concepts=concepts | {"quay": "quay OR pier"})
    applied = world.apply()

    assert changes(applied) == {"~ concept quay", "~ term in"}
    assert versions(world) == {"in": 2, "out": 1}
    assert applied.requeried == ("in",)


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        ({"terms": ["Tartus", {"name": "Hmeimim", "query": "Hmeimim NEAR/"}]}, "term Hmeimim"),
        ({"terms": ["Tartus", {"name": "Hmeimim", "qery": "Hmeimim"}]}, "qery"),
        ({"concepts": {"base": "(airbase OR"}}, "concept base"),
        ({"channels": {"desk": {"url": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"}}}, "channel desk"),
        ({"channels": {"desk": {"ulr": "screen://"}}}, "ulr"),
        ({"sources": [{"name": "inbox", "folder": "./inbox", "evry": "1m"}]}, "evry"),
        ({"terms": ["Tartus", {"name": "Hmeimim", "query": "Hmeimim NEAR/"}], "concepts": {}}, "term Hmeimim"),
    ],
)
async def test_what_is_broken_stays_as_it_was_and_the_rest_goes_on(
    world: Any, site: Any, sections: dict[str, Any], what: str
) -> None:
    hmeimim = {"name": "Hmeimim", "query": "Hmeimim NEAR/50 @base"}
    world.watch("Tartus", hmeimim, inbox=True, concepts={"base": "spokesman"})
    before = world.store.configuration()
    edit(world, **sections)

    applied = world.apply()

    assert what in messages(applied.file.errors)
    assert world.store.configuration() == before
    world.drop("a.txt", STORY)
    await world.tick()
    assert {term for _, term in world.hits()} == {"Hmeimim", "Tartus"}
    assert len(site.messages("desk")) == 1


async def test_unknown_channel_costs_only_itself(world: Any, site: Any, told: Any) -> None:
    term = {"name": "Hmeimim", "query": "Hmeimim", "channels": ["dsk", "desk"]}
    applied = world.watch(term, inbox=True)
    assert "Hmeimim: unknown channel “dsk”; did you mean “desk”?" in messages(applied.file.errors)
    world.drop("a.txt", STORY)
    await world.tick()
    assert len(site.messages("desk")) == 1
    assert {each.channel for each in world.store.deliveries()} == {"desk"}


async def test_broken_from_the_first_is_left_out_alone(world: Any) -> None:
    applied = world.watch(
        "Hmeimim",
        {"name": "broken", "query": "a AND"},
        {"name": "by concept", "query": "Tartus @broken"},
        {"name": "by other", "query": "Tartus @fine"},
        inbox=True,
        concepts={"broken": "((", "fine": "port"},
        channels={"desk": world.hook("desk"), "odd": {"url": "skack://a/b/c"}},
    )

    said = messages(applied.file.errors)
    for what in ("term broken", "concept broken", "channel odd", "did you mean slack://"):
        assert what in said
    assert {term.name for term in applied.configuration.terms} == {"Hmeimim", "by other"}
    assert all(term.channels == ("desk",) for term in applied.configuration.terms)
    world.drop("a.txt", STORY)
    await world.tick()
    assert {term for _, term in world.hits()} == {"Hmeimim", "by other"}


async def test_errors_name_line_and_column(world: Any) -> None:
    world.config.write_text("terms:\n  - Hmeimim\n  - {name: T, query: 'one NEAR/x two'}\nsource: []\n", "utf-8")
    places = {(problem.place.line, problem.place.column) for problem in applying.check_file(world.config).errors}
    assert places == {(3, 23), (4, 1)}
    world.config.write_text("terms: [Hmeimim\n", "utf-8")
    with pytest.raises(ConfigError, match=r"wirewatch\.yaml:2:1: this is not YAML"):
        applying.check_file(world.config)


async def test_must_hit_and_must_not_hit(world: Any) -> None:
    term = {"name": "T", "query": "taliban NEAR/3 delist*", "must_hit": ["Taliban delisted.", "The Taliban left."]}
    applied = world.watch({**term, "must_not_hit": ["delisting of the Taliban"]})
    said = messages(applied.file.errors)
    assert "The Taliban left." in said
    assert "delisting of the Taliban" in said
    assert "Taliban delisted." not in said
    assert [term.name for term in applied.configuration.terms] == ["T"]  # it is watched all the same


async def test_renamed_term_keeps_its_hits_and_repeats_no_alert(world: Any, site: Any) -> None:
    world.drop("a.txt", STORY)
    world.watch("Hmeimim", inbox=True)
    await world.tick()
    edit(world, terms=[{"name": "Airbase", "query": "Hmeimim", "was": "Hmeimim"}])
    applied = world.apply()

    assert changes(applied) == {"~ term Airbase"}
    assert versions(world) == {"Airbase": 1}
    assert not applied.requeried
    assert {term for _, term in world.hits()} == {"Airbase"}
    world.backfill()
    await world.tick()
    assert len(site.messages("desk")) == 1
    assert not world.apply().changes


async def test_hits_of_what_was_removed_are_kept(world: Any) -> None:
    world.drop("a.txt", STORY)
    world.watch("Hmeimim", inbox=True)
    await world.tick()
    world.watch("Tartus")
    assert world.hits() == {("Convoy reaches the base", "Hmeimim")}


async def test_a_literal_secret_is_refused_and_stored_nowhere(world: Any, tmp_path: Path) -> None:
    secret = "TIiajkdnlazkcOXrIdevi7FQ"
    world.watch("Hmeimim", inbox=True, channels={"wire": {"url": f"slack://T1JJ3T3L2/A1BRTD4JD/{secret}"}})
    applied = world.apply()
    assert "put it in the environment: ${SLACK_URL}" in messages(applied.file.errors)
    assert secret not in messages(applied.file.errors)
    world.environ["SLACK_URL"] = f"slack://T1JJ3T3L2/A1BRTD4JD/{secret}"
    world.watch("Hmeimim", inbox=True, channels={"wire": {"url": "${SLACK_URL}"}})
    world.store.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("wirewatch.db*"))
    assert b"${SLACK_URL}" in stored
    assert secret.encode() not in stored


async def test_a_term_applied_while_an_article_is_stored_is_found_in_it(
    world: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("a.txt", STORY)
    world.watch("Hmeimim", inbox=True)
    before, applied = pipeline.hits_of, []

    def hits_of(*arguments: Any) -> list[Hit]:
        decided = before(*arguments)
        if not applied:
            applied.append(world.watch("Hmeimim", "supplies", inbox=True))
        return decided

    monkeypatch.setattr(pipeline, "hits_of", hits_of)
    await world.tick()

    assert {term for _, term in world.hits()} == {"Hmeimim", "supplies"}
    assert len(site.messages("desk")) == 1
