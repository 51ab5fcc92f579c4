"""Runs the benchmarks: every module here with `run(quick: bool) -> str`, which gives its figures as Markdown."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import ModuleType

import benchmarks
from benchmarks.figures import machine
from benchmarks.news_world import NoNewsWorld


def found() -> dict[str, ModuleType]:
    """The benchmarks by name."""
    names = (info.name for info in pkgutil.iter_modules(benchmarks.__path__) if not info.name.startswith("_"))
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    return {name: module for name, module in modules.items() if callable(getattr(module, "run", None))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, or all; 1 if one of them cannot run here."""
    there = found()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure wirewatch.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(there)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes: figures are rougher")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in there]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are: {', '.join(there)}")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}", flush=True)
    failed = 0
    for name in chosen.names or there:
        run: Callable[[bool], str] = there[name].run
        print(f"\n## {name}\n", flush=True)
        try:
            print(run(chosen.quick), flush=True)
        except NoNewsWorld as error:
            print(f"not run: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
