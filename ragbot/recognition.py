"""Cues → weights that tell topics apart, learned once at build time; and their use. The one door to scikit-learn.

Multinomial logistic regression over what a text means (its sentence embedding; for topics also what the encoder's
inner layers make of it) and its words (stems, weighted by TF-IDF): one row of weights for each topic and one for "none
of them". No part alone tells topics apart as well, on tellings written apart from the cues (tests/data/tellings.yaml).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import log, sqrt
from typing import Any

import numpy as np

from ragbot.phrases import see
from ragbot.types import PhraseRule
from ragbot.words import folded, stems

TOLD, ASKED = 5.0, 10.0  # inverses of the L2 penalty: the stronger one for topics, so that a second one is heard too
FURTHER = 0.75  # what a telling's second topic counts; 0.5 and 1 hear fewer of two
STEPS = 500
NEAR_ENOUGH = 1e-3  # of the gradient, where learning stops: half the time of 1e-4, and as good
RARE = 2  # a stem in fewer cues than this is chance
BLOCK = 1000  # texts whose features are held densely at a time


class Words:
    """Stems, and runs of two, with their weights (inverse document frequencies) and their columns, in this order."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)
        self.columns = {word: number for number, word in enumerate(weights)}


def runs_of(text: str) -> list[str]:
    """The stems of a text, and every two that follow each other, joined by a space."""
    found = stems(text)
    return [*found, *map(" ".join, pairwise(found))]


def weigh_words(texts: Sequence[str], runs: bool = False) -> Words:
    """Each stem of the texts, with `runs` every two as well, and ln((1 + n) / (1 + df)) + 1; rare ones left out."""
    parts = runs_of if runs else stems
    counts = Counter(word for text in texts for word in set(parts(text)))
    weights = {word: log((1 + len(texts)) / (1 + n)) + 1 for word, n in sorted(counts.items()) if n >= RARE}
    return Words({word: round(weight, 4) for word, weight in weights.items()})


def word_vectors(texts: Sequence[str], words: Words) -> np.ndarray:
    """TF-IDF vectors of unit length, (texts, words): (1 + ln tf) · idf; zero where a text has no known word."""
    vectors = np.zeros((len(texts), len(words.columns)), np.float32)
    for row, text in enumerate(texts):
        counts = Counter(word for word in runs_of(text) if word in words.columns)
        weights = {word: (1 + log(n)) * words.weights[word] for word, n in counts.items()}
        length = sqrt(sum(weight**2 for weight in weights.values()))
        for word, weight in weights.items():
            vectors[row, words.columns[word]] = weight / length
    return vectors


def features(texts: Sequence[str], vectors: np.ndarray, words: Words) -> np.ndarray:
    """What is learned from: embeddings and word vectors side by side, (texts, dimensions + words)."""
    return np.hstack([vectors, word_vectors(texts, words)])


def marks(texts: Sequence[str], rules: Sequence[PhraseRule]) -> np.ndarray:
    """Which rules fire in which texts, (texts, rules): 1 or 0."""
    return np.array([[see(rule, text) is not None for rule in rules] for text in map(folded, texts)], np.float32)


def in_blocks(known: Callable[[slice], np.ndarray], count: int) -> Any:
    """The features of many texts as a sparse matrix (SciPy, CSR), put together from those of `BLOCK` at a time."""
    from scipy.sparse import csr_matrix, vstack

    blocks = (known(slice(start, start + BLOCK)) for start in range(0, max(count, 1), BLOCK))
    return vstack([csr_matrix(block) for block in blocks], "csr")


def learn_weights(features: Any, topics: Sequence[Sequence[int]], count: int, strength: float) -> np.ndarray:
    """Weights (count + 1, features + 1) from cues (n, features; dense, or sparse of SciPy) and the topics of each.

    `strength`: inverse of the L2 penalty. A cue of several topics counts for each, the first as much as if it were
    alone; one of none speaks for the last row. The last column is the intercept. The same input gives the same
    weights, and in double precision nearly the same input nearly the same: encoders differ in their last digits from
    machine to machine. Nothing is learned (all zero) from fewer than two kinds of cue.
    """
    weights = np.zeros((count + 1, features.shape[1] + 1), np.float32)
    rows, labels, shares = [], [], []
    for row, about in enumerate(topics):
        for rank, topic in enumerate(about or [count]):
            rows.append(row)
            labels.append(topic)
            shares.append(1.0 if rank == 0 else FURTHER)
    if len(set(labels)) < 2:
        return weights
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=strength, max_iter=STEPS, tol=NEAR_ENOUGH)
    given = csr_matrix(features[rows], dtype=np.float64)
    with threadpool_limits(1):  # sums of several threads differ in their last digits from run to run
        model.fit(given, np.array(labels), sample_weight=np.array(shares))
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights[model.classes_[1], :-1], weights[model.classes_[1], -1] = model.coef_[0], model.intercept_[0]
    else:
        weights[model.classes_, :-1], weights[model.classes_, -1] = model.coef_, model.intercept_
    absent = sorted(set(range(count + 1)) - set(model.classes_.tolist()))
    weights[absent, -1] = -1e4  # never seen, never named
    return weights


def recognise(features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How likely each topic is what a text is about: (texts, topics), each row with "none" sums to 1."""
    logits = features @ weights[:, :-1].T + weights[:, -1]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True))[:, :-1]  # type: ignore[no-any-return]
