"""Terms before they go live: preview, diff, names, near misses, import, and what check asks of the archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from console.main import main


def edit(folder: Path, old: str, new: str) -> None:
    config = folder / "wirewatch.yaml"
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")


def test_preview_counts_and_shows_the_archive(polled: Any, run: Any) -> None:
    seen = run("preview", "convoy OR tariffs", "--json").json
    assert (seen["live"], seen["suppressed"], seen["a_day"]) == (1, 0, None)
    assert [hit["title"] for hit in seen["found"]] == ["Convoy reaches the base"]
    by_name = run("preview", "Convoys")
    assert "1 live hit," in by_name.out
    assert run("preview", "tariff*", "--json").json["suppressed"] == 1
    assert run("preview", "(convoy").code == 1


def test_diff_shows_what_an_edit_gains_and_loses(polled: Path, run: Any) -> None:
    assert run("diff", "--json").json == {"changes": [], "terms": []}
    edit(polled, "convoy NEAR/9 @base", "convoy NEAR/0 @base")
    edit(polled, "  - tariff*", "  - tariff*\n  - {name: Lorries, query: lorries}")
    change = run("diff", "--json").json
    assert [each["what"] for each in change["changes"]] == ["term Convoys", "term Lorries"]
    counted = {each["term"]: (len(each["gained"]), len(each["lost"])) for each in change["terms"]}
    assert counted == {"Convoys": (0, 1), "Lorries": (1, 0)}
    shown = run("diff").out
    assert "Convoys: gains 0 articles, loses 1" in shown
    assert "version: 1 → 2" in shown


def test_diff_looks_into_concepts(polled: Path, run: Any) -> None:
    edit(polled, "base: base OR airbase", "base: airbase")
    [changed] = run("diff", "--json").json["terms"]
    assert (changed["term"], len(changed["lost"])) == ("Convoys", 1)


def test_names_shows_the_spellings_of_the_archive(polled: Any, run: Any) -> None:
    read = run("names", "Khmeimim", "--json").json
    assert read["query"] == "~Khmeimim"
    assert [(each["spelling"], each["articles"]) for each in read["spellings"]] == [("Hmeimim", 1)]
    assert "Hmeimim" in read["spellings"][0]["passage"]
    words = run("names", "Hayat Tahrir al-Sham", "--json").json["words"]
    assert [word["word"] for word in words if word["particle"]] == ["al"]
    assert run("names", "Li").code == 1


def test_near_misses_say_what_stood_in_the_way(polled: Path, run: Any) -> None:
    edit(polled, "convoy NEAR/9 @base", "convoy NEAR/0 @base")
    run("apply")
    misses = {miss["term"]: miss["why"] for miss in run("near-misses", "--json").json}
    assert set(misses) == {"Convoys", "tariff*"}
    assert "nearest are 2 words apart" in misses["Convoys"]
    assert misses["tariff*"] == "tariff*: only in furniture"
    assert run("near-misses", "--term", "Hmeimim", "--json").json == []
    assert run("near-misses", "--term", "nobody").code == 1


def test_names_that_nobody_knows_are_no_empty_result(polled: Path, run: Any) -> None:
    for verb in (("hits",), ("search", "convoy")):
        asked = run(*verb, "--source", "inbax")
        assert (asked.code, asked.out) == (1, "")
        assert "unknown source “inbax”; did you mean “inbox”?" in asked.err
    assert "unknown term “Convoy”; did you mean “Convoys”?" in run("hits", "--term", "Convoy").err
    edit(polled, "name: Convoys", "name: Columns")
    run("apply")
    removed = run("hits", "--term", "Convoys", "--json")
    assert (removed.code, [hit["term"] for hit in removed.json]) == (0, ["Convoys"])


def test_import_gives_terms_that_can_be_pasted(tmp_path: Path, run: Any) -> None:
    (tmp_path / "list.txt").write_text("Taliban\nIslamic State\napple and not pie\nfoo (\n", "utf-8")
    done = run("import", str(tmp_path / "list.txt"))
    assert done.code == 1
    assert "query: '\"Islamic State\"'" in done.out
    assert "not imported" in done.err
    terms = run("import", str(tmp_path / "list.txt"), "--json").json["terms"]
    assert [term["query"] for term in terms] == ["Taliban", '"Islamic State"', "apple NOT pie"]
    assert run("import", str(tmp_path / "nothing.csv")).code == 1


def test_check_tells_wildcards_that_catch_too_much(
    folder: Path, run: Any, without_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        file = folder / "inbox" / f"{number}.txt"
        file.write_text(f"Story {number}\n\nThe council of district {number} met on Monday to talk about roads.\n")
        os.utime(file, (1_700_000_000, 1_700_000_000))
    edit(folder, "  - tariff*", "  - tariff*\n  - {name: Councils, query: coun*}")
    run("run", "--once")
    monkeypatch.delenv("WIREWATCH_DATABASE_URL")
    hints = [problem["message"] for problem in run("check", "--json").json]
    assert "term Councils: coun* is in 98% of the archive; a longer beginning is safer" in hints


def test_check_proposes_what_plain_words_do_not_reach(polled: Path, run: Any) -> None:
    edit(polled, "  - tariff*", "  - tariff*\n  - Khmeimim\n  - Brigadoon\n  - {name: Lists, query: taliban delisting}")
    hints = [problem["message"] for problem in run("check", "--json").json]
    assert hints == [
        "term Lists: “delisting” is looked for in this form alone; delisting+ finds delists and delisted too",
        "term Khmeimim: the archive also has “Hmeimim”, which ~Khmeimim would find",
    ]


def test_the_command_has_a_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["wirewatch", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith("wirewatch ")
