"""A new video from files: `combine these clips into a 60-second promo video`."""

from __future__ import annotations

from vbtui.base.text import clean_line
from vbtui.studio.director import lengths, look, sequence, sound
from vbtui.studio.director.clauses import Clause
from vbtui.studio.director.desk import Desk, seconds
from vbtui.studio.director.phrases import Nth, Ref
from vbtui.studio.project import draft as d
from vbtui.studio.project.media import Media


def handle(clause: Clause, desk: Desk) -> bool:
    """Builds the sequence anew, fits it, and leaves what it shall have besides to the next clauses."""
    if not _is_composition(clause, desk):
        return False
    if clause.has("unsupported") or clause.has("number"):
        return False
    clause.tolerant = True
    clause.take_all("extra")
    _take_purpose(clause, desk)
    genres = clause.take_all("genre")
    if genres:
        desk.genre = desk.genre or str(genres[0])
    clause.take_all("noun", "video", "videos", "everything", "order", "clip", "duration")
    clause.take_all("select", "all")
    refs: list[Ref] = clause.take_all("ref")
    files, music = _files(desk, refs)
    length = clause.take("duration")
    if clause.verb == "make" and not refs and d.clips(desk.draft or {}):
        _keep_sequence(desk)
    else:
        _build(desk, files, named=any(ref.assets or ref.numbers for ref in refs))
        desk.composed = True
    if music:
        sound.add_music(None, desk, music[0])
    quiet = Clause(
        clause.verb,
        [i for i in clause.items if i.kind in ("aspect", "size", "resolution", "fit", "fps")],
    )
    for kind in ("aspect", "size", "resolution", "fit", "fps"):
        clause.take_all(kind)
    look.apply(quiet, desk)
    if length is not None:
        lengths.fit(desk, length)
    return True


def background_music(desk: Desk) -> None:
    """Music under a new video when nobody spoke of music: the one sound file that was uploaded."""
    files = desk.audio_files
    if not files or d.sounds(desk.draft or {}):
        return
    if len(files) > 1:
        names = ", ".join(clean_line(asset.filename) for asset in files[:5])
        desk.note(
            f"Sound files: {names}. To use one say: add {clean_line(files[0].filename)} as music.",
            f"音频文件：{names}。要使用请说：用 {clean_line(files[0].filename)} 作为背景音乐。",
        )
        return
    sound.add_music(None, desk, files[0], volume=sound.UNDER_SOUND)
    desk.note("No music wanted? Say: remove the music.", "不要音乐请说：删除音乐。")


def _is_composition(clause: Clause, desk: Desk) -> bool:
    if clause.verb == "combine":
        return not clause.has("quote")
    bare = clause.verb == "" and clause.has("genre") and clause.has("duration")
    if not (clause.verb == "make" or bare) or clause.has("quote") or clause.inherited:
        return False
    if clause.has("noun", "music", "title", "caption", "text", "transition"):
        return False
    built = bool(desk.draft and d.clips(desk.draft))
    ref = clause.find("ref")
    video = clause.find("noun", "video", "videos")
    if ref is not None:
        of_all = ref.value.every or ref.value.assets
        if ref.value.assets and clause.has("aspect") and clause.has("duration"):
            return True
        return bool(
            (video or clause.has("genre")) and of_all and (not video or ref.start != video.start)
        )
    length = clause.find("duration")
    if clause.has("genre"):
        return not built or bool(length) or clause.has("noun", "everything")
    if video is None:
        return False
    if built:
        return bool(length and length.start < video.start)
    return bool(length) or not clause.has("aspect")


def _keep_sequence(desk: Desk) -> None:
    """A new wish for the whole, and no clips named: what is on the timeline stays."""
    used = {d.meta(clip).get("asset") for clip in desk.clips}
    new = [clean_line(asset.filename) for asset in desk.pictures if asset.id not in used]
    desk.note(
        "The clips on the timeline stay as they are; to start again say: combine all clips.",
        "时间线上的片段保持不变；要重新开始请说：合并所有片段。",
    )
    if new:
        names = ", ".join(new[:5])
        desk.note(f"Not on the timeline: {names}.", f"未使用的文件：{names}。")


def _take_purpose(clause: Clause, desk: Desk) -> None:
    """The words behind `for`: `for my birthday party`."""
    item = clause.find("purpose")
    if item is None:
        return
    index = clause.items.index(item)
    words = []
    for following in clause.items[index + 1 :]:
        if following.kind != "word":
            break
        words.append(str(following.value))
    for word in words:
        clause.take("word", word)
    if words:
        desk.purpose = " ".join(words)


def _files(desk: Desk, refs: list[Ref]) -> tuple[list[Media], list[Media]]:
    """Pictures in the named order, else in upload order; and the sound files among the named."""
    desk.need_pictures()
    if not refs:
        return desk.pictures, []
    found: list[Media] = []
    for ref in refs:
        found += [desk.media[asset] for asset in ref.assets]
        if ref.new:
            used = {d.meta(clip).get("asset") for clip in d.clips(desk.draft or {})}
            found += [asset for asset in desk.pictures if asset.id not in used]
        if ref.every:
            found += [a for a in desk.pictures if not ref.only or a.kind == ref.only]
        found += [_nth(desk, nth) for nth in ref.numbers]
    pictures = [asset for asset in found if asset.kind != "audio"]
    music = [asset for asset in found if asset.kind == "audio"]
    if not pictures and any(ref.only for ref in refs):
        return desk.pictures, music
    if not pictures:
        pictures = desk.pictures
    return pictures, music


def _nth(desk: Desk, nth: Nth) -> Media:
    """`clip 2`: on the timeline when there is one, else the second upload."""
    if desk.draft and d.clips(desk.draft):
        clip = desk.clips[desk.targets(Ref(numbers=(nth,)))[0]]
        asset = desk.media.get(str(d.meta(clip).get("asset")))
        if asset is not None:
            return asset
    choice = [a for a in desk.pictures if not nth.of or a.kind == nth.of]
    number = nth.number
    position = number - 1 if number > 0 else len(choice) + number
    if not 0 <= position < len(choice):
        raise desk.refusal(
            f"There is no clip {abs(number)}: {len(choice)} are uploaded.",
            f"没有第 {abs(number)} 个片段：共上传了 {len(choice)} 个。",
        )
    return choice[position]


def _build(desk: Desk, files: list[Media], *, named: bool) -> None:
    before = desk.draft
    had = bool(before and d.clips(before))
    desk.draft = sequence.build(before, desk.project.title or "project", files, desk.media)
    clips = d.clips(desk.draft)
    if not clips:
        raise desk.refusal(
            "None of these files can be shown: they have no picture or no length.",
            "这些文件都无法显示：没有画面或没有时长。",
        )
    names = ", ".join(clean_line(a.filename) for a in files[:6]) + ("…" if len(files) > 6 else "")
    order = desk.say(
        "in the named order" if named else "in upload order",
        "按指定顺序" if named else "按上传顺序",
    )
    desk.did(
        f"Combined {len(clips)} clip{'' if len(clips) == 1 else 's'} {order}: {names} "
        f"({seconds(desk.total())} in all).",
        f"{order}合并了 {len(clips)} 个片段：{names}（共 {seconds(desk.total())}）。",
        "combine_clips",
        files=[asset.filename for asset in files],
        duration_ms=desk.total(),
    )
    skipped = [a for a in files if a.kind == "video" and a.duration_ms < d.MIN_CLIP_MS]
    if skipped:
        left = ", ".join(clean_line(asset.filename) for asset in skipped)
        desk.note(f"Left out, too short: {left}.", f"太短，未使用：{left}。")
    if had:
        kept = bool(d.texts(desk.draft) or d.sounds(desk.draft))
        extra = " Titles, captions and music stay." if kept else ""
        extra_zh = "标题、字幕和音乐保留。" if kept else ""
        desk.note(
            f"This replaced the sequence that was there (say undo to get it back).{extra}",
            f"这替换了原来的片段顺序（说“撤销”可恢复）。{extra_zh}",
        )
