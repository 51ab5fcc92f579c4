"""What training the two models of extraction has in common. Needs numpy."""

from __future__ import annotations

import argparse
from pathlib import Path
from zlib import crc32

import numpy as np

FOLDS = 5
STEPS = 25
CLOSE = 1e-4


def chosen_work(about: str, numbers: Path) -> argparse.Namespace:
    """What the command line asks for: `folder`, and `cv` or `train`."""
    parser = argparse.ArgumentParser(description=about.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--cv", action="store_true", help="score with every publisher held out once")
    what.add_argument("--train", action="store_true", help=f"write {numbers.name}")
    return parser.parse_args()


def fold_of(publisher: str) -> int:
    """The pages of one publisher are never apart."""
    return crc32(publisher.encode()) % FOLDS


def ridge_logistic(rows: np.ndarray, right: np.ndarray, worth: np.ndarray, ridge: float) -> np.ndarray:
    """The weights of the columns, by Newton's method; `worth` is what each row weighs."""
    weights = np.zeros(rows.shape[1])
    penalty = ridge * np.eye(rows.shape[1])
    for _ in range(STEPS):
        chance = likelihood(rows, weights)
        slope = rows.T @ (worth * (right - chance)) - ridge * weights
        curve = (rows * (worth * chance * (1 - chance))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            break
    return weights


def likelihood(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of each row."""
    chances: np.ndarray = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
    return chances
