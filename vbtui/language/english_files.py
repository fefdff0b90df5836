"""English clauses that ask for a file: an export, a preview, an upload."""

from __future__ import annotations

from vbtui.language import english_words as words
from vbtui.language.clauses import Meaning
from vbtui.language.english_words import all_in as _closed
from vbtui.language.locations import LOCATION, WEB


def fitness(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`check it meets the Reels spec`, `is this OK to upload?`: the export's business."""
    if tokens[0] in words.CHECKING and any(token in words.SPECS for token in tokens[1:]):
        return Meaning.EXPORT
    if tokens[0] in ("is", "are") and asks:
        fit = next((index for index, token in enumerate(tokens) if token in words.FIT), None)
        if fit is not None and any(token in words.PUBLISHING for token in tokens[fit + 1 :]):
            return Meaning.EXPORT
    return None


def upload(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`upload my clips`, `add ~/a.mp4`: files that are to come into the project."""
    head, rest = tokens[0], tokens[1:]
    if _closed(tokens, words.PLACES):
        return Meaning.UPLOAD
    if head in words.UPLOADING:
        return _uploads(rest)
    if head in words.OFFERING and rest[:1] == ["you"] and rest[-1] in words.MEDIA:
        return Meaning.UPLOAD if _closed(rest, words.MEDIA, words.UPLOAD_FILLERS) else None
    if head in words.TAKING and "from" in rest and rest[-1] in words.MACHINES:
        return Meaning.UPLOAD if _closed(rest, words.MEDIA, words.UPLOAD_FILLERS) else None
    if tokens[:2] == ["i", "have"] and tokens[-1] in words.UPLOADING:
        fits = _closed(tokens[:-1], words.MEDIA, words.UPLOAD_FILLERS)
        return Meaning.UPLOAD if fits else None
    has_place = LOCATION in tokens or WEB in tokens
    known = (words.MEDIA, words.UPLOAD_FILLERS, words.PLACES)
    if has_place and head in words.TAKING and _closed(rest, *known):
        return Meaning.UPLOAD
    if has_place and _closed(tokens, *known):
        return Meaning.UPLOAD
    if head in ("add", "process", "load", "take", "accept") and "analysis" in rest:
        return Meaning.UPLOAD if _closed(rest, *known) else None
    is_file = bool(rest) and rest[0] in ("this", "these") and _closed(rest, *known)
    if is_file and (
        (head in ("add", "load", "take") and rest[-1] in words.MEDIA)
        or (head in ("process", "accept") and rest[-1] in ("file", "files"))
    ):
        return Meaning.UPLOAD
    return None


def _uploads(rest: list[str]) -> Meaning:
    """What follows "upload": media, or the finished video to somewhere."""
    body, tail = _until_preposition(rest, frozenset({"to", "for", "into", "named", "so"}))
    has_place = LOCATION in rest or WEB in rest
    if any(token in words.PLATFORMS for token in tail) and not has_place:
        return Meaning.EXPORT
    if not _closed(body, words.MEDIA, words.UPLOAD_FILLERS, words.PLACES, words.QUOTED):
        return Meaning.EDIT
    return Meaning.UPLOAD


# -- export -----------------------------------------------------------------------------------

_OBJECT = (
    words.DETERMINERS,
    words.PRONOUNS,
    words.DEICTIC,
    words.VIDEO_NOUNS,
    words.FINISHED,
    words.FORMATS,
)
_TAIL = (
    *_OBJECT,
    words.TARGETS,
    words.PREPOSITIONS,
    words.JOINTS,
    words.PLACES,
    words.QUOTED,
    words.DELIVERABLES,
)


def export(tokens: list[str], asks: bool, led: bool) -> Meaning | None:
    """`export it`, `send me the video`, `the final mp4`: the finished video is to come out."""
    head, rest = tokens[0], tokens[1:]
    if rest and rest[0] in ("out", "off") and head in words.EXPORTING:
        rest = rest[1:]
    if head in words.EXPORTING:
        return _exports(head, rest)
    if head in words.STARTING and rest and any(token in words.STARTED for token in rest):
        is_start = _closed(
            rest,
            words.STARTED,
            words.DETERMINERS,
            words.FINISHED,
            words.DEICTIC,
            words.VIDEO_NOUNS,
            words.PREPOSITIONS,
            words.FORMATS,
        )
        return Meaning.EXPORT if is_start else None
    if head in words.WATCHING and (not rest or _closed(rest, *_OBJECT, words.DELIVERABLES)):
        return Meaning.EXPORT
    if head in ("make", "create", "generate", "build", "produce") and _makes_preview(rest):
        return Meaning.EXPORT
    if head in words.HANDING:
        return Meaning.EXPORT if _hands_over(head, rest) else None
    is_bare = _closed(tokens, *_OBJECT, words.DELIVERABLES)
    is_strong = any(token in ("mp4", "link", "download", "preview") for token in tokens)
    is_final = "final" in tokens and any(token in words.DELIVERABLES for token in tokens)
    return Meaning.EXPORT if is_bare and (is_strong or is_final) else None


def _exports(head: str, rest: list[str]) -> Meaning:
    """What follows "export": the whole video and how, or something else that is no export."""
    if head == "download" and WEB in rest:
        is_file = _closed(rest, words.MEDIA, words.UPLOAD_FILLERS, words.PLACES)
        return Meaning.UPLOAD if is_file else Meaning.EDIT
    body, tail = _until_preposition(rest, words.PREPOSITIONS | words.CONDITIONS)
    if not _closed(body, *_TAIL):
        is_changed = "with" in body or "without" in body
        known = body[: body.index("with" if "with" in body else "without")] if is_changed else []
        return Meaning.BOTH if is_changed and _closed(known, *_OBJECT) else Meaning.EDIT
    if _closed(tail, *_TAIL, words.APPROVAL, words.CONDITIONS):
        return Meaning.EXPORT
    if tail and (tail[0] in words.CONDITIONS or any(token in words.EDITING for token in tail)):
        return Meaning.BOTH
    return Meaning.EXPORT if head in words.STRONG else Meaning.EDIT


def _until_preposition(tokens: list[str], stops: frozenset[str]) -> tuple[list[str], list[str]]:
    """The object and the rest: "the video | to my phone"."""
    at = next((index for index, token in enumerate(tokens) if token in stops), len(tokens))
    return tokens[:at], tokens[at:]


def _makes_preview(rest: list[str]) -> bool:
    """`a GIF preview`, `me an mp4`: the finished thing, not something to create."""
    if rest[:1] == ["me"]:
        rest = rest[1:]
    return (
        bool(rest)
        and rest[-1] in ("preview", "mp4", "export", "gif", "master")
        and _closed(rest, words.DETERMINERS, words.FORMATS, words.FINISHED, words.DELIVERABLES)
    )


def _hands_over(head: str, rest: list[str]) -> bool:
    """`send me the video`, `give me a ProRes master`, `show me what it looks like`."""
    to_me = rest[:1] in (["me"], ["us"]) or rest[:1] == ["over"]
    if to_me:
        rest = rest[1:]
    if not rest:
        return head in ("send", "share", "deliver")
    if rest[:3] in (["what", "it", "looks"], ["how", "it", "looks"], ["how", "it", "looked"]):
        return True
    if head == "show" and not to_me:
        return False
    if not _closed(rest, *_TAIL, words.FORMATS):
        return False
    body, _ = _until_preposition(rest, words.PREPOSITIONS | frozenset({"with"}))
    if body and body[-1] in words.PRONOUNS and len(body) == 1:
        return head not in ("want", "need", "have", "get")
    if not body or not any(token in words.DELIVERABLES for token in body):
        return False
    if body[0] in ("a", "an", "some", "one"):
        return any(token in words.HANDED_OVER for token in body)
    return body[0] in words.DEFINITE or body[0] in words.FORMATS or "final" in body
