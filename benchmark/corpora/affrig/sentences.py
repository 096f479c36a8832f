"""What is said: sentences built from small word lists, chosen by the valence and arousal that the words display."""

from __future__ import annotations

from string import Formatter

import numpy as np

#: Lists that any template may use.
_COMMON: dict[str, tuple[str, ...]] = {
    "topic": (
        "the party", "the trip", "this song", "the meeting", "the game", "my new job", "the exam", "dinner",
        "the neighbourhood", "this phone", "the weather", "the film", "our flat", "the wedding", "that story",
        "the school", "my garden", "the train ride",
    ),
    "person": (
        "my brother", "Anna", "my boss", "the doctor", "Tom", "my mother", "the teacher", "our neighbour", "Maria",
        "my friend", "the driver", "Sam", "your sister", "the whole team",
    ),
    "object": ("box", "letter", "key", "blue bag", "ticket", "camera", "book", "cup", "map", "coat"),
    "place": ("the kitchen", "the station", "the office", "the library", "the second floor", "town", "the market"),
    "when": ("today", "last night", "on Monday", "this morning", "at the weekend", "in the evening", "last year"),
    "number": ("two", "three", "five", "ten", "twelve"),
}  # fmt: skip

#: Lists by mood: (valence, arousal), valence 1 good to -1 bad, arousal 1 excited to -1 calm.
_WORDS: dict[tuple[int, int], dict[str, tuple[str, ...]]] = {
    (1, 1): {
        "is": ("fantastic", "amazing", "brilliant", "incredible", "thrilling", "absolutely wonderful"),
        "feel": ("excited", "thrilled", "overjoyed", "so happy", "delighted", "so proud"),
        "shout": ("Wow", "Yes", "Hooray", "Oh my god, yes", "Look at this"),
        "did": ("won", "made it", "got the prize", "danced all night", "laughed so hard"),
        "verb": ("love", "adore", "really enjoy"),
    },
    (1, -1): {
        "is": ("lovely", "pleasant", "peaceful", "charming", "gentle and nice", "comfortable"),
        "feel": ("content", "calm and happy", "grateful", "at peace", "relaxed", "glad"),
        "shout": ("Ah", "Well", "You know", "Mm, yes"),
        "did": ("had a quiet rest", "slept well", "sat in the sun", "shared a nice cup of tea", "took it easy"),
        "verb": ("like", "enjoy", "appreciate"),
    },
    (-1, 1): {
        "is": ("terrible", "disgusting", "outrageous", "horrible", "a total disaster", "absolutely awful"),
        "feel": ("furious", "terrified", "so angry", "panicked", "shocked and upset", "outraged"),
        "shout": ("No", "Stop it", "Oh god, no", "Get away", "How dare you"),
        "did": ("lied to me", "crashed the car", "ruined everything", "screamed at us", "broke the window"),
        "verb": ("hate", "can't stand", "despise"),
    },
    (-1, -1): {
        "is": ("sad", "disappointing", "hopeless", "dull and grey", "lonely", "miserable"),
        "feel": ("sad", "lonely", "worn out", "hopeless", "empty", "let down"),
        "shout": ("Oh", "Well", "I don't know", "Sigh"),
        "did": ("left without a word", "lost the money", "cried for a while", "failed again", "gave up"),
        "verb": ("dislike", "regret", "can't enjoy"),
    },
    (0, 1): {
        "shout": ("Wait", "Quick", "Hey", "Listen", "Hold on"),
        "do": ("hurry up", "run to the door", "look over there", "call back right now", "move it"),
    },
    (0, -1): {
        "shout": ("So", "Um", "Right", "Okay", "I think"),
        "do": ("wait a little", "read the page", "sort the papers", "walk slowly", "sit down"),
    },
}

_TEMPLATES: dict[tuple[int, int], tuple[str, ...]] = {
    (1, 1): (
        "{shout}! {topic} was {is}!",
        "I am {feel} about {topic}!",
        "{shout}! We {did} {when}!",
        "I {verb} {topic}, it is {is}!",
        "{person} was {is} {when}, I feel {feel}!",
        "This is the best thing ever, {topic} is {is}!",
    ),
    (1, -1): (
        "{shout}, {topic} was {is}.",
        "I feel {feel} about {topic}.",
        "We {did} {when}, and I feel {feel}.",
        "I {verb} {topic}, it is {is}.",
        "It is {is} here with {person}.",
    ),
    (-1, 1): (
        "{shout}! {topic} was {is}!",
        "I am {feel} about {topic}!",
        "{person} {did} {when}, I am {feel}!",
        "I {verb} {topic}, it is {is}!",
        "{shout}! Why did you do that, it is {is}!",
        "I {verb} this, {person} {did} again!",
    ),
    (-1, -1): (
        "{shout}, {topic} was {is}.",
        "I feel {feel} about {topic}.",
        "{person} {did} {when}, and I feel {feel}.",
        "I {verb} {topic} now, it is {is}.",
        "There is nothing left, it is all {is}.",
    ),
    (0, 1): (
        "{shout}! {person} has to {do} now!",
        "{shout}, what did {person} say about {topic}?",
        "{shout}! Where is the {object}, we have to {do}!",
        "{topic} starts in {number} minutes, {do}!",
    ),
    (0, -1): (
        "{shout}, {person} put the {object} in {place}.",
        "{shout}, {topic} is at {number} o'clock.",
        "{person} went to {place} {when}.",
        "There are {number} of them in {place}, you can {do}.",
        "{shout}, it takes {number} days for the {object} to arrive.",
    ),
}

_HEDGES = ("a bit {0}", "kind of {0}", "rather {0}", "quite {0}")
_BACKCHANNELS: dict[int, tuple[str, ...]] = {
    1: ("Yes!", "Oh, nice.", "Great.", "Ha, lovely.", "That's good."),
    0: ("Mm-hm.", "Right.", "I see.", "Okay.", "Uh-huh."),
    -1: ("Oh no.", "That's bad.", "How awful.", "Sorry to hear that.", "Ugh."),
}


def mood_of(rng: np.random.Generator, valence: float, arousal: float) -> tuple[int, int]:
    """The word list that fits: valence in {-1, 0, 1}, arousal in {-1, 1}; borders are soft."""
    noisy = valence + rng.normal(0.0, 0.08), arousal + rng.normal(0.0, 0.12)
    sign = 0 if abs(noisy[0]) < 0.16 else (1 if noisy[0] > 0 else -1)
    return sign, 1 if noisy[1] > 0.12 else -1


def _fill(rng: np.random.Generator, template: str, lists: dict[str, tuple[str, ...]]) -> str:
    fields = [name for _, name, _, _ in Formatter().parse(template) if name]
    chosen = {name: lists[name][int(rng.integers(len(lists[name])))] for name in fields}
    return template.format(**chosen)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sentence(rng: np.random.Generator, valence: float, arousal: float) -> str:
    """One English sentence whose wording displays about ``valence`` and ``arousal`` (both in [-1, 1])."""
    mood = mood_of(rng, valence, arousal)
    lists = _COMMON | _WORDS[mood]
    if "is" in lists and abs(valence) < 0.4:
        hedge = _HEDGES[int(rng.integers(len(_HEDGES)))]
        plain = tuple(word for word in lists["is"] if " " not in word)
        lists = lists | {"is": tuple(hedge.format(word) for word in plain)}
    templates = _TEMPLATES[mood]
    text = _fill(rng, templates[int(rng.integers(len(templates)))], lists)
    return ". ".join("! ".join(_capital(part) for part in half.split("! ")) for half in text.split(". "))


def backchannel(rng: np.random.Generator, valence: float) -> str:
    """The short reply of a listener."""
    sign = 0 if abs(valence) < 0.2 else (1 if valence > 0 else -1)
    choices = _BACKCHANNELS[sign]
    return choices[int(rng.integers(len(choices)))]
