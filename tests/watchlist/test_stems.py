"""The stemmers in C and those in Python give the same stems: a database may be read by a machine that has only one."""

from __future__ import annotations

from importlib import import_module

import pytest
import snowballstemmer
import Stemmer

from watchlist.stems import _ALGORITHMS

_TEXT = """
Sanctions sanctioned organisations generally dying skies relational happiness hopefulness
Verhandlungen verhandelte Übernahmen Häuser größten Gefährdungen nationalisations continuellement mangerait œuvres
санкции санкционный переговоры войскам organizzazioni perché constitucionalmente ações declarações sancționat
العقوبات والمفاوضات المسلحون επιτροπές κυρώσεις sanktioner forhandlingerne yaptırımların görüşmeleri vállalatoknak
przedsiębiorstwami negocjacje sankciókat pakotteita neuvottelut onderhandelingen sankcijos tárgyalásokon प्रतिबंधों
"""
WORDS = _TEXT.split()


@pytest.mark.parametrize("algorithm", sorted(set(_ALGORITHMS.values())))
def test_stems_do_not_depend_on_what_computes_them(algorithm: str) -> None:
    in_python = getattr(import_module(f"snowballstemmer.{algorithm}_stemmer"), f"{algorithm.capitalize()}Stemmer")()
    in_c = snowballstemmer.stemmer(algorithm)
    assert isinstance(in_c, Stemmer.Stemmer)
    words = [word.lower() for word in WORDS]
    assert [in_c.stemWord(word) for word in words] == [in_python.stemWord(word) for word in words]
