"""Settings → a Chatbot ready to answer; the index is built first where there is none yet."""

from __future__ import annotations

from ragbot.build import BUILD_THREADS, Say, build_index, changed_sources
from ragbot.chatbot import Chatbot
from ragbot.conversation import open_conversations
from ragbot.embedding import load_encoder
from ragbot.errors import IndexMismatch, IndexMissing, SettingsError
from ragbot.index import REBUILD, Index, open_index
from ragbot.rules import read_rules
from ragbot.settings import Settings


def ready_index(settings: Settings, say: Say = print) -> Index:
    """The published index, built first where there is none yet.

    Raises IndexDamaged, and IndexMismatch where a source changed since it was built.
    """
    try:
        index = open_index(settings.index)
    except IndexMissing:
        say(f"no index at {settings.index} yet; building it, once")
        build_index(settings, load_encoder(settings.encoder, BUILD_THREADS), say=say)
        index = open_index(settings.index)
    changed = changed_sources(settings, index.manifest)
    if changed:
        raise IndexMismatch(f"{changed[0]}; {REBUILD}")
    return index


def open_chatbot(settings: Settings, say: Say = print) -> Chatbot:
    """A chatbot over the published index, with the settings' encoder.

    Raises IndexMismatch where the index was built with another encoder; EncoderError, IndexDamaged, StoreError;
    SettingsError for a region that is not known.
    """
    known = [region.id for region in read_rules().regions.regions]
    if settings.region and settings.region not in known:
        raise SettingsError(f"RAGBOT_REGION is '{settings.region}'; it takes one of {', '.join(known)}")
    kept = open_conversations(settings.conversations, settings.retention)
    index = ready_index(settings, say)
    return Chatbot(index, load_encoder(settings.encoder, settings.threads), conversations=kept, region=settings.region)
