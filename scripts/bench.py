"""Times and memory of ragbot beside the floor: bare forward passes of the encoder, in the same run.

Machines are noisy: the ratios say more than the times. Asks and bare passes alternate.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ragbot.build import BUILD_THREADS, build_index
from ragbot.embedding import load_encoder
from ragbot.index import open_index
from ragbot.opening import open_chatbot
from ragbot.settings import read_settings

ROUNDS = 200
COLD = 3
QUESTION = "how do I handle a withdrawal rupture?"
PEAK = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
BARE = "from ragbot.embedding import load_encoder; load_encoder('all-MiniLM-L6-v2').encode(['{}'])"


def timed(work):
    """Seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(name, value, floor, unit):
    """A figure beside its floor."""
    print(f"{name:28} {value:9.1f} {unit}   floor {floor:9.1f} {unit}   ratio {value / floor:5.2f}")


def main(files):
    """Build, start and ask; print each beside its floor."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(folder)
        encoder = load_encoder(settings.encoder, BUILD_THREADS)
        build = timed(lambda: build_index(settings, encoder, [Path(name) for name in files]))
        index = open_index(settings.index)
        texts = [passage.text for passage in index.passages] + [cue.text for cue in index.cues]
        row("build", build, timed(lambda: encoder.encode(texts)), "s ")

        chatbot = open_chatbot(settings)
        ask = [sys.executable, "-m", "ragbot", "ask", QUESTION, "--index", folder]
        bare = [sys.executable, "-c", BARE.format(QUESTION)]
        starts = [(timed(lambda: run(ask)), timed(lambda: run(bare))) for _ in range(COLD)]
        row("ask, cold process", *(statistics.median(times) for times in zip(*starts, strict=True)), "s ")

        def pass_over():
            return chatbot.understanding.read([QUESTION])

        pairs = [(timed(lambda: chatbot.ask(QUESTION)), timed(pass_over)) for _ in range(ROUNDS)]
        asks, passes = (sorted(times) for times in zip(*pairs, strict=True))
        row("ask, p50", asks[ROUNDS // 2] * 1e3, passes[ROUNDS // 2] * 1e3, "ms")
        row("ask, p99", asks[ROUNDS * 99 // 100] * 1e3, passes[ROUNDS * 99 // 100] * 1e3, "ms")
        row("peak memory, cold ask", peak(ask), peak(bare), "MB")


def run(command):
    """Run a command quietly; its failure is ours."""
    subprocess.run(command, check=True, capture_output=True)


def peak(command):
    """Peak resident memory of a command, in MB, as its own parent sees it."""
    measured = subprocess.run([sys.executable, "-c", PEAK, *command], check=True, capture_output=True, text=True)
    return int(measured.stdout) / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
