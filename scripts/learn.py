"""Messages → ragbot/rules/learned/: what tells whose safety is at stake, learned with the encoder of the settings.

Tellings, questions and attempts of the packs are learned from too, as messages in which nobody is in danger.
"""

from ragbot.build import BUILD_THREADS, find_packs
from ragbot.danger import learn_danger, write_danger
from ragbot.embedding import load_encoder
from ragbot.pack import cues_of, read_pack
from ragbot.settings import read_settings

settings = read_settings()
packs = [read_pack(folder) for folder in find_packs(settings.corpus)]
cues = [cue for pack in packs for cue in cues_of(pack) if not cue.term]
told = [cue.text for cue in cues if not (cue.lead or cue.gap)]
tried = [attempt.says for pack in packs for attempt in pack.attempts]
asked = [cue.text for cue in cues if cue.lead or cue.gap]
encoder = load_encoder(settings.encoder, BUILD_THREADS)
write_danger(learn_danger(encoder.read, (*told, *asked, *tried)), encoder.fingerprint)
