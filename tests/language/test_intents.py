"""Messages and where they go: real ones, our own, traps, options, and how long it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import growth
from vbtui.language import intents
from vbtui.language.lexicon import CHINESE, ENGLISH

DATA = Path(__file__).parent.parent / "data"


def phrases(name: str) -> list[tuple[str, str, str]]:
    """(route, operation, phrase) of a file of tab-separated lines."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [(route, operation, phrase) for route, operation, phrase in rows]


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("phrases*.tsv")))
def test_nearly_all_phrases_are_routed_right(name: str) -> None:
    rows = phrases(name)
    wrong = [
        f"{phrase!r}: {route}, not {found}"
        for route, _, phrase in rows
        if (found := intents.route(phrase).kind) != route
    ]
    assert len(rows) >= 100
    assert len(wrong) <= 0.02 * len(rows), "\n".join(wrong)


@pytest.mark.parametrize(
    "name", ["phrases_own.tsv", "phrases_blind.tsv", "phrases_more.tsv", "phrases_adversarial.tsv"]
)
def test_compound_edits_offer_the_export(name: str) -> None:
    for route, operation, phrase in phrases(name):
        if operation == "compound":
            assert (intents.route(phrase).kind, intents.route(phrase).offers_export) == (
                route,
                True,
            )
        elif route == "edit":
            assert not intents.route(phrase).offers_export, phrase


@pytest.mark.parametrize(
    ("phrase", "options"),
    [
        ("export", {}),
        ("export 1080p MP4", {"quality": "high", "format": "mp4"}),
        ("export it at low quality", {"quality": "low"}),
        ("导出低画质的视频", {"quality": "low"}),
        ("导出成720p", {"quality": "medium"}),
        ("save it as ~/out/promo.mp4", {"destination": "~/out/promo.mp4"}),
        ("/export medium", {"quality": "medium"}),
        ("/export '/tmp/my video.mp4'", {"destination": "/tmp/my video.mp4"}),
        ("give me a ProRes master", {"format": "prores"}),
    ],
)
def test_what_was_said_about_the_export(phrase: str, options: dict[str, str]) -> None:
    found = intents.route(phrase)
    assert found.kind == "export"
    assert dict(found.options) == options


@pytest.mark.parametrize(
    ("phrases", "options"),
    [
        (("export as gif", "make it a GIF", "turn the video into a gif", "导出为GIF", "做成动图"), {"format": "gif"}),
        (("make it HEVC and export", "export in H.265", "导出为hevc", "用H.265导出"), {"format": "hevc"}),
        (("render as av1", "convert it to AV1", "导出av1"), {"format": "av1"}),
        (("prores master please", "save as mov", "导出ProRes", "导出prores母版"), {"format": "prores"}),
        (("convert it to webm", "export as VP9", "把视频转成webm"), {"format": "webm"}),
        (
            ("extract the audio", "pull the audio out of this video", "just the audio as an mp3", "提取音频", "把声音导出成mp3"),
            {"format": "mp3"},
        ),
        (("extract the audio and save it as wav", "export only the sound as wav", "导出无损wav"), {"format": "wav"}),
        (("export the sound as m4a", "把音频导出为m4a"), {"format": "m4a"}),
        (
            ("save the frame at 0:05 as a picture", "take a screenshot at 5 s", "导出0:05的画面", "截取第5秒的画面", "截图0:05"),
            {"format": "png", "at_ms": "5000"},
        ),
        (("grab the first frame as a png", "导出开头的画面"), {"format": "png", "at_ms": "0"}),
        (("/export png 1:02",), {"format": "png", "at_ms": "62000"}),
        (("export the subtitles", "download the captions", "extract the subs as srt", "导出字幕", "把字幕保存为srt文件"), {"format": "srt"}),
        (("export the captions as vtt", "make me a vtt file", "把字幕导出成vtt"), {"format": "vtt"}),
        (("save the captions as an ass file", "导出ass字幕"), {"format": "ass"}),
        (("export srt and vtt",), {"format": "srt,vtt"}),
        (("save it as movie.vtt",), {"format": "vtt", "destination": "movie.vtt"}),
        (("export the subtitles as txt",), {"format": "txt"}),
        (("make a contact sheet", "/export sheet", "做一张联系表", "导出缩略图总览"), {"format": "sheet"}),
        (("export as mp4 and gif", "导出mp4和gif"), {"format": "mp4,gif"}),
        (("提取音频，然后导出视频",), {"format": "mp3,mp4"}),
        (("export as avi", "导出成avi"), {"format": "avi"}),
        (("save frame at 0:05 as jpg",), {"format": "jpg", "at_ms": "5000"}),
        (("export to ~/x.gif",), {"format": "gif", "destination": "~/x.gif"}),
        (("export as gif, mp4 and webm", "export it as gif, and mp4, and as webm"), {"format": "gif,mp4,webm"}),
        (("export for reels", "/export reels", "render it as a reel", "can you export this for instagram?"), {"preset": "reels"}),
        (("/export tiktok low", "export for tiktok in low quality"), {"preset": "tiktok", "quality": "low"}),
        (("render a tiktok cut", "give me a tiktok version", "导出抖音版", "导出给抖音用"), {"preset": "tiktok"}),
        (("export for reels, tiktok and youtube shorts",), {"preset": "reels,tiktok,shorts"}),
        (("导出给抖音和油管",), {"preset": "tiktok,youtube"}),
        (("export the youtube version as gif",), {"preset": "youtube", "format": "gif"}),
        (("export a square version", "导出方形的"), {"preset": "square"}),
        (("export the reel", "export a short version", "export the short film", "export it but not for tiktok"), {}),
    ],
)  # fmt: skip
def test_what_comes_out_in_place_of_the_video(
    phrases: tuple[str, ...], options: dict[str, str]
) -> None:
    for phrase in phrases:
        found = intents.route(phrase)
        assert (found.kind, dict(found.options)) == ("export", options), phrase


def test_whether_it_is_fit_for_a_platform_is_asked_and_no_export() -> None:
    for phrase in (
        "check it meets the Reels spec", "is it ok for instagram?", "does it fit the reels requirements?",
        "check the reels spec", "make sure it fits reels", "check the video for reels",
    ):  # fmt: skip
        found = intents.route(phrase)
        assert (found.kind, found.command, dict(found.options)) == (
            "export",
            "check",
            {"preset": "reels"},
        ), phrase
    for phrase in ("符合抖音要求吗", "检查视频是否符合抖音规范", "这个视频能发抖音吗"):
        assert intents.route(phrase).options == {"preset": "tiktok"}, phrase
        assert intents.route(phrase).command == "check"
    for phrase in (
        "check the reel",
        "make it fit tiktok",
        "is it 4K",
        "check for errors",
        "发抖音",
    ):
        assert intents.route(phrase).command == "", phrase


@pytest.mark.parametrize(
    "phrase",
    [
        "don't export as gif", "what formats can I export?", "if it is longer than a minute export as gif",
        "extract the sound from clip 2", "extract the audio of interview.mp4", "export clip 2 as gif",
        "turn clip 2 into a gif", "export the first 10 seconds as gif", "add a gif", "use the gif as intro",
        "the gif file", "take the audio out", "make a freeze frame at 0:05", "just the audio please", "i want the sound",
        "make it square", "make a version for youtube", "upload it to youtube", "don't export for reels", "add clip 1, clip 2 and mp3",
        "不要导出gif", "不要提取音频", "提取音频了吗", "提取片段2的音频", "把片段2导出为gif", "片段2转成gif", "用gif做片头", "要声音",
    ],
)  # fmt: skip
def test_what_only_sounds_like_another_format_is_for_the_agent(phrase: str) -> None:
    assert intents.route(phrase).kind == "edit"


@pytest.mark.parametrize(
    ("phrase", "argument"),
    [
        ("/upload", ""),
        ("/upload a.mp4 'b c.mov'", "a.mp4 'b c.mov'"),
        ("/home/me/a b.mp4", "/home/me/a b.mp4"),
        ("'/home/me/a b.mp4'", "'/home/me/a b.mp4'"),
        ("upload ~/a.mp4, ./b.mov and c.mp3.", "~/a.mp4 ./b.mov c.mp3"),
        ("upload '/x/it is.mp4'", "'/x/it is.mp4'"),
        ("下载这个视频 https://example.com/v.mp4?a=1", "https://example.com/v.mp4?a=1"),
        ("/a/b.mp4\n/a/c.mp4", "/a/b.mp4\n/a/c.mp4"),
    ],
)
def test_what_is_to_be_uploaded(phrase: str, argument: str) -> None:
    found = intents.route(phrase)
    assert (found.kind, found.argument) == ("upload", argument)


def test_an_edit_after_an_upload_is_not_lost() -> None:
    found = intents.route('Upload ~/a.mp4. Then add a title "Export now, please".')
    assert (found.kind, found.rest) == ("upload", 'add a title "Export now, please"')


@pytest.mark.parametrize(
    ("phrase", "command", "argument"),
    [
        ("/new", "new", ""),
        ("/new My holiday", "new", "My holiday"),
        ("/Sessions", "sessions", ""),
        ("/help", "help", ""),
        ("/nothing", "nothing", ""),
    ],
)
def test_commands(phrase: str, command: str, argument: str) -> None:
    found = intents.route(phrase)
    assert (found.kind, found.command, found.argument) == ("status", command, argument)


@pytest.mark.parametrize(
    "piece",
    [
        "export ",
        "a",
        "'a ",
        '"',
        "“",
        "and export ",
        "导出",
        "积分还",
        "看看",
        "/a",
        "a.",
        "https://",
        "把视频",
        "导出了吗",
        "请",
        "can you ",
        "what is the ",
        " ",
        "\n",
        "'/a.mp4",
        "好了",
        ".mp4 ",
        "a-",
        "!",
        "视频的",
        "the video and ",
        "how many credits ",
    ],
)
def test_long_messages_take_linear_work(piece: str) -> None:
    text = piece * 2_000
    assert growth(lambda length: intents.route(text[:length]), 960) < 6


def test_odd_messages_go_somewhere() -> None:
    for text in (
        "传？\x01",
        "put \x02 in",
        "",
        " ",
        "\0",
        "?",
        "...",
        "/",
        "//",
        '""',
        "'",
        "“”",
        "\ud800",
        "！",
        "1",
    ):
        assert intents.route(text).kind in ("edit", "status", "upload")


def test_no_verb_of_the_studio_is_kept_from_the_agent() -> None:
    frames = {"en": ("{} clip 2", "{} the music"), "zh": ("{}片段2", "把音乐{}", "把片段2{}")}
    for lexicon, some in ((ENGLISH, frames["en"]), (CHINESE, frames["zh"])):
        senses = [s for s in lexicon if s.startswith("verb:") and s != "verb:upload"]
        verbs = [verb for sense in senses for verb in lexicon[sense]]
        said = [frame.format(verb) for verb in verbs for frame in some]
        assert [text for text in said if intents.route(text).kind != "edit"] == []


def test_an_export_before_any_edit_is_offered_afterwards() -> None:
    said = [f"export it and {verb} the title" for verb in ENGLISH["editing"] | ENGLISH["verb"]]
    found = {text: intents.route(text) for text in said}
    edits = [text for text, route in found.items() if route.kind == "edit"]
    assert len(edits) > 100
    assert [text for text in edits if not found[text].offers_export] == []


@pytest.mark.parametrize(
    ("phrase", "vague"),
    [
        ("make it look better", True),
        ("Make the video more professional", True),
        ("edit my video", True),
        ("帮我剪一下这个视频", True),
        ("弄好看一点", True),
        ("add a title “Hello”", False),
        ("make it vertical", False),
        ("trim the first 3 seconds", False),
        ("加个背景音乐", False),
    ],
)
def test_vague_requests_get_a_hint(phrase: str, vague: bool) -> None:
    assert intents.is_vague(phrase) is vague


_ALPHABET = "export 导出把视频吗？,.!'\"“”「」/~\n\t\x01\x02 andcredits积分上传https://a.mp4"


@given(st.text(alphabet=_ALPHABET, max_size=120) | st.text(max_size=60))
def test_every_message_has_a_route(text: str) -> None:
    found = intents.route(text)
    assert found.kind in ("export", "credits", "status", "upload", "edit")
    assert intents.route(text) == found


@given(st.sampled_from(["“", "「", "《"]), st.sampled_from(["导出", "export", "credits", "status"]))
def test_quoted_words_are_content(mark: str, word: str) -> None:
    closing = {"“": "”", "「": "」", "《": "》"}[mark]
    assert intents.route(f"把标题改成{mark}{word}{closing}").kind == "edit"
    assert intents.route(f"change the title to {mark}{word}{closing}").kind == "edit"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("town.jpg", "edit"),
        ("add town.jpg", "edit"),
        ("upload town.jpg", "upload"),
        ("add other.jpg", "upload"),
        ("add /home/me/town.jpg", "upload"),
        ("在第二段和第三段之间town.jpg", "edit"),
        ("town.jpg other.jpg", "upload"),
    ],
)
def test_names_of_files_in_the_project_are_no_uploads(text: str, kind: str) -> None:
    assert intents.route(text, ["town.jpg", "beach.mp4"]).kind == kind


@pytest.mark.parametrize(
    "text", ["no, beach.mp4", "在采访前面加一张town.jpg", "第三段换成town.jpg", "不对，beach.mp4"]
)
def test_what_names_a_file_in_a_request_is_no_upload(text: str) -> None:
    assert intents.route(text).kind == "edit"


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("go back to version 5", 5),
        ("please restore version 12.", 12),
        ("Take me back to v3!", 3),
        ("revert everything to version four", 4),
        ("change back to the 3rd version", 3),
        ("could you go back to the second version please", 2),
        ("回到版本5", 5),
        ("请恢复到第十二个版本", 12),
    ],
)
def test_an_older_version_is_asked_for_by_its_number(said: str, version: int) -> None:
    route = intents.route(said)
    assert (route.kind, route.argument) == ("version", str(version))


@pytest.mark.parametrize(
    "said",
    [
        "export version 5",
        "what changed in version 5?",
        "make a version for instagram",
        'add the title "go back to version 5"',
        "go back 5 seconds",
        "go back to version 5 and mute clip 2",
        "不要回到版本5",
    ],
)
def test_other_words_about_versions_do_not_go_back(said: str) -> None:
    assert intents.route(said).kind != "version"
