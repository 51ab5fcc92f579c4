"""The screen, and what no terminal must get."""

from __future__ import annotations

import io

import pytest

from alerts import compose, open_channel
from wirewatch.errors import TemporaryDeliveryError
from wirewatch.model import Channel

SCREEN = Channel("screen", "screen://")


def test_prints_to_stdout_without_apprise(make_found, make_delivery, capsys):
    found = [make_found()]
    assert open_channel(SCREEN, {}).send(compose(make_delivery(found), found), key=b"k") == "printed"
    assert "The *Hmeimim* airbase" in capsys.readouterr().out


def test_says_that_it_may_be_a_repeat(make_found, make_delivery):
    found, stream = [make_found()], io.StringIO()
    open_channel(SCREEN, {}, screen=stream).send(compose(make_delivery(found), found), key=b"k", maybe_repeat=True)
    assert "Possible repeat" in stream.getvalue()


def test_what_the_screen_cannot_show_does_not_stop_it(make_found, make_delivery):
    found = [make_found(title="Хмеймим")]
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    open_channel(SCREEN, {}, screen=stream).send(compose(make_delivery(found), found), key=b"k")
    assert b"Hmeimim" in raw.getvalue()


def test_a_closed_screen_is_a_failure_that_passes(make_found, make_delivery):
    found, stream = [make_found()], io.StringIO()
    stream.close()
    with pytest.raises(TemporaryDeliveryError, match="channel screen: cannot print"):
        open_channel(SCREEN, {}, screen=stream).send(compose(make_delivery(found), found), key=b"k")
