"""What is asked in the conversation → which service does it: the one floor that knows them all.

A message that is not for the agent (`Turn.route`) is answered here: an export, credits, the status,
an upload, help. So is what is offered below a turn, but for what only a screen can do. An export
that the backend does not make is offered, and made, on this machine:

    refused, or the backend is away ── note, offer `render_here` ──► plan ── whole ──► started
                                             parts missing: named, offer `render_here_anyway` ──► started
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vbtui.base import mp4
from vbtui.base.errors import StudioMissing, StudioProblem, UsageError, VbtuiError
from vbtui.base.formats import FORMATS, USUAL
from vbtui.base.problem import Problem
from vbtui.base.programs import require_studio
from vbtui.base.text import clean_line
from vbtui.base.times import format_left, format_seconds, time_code
from vbtui.base.translation import Translation
from vbtui.conversation import plan as planning
from vbtui.conversation.conversation import Conversation
from vbtui.conversation.receipts import inert, is_told_in_chinese, receipt, summary
from vbtui.exports import notify
from vbtui.exports.check import REMARK
from vbtui.exports.exports import Exports
from vbtui.exports.platforms import judge
from vbtui.exports.presets import options_for
from vbtui.fallback.plan import HerePlan
from vbtui.journal.records import (
    Asset,
    AssetState,
    DraftVersion,
    ExportOptions,
    FinishedVideo,
    Offer,
    Receipt,
    Render,
    RenderState,
    Turn,
)
from vbtui.language import intents
from vbtui.language.intents import Route
from vbtui.language.quotes import is_chinese
from vbtui.media.library import Library
from vbtui.session.context import Context
from vbtui.session.drafts import Drafts
from vbtui.session.events import RenderEnded
from vbtui.session.projects import Sessions, language
from vbtui.timeline import changes as timeline_changes
from vbtui.wire.extras import Operation, Plans
from vbtui.wire.replies import CreditBalance

CONCRETE = Translation(
    "combine these clips into a 60-second promo video with transitions and text overlays",
    "把这些片段合成一个60秒的宣传视频，加转场和文字",
)
"""A concrete request, to show beside a vague one."""
UPLOAD_ADVICE = (
    "Max file size is 500MB. Stick to MP4, MOV, JPG, PNG for the smoothest experience."
    " Shorter clips with clear cuts give cleaner results than long unedited recordings."
)
RENDER_EXPECTATION = "usually 30-90 seconds"
HELP = """\
Say what you want in your own words, for example “{example}”.

| type | to |
|---|---|
| `/export [low, medium or high] [FORMAT]` | save the video as an MP4, or as hevc, av1, prores, webm, gif, mp3, wav, m4a, srt, vtt, ass, png TIME, sheet |
| `/upload PATH…` | add files, folders or URLs |
| `/credits` | see the balance |
| `/status` | see the timeline, media and exports |
| `/watch FOLDER` | take what lands in a folder; it is made where it is missing |
| `/new [NAME]` | start another project |
| `/sessions` | go to another project |
| `/claim` | get the link that takes this project into the web app |
| `/demo` | try things out on a sample project, drawn by the local studio |
| `/help` | see this |
| `? SENTENCE` | see what a sentence would do, and do nothing |

Keys: {app.chat} chat, {app.media} media, {app.timeline} timeline, {app.renders} renders, {app.export} export, {app.upload} upload, {app.help} all keys."""
HELP_TEXT = Translation(
    HELP,
    """\
用自己的话说出想要的效果，例如“{example}”。

| 输入 | 作用 |
|---|---|
| `/export [low、medium 或 high] [格式]` | 把视频保存为 MP4，或 hevc、av1、prores、webm、gif、mp3、wav、m4a、srt、vtt、ass、png 时间、sheet |
| `/upload 路径…` | 添加文件、文件夹或网址 |
| `/credits` | 查看积分 |
| `/status` | 查看时间线、素材和导出 |
| `/watch 文件夹` | 自动取用放进文件夹的文件；没有就新建 |
| `/new [名称]` | 新建项目 |
| `/sessions` | 切换项目 |
| `/claim` | 获取在网页版中接管本项目的链接 |
| `/demo` | 用本地工作室绘制的示例项目试试看 |
| `/help` | 显示本说明 |
| `? 一句话` | 只看这句话会做什么，不执行 |

按键：{app.chat} 对话，{app.media} 素材，{app.timeline} 时间线，{app.renders} 导出，{app.export} 导出，{app.upload} 上传，{app.help} 全部按键。""",
)
SAYABLE = Translation("What can be asked for here, with examples:", "这里可以这样说：")
NOT_BUILT = Translation("Understood, but not built yet: {names}.", "听得懂但还没有实现：{names}。")
VERSION_BACK = Translation(
    "Version {number} is back. “undo” takes that back.", "已恢复到版本 {number}。说“撤销”可取消。"
)
VERSION_NOW = Translation(
    "Version {number} is what there is now.", "现在的时间线就是版本 {number}。"
)
NO_VERSION = Translation(
    "There is no version {number} of this timeline; the newest is {newest}. {edits.versions} on the timeline "
    "({app.timeline}) lists them.",
    "这条时间线没有版本 {number}，最新的是版本 {newest}。在时间线（{app.timeline}）按 {edits.versions} 查看全部版本。",
)
VERSION_ASKED = Translation(
    "This backend keeps no versions to go back to. This sentence asks its agent for it:\n\n> {sentence}",
    "这个后端不保存版本。可以对它的智能体说：\n\n> {sentence}",
)
EXPORT_STARTED = Translation(
    "Export started ({quality} quality, {expectation}). {app.renders} shows its progress.",
    "已开始导出（{quality}质量，{expectation}）。按 {app.renders} 查看进度。",
)
EXPORT_STARTED_AS = Translation(
    "Export started ({format}, {expectation}). {app.renders} shows its progress.",
    "已开始导出（{format}，{expectation}）。按 {app.renders} 查看进度。",
)
LOUDNESS_LATER = Translation(
    "Its loudness is measured on the finished video, at the export.",
    "响度在导出后按成片测量。",
)
NO_FORMAT = Translation(
    "{format} is not available, so nothing was exported. There are: {known}.",
    "不支持 {format}，没有导出。可用的格式：{known}。",
)
WHICH_MOMENT = Translation(
    "Of which moment? Say it with its time, for example “save the frame at 0:05”.",
    "要哪个时刻的画面？请带上时间，例如“导出0:05的画面”。",
)
MADE_HERE = Translation(
    "The cloud makes MP4 alone: this machine makes it from the files that you uploaded.",
    "云端只能制作 MP4：将用您上传的文件在这台电脑上制作。",
)
NOT_MADE_HERE = Translation(
    "The cloud makes MP4 alone, and this machine has not all that is in it, so nothing was exported. Missing: {parts}. "
    "`vbtui export --here --format {format}` makes it without that.",
    "云端只能制作 MP4，而这台电脑缺少其中的部分内容，没有导出。缺少：{parts}。"
    "`vbtui export --here --format {format}` 可在没有它们的情况下制作。",
)
QUALITY = {
    "high": Translation("high", "高"),
    "medium": Translation("medium", "中等"),
    "low": Translation("low", "低"),
}
EXPECTATION = Translation(RENDER_EXPECTATION, "通常需要 30-90 秒")
ESTIMATE = Translation("about {time}", "大约 {time}")
CREDITS = Translation("{available} credits available.", "可用积分：{available}。")
CREDITS_FROZEN = Translation(
    "{available} credits available, {frozen} on hold, {total} in total.",
    "可用积分：{available}，冻结 {frozen}，共 {total}。",
)
CREDITS_NONE = Translation(
    "The local studio needs no credits: edits and exports are free.",
    "本地工作室不需要积分：编辑和导出都是免费的。",
)
CREDITS_UNKNOWN = Translation("The balance is not known right now.", "暂时无法得知余额。")
UPLOADING = Translation(
    "Uploading {names}. {app.media} shows the progress.",
    "正在上传 {names}。按 {app.media} 查看进度。",
)
UPLOADED_BEFORE = Translation(
    "In the project already: {names}. {media.use} on the media screen ({app.media}) adds it to the"
    " timeline once more.",
    "项目里已有 {names}。在素材界面（{app.media}）按 {media.use} 可再次加入时间线。",
)
UPLOAD_HOW = Translation(
    "Press {app.upload} to pick files, or type `/upload PATH`. " + UPLOAD_ADVICE,
    "按 {app.upload} 选择文件，或输入 `/upload 路径`。单个文件最大 500MB，建议使用 MP4、MOV、JPG、PNG。",
)
UPLOAD_NEXT = Translation("Afterwards, say: “{rest}”", "上传后请说：“{rest}”")
TIMELINE_UNREAD = Translation(
    "The timeline could not be read: {reason} Ask again in a moment.",
    "暂时无法读取时间线：{reason} 请稍后再试。",
)
TIMELINE_BEFORE = Translation("When it was read last: {summary}", "上次读取时：{summary}")
MEDIA = Translation("Media: {count} ({names}).", "素材：{count} 个（{names}）。")
MEDIA_NONE = Translation("Media: none yet.", "素材：还没有。")
AT_WORK = Translation(
    "The agent is at work on “{text}” ({elapsed}).", "智能体正在处理“{text}”（{elapsed}）。"
)
RENDER_NOW = Translation(
    "Export “{title}”: {state}, {progress}%.", "导出“{title}”：{state}，{progress}%。"
)
RENDER_DONE = Translation("Export “{title}”: saved to {path}", "导出“{title}”：已保存到 {path}")
SAMPLE_NAME = Translation("Sample", "示例")
SAMPLE_SENTENCE = Translation(
    'make a 720p video of all clips with crossfades and the title "One day in May"',
    "用所有片段做一个720p的视频，加叠化转场，加标题“五月的一天”",
)
SAMPLE_THERE = Translation(
    "Six clips, three photos and a piece of music, drawn by vbtui: a project of its own to try things out. The sentence in"
    " the prompt makes a video of them: {prompt.send} sends it, then {app.export} saves the video. For files of your own,"
    " /new begins another project.",
    "六段视频、三张照片和一段音乐，都由 vbtui 绘制：这是一个供您试用的独立项目。输入框里的句子会把它们做成视频：按"
    " {prompt.send} 发送，再按 {app.export} 保存视频。要用自己的文件，请输入 /new 新建项目。",
)
COMMAND_ELSEWHERE = Translation(
    "{name} works in the prompt of the app.", "{name} 可在应用的输入框中使用。"
)
UNKNOWN_COMMAND = Translation(
    "There is no command {name}. Known: /export, /upload, /credits, /status, /watch, /new, /sessions, /claim, /demo, /help.",
    "没有命令 {name}。可用：/export、/upload、/credits、/status、/watch、/new、/sessions、/claim、/demo、/help。",
)
REFUSED_RENDER_HERE = Translation(
    "The export was refused: {reason} This machine can make the video instead, from the files that "
    "you uploaded; it costs nothing.",
    "导出被拒绝：{reason} 可以改用这台电脑上的原始文件在本地免费生成视频。",
)
AWAY_RENDER_HERE = Translation(
    "The backend cannot be reached, so the export waits. This machine can make the video instead, "
    "from the files that you uploaded; it costs nothing.",
    "现在连不上后端，导出在等待。可以改用这台电脑上的原始文件在本地免费生成视频。",
)
NOT_IN_THE_VIDEO = Translation(
    "This machine cannot rebuild all of it. Not in the video:",
    "这台电脑无法重建全部内容。视频里不会有：",
)
MORE_NAMES = Translation(" and {rest} more", " 等 {total} 个")
AND_MORE = Translation("and {count} more", "另外还有 {count} 个")
EXPORTED_BEFORE = Translation(
    "This very version was exported before: {path}", "这个版本之前已经导出过：{path}"
)
EXPORTED_NOW = Translation(
    "This very version is being exported already; it will be there twice.",
    "这个版本已经在导出中；完成后会有两份。",
)
_NOT_HERE = Translation("“{offer}” is not done here.", "“{offer}”不能在此执行。")
_NONE_FAILED = Translation("There is no export any more that failed.", "已经没有失败的导出。")
_NONE_REFUSED = Translation(
    "There is no export any more that waits or was refused.", "已经没有等待中或被拒绝的导出。"
)
NOT_EXPORTED = Translation("{name} was not exported.", "{name} 未能导出。")
RENDERING_HERE = Translation(
    "Rendering “{title}” on this machine; the exports screen ({app.renders}) shows how far it is.",
    "正在这台电脑上生成“{title}”，进度见导出页（{app.renders}）。",
)

_URL = re.compile(r"https?://[^\s<>\"']+")
_SENTENCE_ENDS = ".!?…。！？"
_SHOWN_NAMES = 5
_SHOWN_PARTS = 8


class Commands:
    """Does what is asked of vbtui itself, in the language of the message."""

    def __init__(
        self,
        context: Context,
        sessions: Sessions,
        conversation: Conversation,
        drafts: Drafts,
        library: Library,
        exports: Exports,
    ) -> None:
        self._context, self._sessions = context, sessions
        self._conversation, self._drafts = conversation, drafts
        self._library, self._exports = library, exports
        self._operations: Sequence[Operation] = ()
        self._ended: asyncio.Queue[Render] = asyncio.Queue()
        context.bus.on(RenderEnded, lambda event: self._ended.put_nowait(event.render))

    async def run(self) -> None:
        """Carries the conversation on, until cancelled. Raises `DiskProblem` from the journal."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._conversation.run(self.answer), name="conversation")
            while True:
                render = await self._ended.get()
                with suppress(VbtuiError):
                    await self._say_ended(render)

    # -- messages -----------------------------------------------------------------------------

    async def answer(self, turn: Turn) -> Turn:
        """Do what a turn asks; the turn with what was done. Raises what the services raise."""
        route, chinese = intents.route(turn.text), is_chinese(turn.text)
        if route.command and turn.route != "plan":
            return replace(turn, reply=await self._command(route, turn, chinese))
        match turn.route:
            case "export":
                return replace(turn, reply=await self._export(route, chinese))
            case "credits":
                reply = await self._credits(chinese)
                is_anonymous = self._context.overview.is_anonymous
                return replace(turn, reply=reply, offers=(Offer.CLAIM,) if is_anonymous else ())
            case "upload":
                return replace(turn, reply=await self._upload(route, chinese))
            case "plan":
                return replace(turn, reply=await self._plan(turn, chinese))
            case "version":
                return await self._go_back(int(route.argument or 0), turn, chinese)
            case _:
                return replace(turn, reply=await self._status(turn, chinese))

    async def operations(self) -> Sequence[Operation]:
        """What the local studio can be asked for; nothing in the cloud, and while it cannot be reached."""
        if not self._operations and self._context.is_local:
            with suppress(VbtuiError):
                self._operations = await self._context.client.operations()
        return self._operations

    async def suggestions(self) -> Sequence[str]:
        """What can be said of the open project as it is: the local studio has tried it. None in the cloud, and
        while it cannot be reached."""
        if self._context.is_local:
            with suppress(VbtuiError):
                return await self._context.client.suggestions(self._context.session.id, language())
        return ()

    # -- projects -----------------------------------------------------------------------------

    async def new_project(self, name: str = "") -> None:
        """Begin a project and show it. A folder that is watched is this one's from now on: what lies there is
        taken. Raises what `Client.create_session` raises."""
        watched = self._library.watched
        await self._sessions.new(name)
        if watched is not None:
            await self._library.watch(watched)

    async def sample(self) -> str:
        """Begin a project with footage that the local studio draws; the sentence that makes a video of it.

        Raises what `sample_files` and `Library.add` raise.
        """
        chinese = language() == "zh"
        paths = await self.sample_files()
        await self._sessions.new(await self._sessions.free_name(SAMPLE_NAME.of(chinese)))
        await self._library.arrived(await self._library.add(paths))
        sentence = SAMPLE_SENTENCE.of(chinese)
        await self._conversation.note(SAMPLE_THERE.of(chinese))
        return sentence

    async def sample_files(self) -> Sequence[Path]:
        """The footage itself. Raises `StudioProblem` where there is no local studio, and what `Client.sample` raises."""
        if not self._context.is_local:
            raise StudioProblem(code="studio.no_sample")
        return await self._context.client.sample()

    async def _command(self, route: Route, turn: Turn, chinese: bool) -> str:
        if route.command == "check":
            return await self._check(route.options["preset"].split(","), chinese)
        if route.command == "help":
            return await self._help(self._speaks_chinese(turn))
        if route.command in ("watch", "new", "sessions", "claim", "demo"):
            return COMMAND_ELSEWHERE.of(chinese, name="/" + route.command)
        return UNKNOWN_COMMAND.of(chinese, name="/" + _short(route.command))

    async def _help(self, chinese: bool) -> str:
        """The commands, and what can be said, by operation."""
        told = HELP_TEXT.of(chinese, example=CONCRETE.of(chinese))
        operations = await self.operations()
        built = [_operation_row(one, chinese) for one in operations if one.is_built]
        if not built:
            return told
        parts = [told, "\n".join([SAYABLE.of(chinese), "", "| | |", "|---|---|", *built])]
        missing = [
            one.chinese if chinese else one.english for one in operations if not one.is_built
        ]
        if missing:
            parts.append(NOT_BUILT.of(chinese, names=("；" if chinese else "; ").join(missing)))
        return "\n\n".join(parts)

    def _speaks_chinese(self, turn: Turn) -> bool:
        """A command has no language: that of the last words before it, else of the locale."""
        before = [one.text for one in self._conversation.turns if one.id < turn.id]
        said = [text for text in before if text and not text.startswith("/")]
        return is_told_in_chinese(said[-1] if said else "")

    async def _export(self, route: Route, chinese: bool) -> str:
        """Start an export with the options that were said, one for each format."""
        wanted = route.options.get("format", USUAL).split(",")
        unknown = [name.upper() for name in wanted if name not in FORMATS]
        if unknown:
            return NO_FORMAT.of(chinese, format=", ".join(unknown), known=", ".join(FORMATS))
        if "png" in wanted and "at_ms" not in route.options:
            return WHICH_MOMENT.of(chinese)
        base = _export_options(route, self._context.settings.exports.quality)
        in_formats = [_in_format(base, name, is_one=len(wanted) == 1) for name in wanted]
        names = list(filter(None, route.options.get("preset", "").split(",")))
        every = [one for base in in_formats for one in self._exports.options_of_all(names, base)]
        if said := route.options.get("quality"):
            every = [replace(one, quality=said) for one in every]
        if len(every) > 1:
            there = [one for one in every if one.format == USUAL or self._context.is_local]
            await self._exports.check(there)
        return "\n\n".join([await self._export_in(options, chinese) for options in every])

    async def _export_in(self, options: ExportOptions, chinese: bool) -> str:
        said: list[str] = []
        if options.format == USUAL or self._context.is_local:
            render = await self._exports.start(options)
            if Offer.RENDER_HERE in self._exports.offers(render):
                await self._offer_here(render, AWAY_RENDER_HERE)
        else:
            await self._drafts.newest()
            plan = await self._exports.plan_here()
            if plan.missing and not FORMATS[options.format].is_words:
                parts = "; ".join(map(clean_line, plan.missing[:_SHOWN_PARTS]))
                return NOT_MADE_HERE.of(chinese, parts=inert(parts), format=options.format)
            render = await self._exports.start_here(plan, options)
            said.append(MADE_HERE.of(chinese))
        expectation = self._expectation(render, chinese)
        quality = QUALITY.get(render.options.quality, QUALITY["high"]).of(chinese)
        label = FORMATS[options.format].label.of(chinese)
        if options.format == USUAL:
            started = EXPORT_STARTED.of(chinese, quality=quality, expectation=expectation)
        else:
            started = EXPORT_STARTED_AS.of(chinese, format=label, expectation=expectation)
        said.append(started)
        draft = await self._drafts.find(render.draft_version, session_id=render.session_id)
        if draft is not None and draft.timeline is not None:
            verdict = judge(render.options, draft.timeline, chinese=chinese)
            said += [inert(verdict.told)] if verdict is not None else []
        if again := await asyncio.to_thread(self._exports.same_before, render):
            said.append(inert(exported_before(again, chinese)))
        return "\n\n".join(said)

    async def _check(self, names: Sequence[str], chinese: bool) -> str:
        """Whether the timeline is fit for these platforms; its loudness is measured on a finished video."""
        draft = await self._drafts.newest()
        if draft is None or draft.timeline is None or not draft.timeline.can_export:
            raise VbtuiError(code="nothing_to_export")
        every = (judge(options_for(name), draft.timeline, chinese=chinese) for name in names)
        told = [inert(one.told) for one in every if one is not None]
        return "\n\n".join([*told, LOUDNESS_LATER.of(chinese)])

    def _expectation(self, render: Render, chinese: bool) -> str:
        """How long it will take: what was promised, until own history knows better."""
        left = self._exports.known_left(render)
        if left is None:
            return EXPECTATION.of(chinese)
        return ESTIMATE.of(chinese, time=format_left(left, chinese))

    async def _credits(self, chinese: bool) -> str:
        if self._context.is_local:
            return CREDITS_NONE.of(chinese)
        return _balance(await self._context.refresh_credits(), chinese)

    async def plan(self, say: Sequence[Sequence[str]], after: Sequence[str] = ()) -> Plans:
        """What each of these turns, or rows of turns, would do to the open session, and nothing is done.

        Raises `StudioProblem` where the backend cannot be asked, and what `Client.plan` raises.
        """
        return await self._context.client.plan(self._context.session.id, say, after)

    async def _plan(self, turn: Turn, chinese: bool) -> str:
        sentence = planning.asked_for(turn.text)
        if not sentence:
            return planning.PLAN_WHAT.of(
                chinese, example="静音片段 2" if chinese else "mute clip 2"
            )
        client = self._context.client
        can = await client.capabilities()
        if not (can and can.get("plan")):
            return planning.NO_PLAN.of(chinese)
        found = await client.plan(turn.session_id, [[sentence]])
        return planning.told(found.plans[0], chinese)

    async def _go_back(self, number: int, turn: Turn, chinese: bool) -> Turn:
        """That version of the timeline again: exactly in the local studio; elsewhere it is told what to say."""
        began = self._context.clock.now()
        drafts, session_id = self._drafts, turn.session_id
        newest = await drafts.look(session_id)
        wanted = await drafts.find(number, session_id=session_id)
        if wanted is None or wanted.timeline is None:
            return replace(turn, reply=NO_VERSION.of(chinese, number=number, newest=newest))
        if number == newest:
            return replace(turn, reply=VERSION_NOW.of(chinese, number=number))
        if not self._context.is_local:
            now = await drafts.find(newest, session_id=session_id)
            sentence = await asyncio.to_thread(_inverse, wanted, now)
            return replace(turn, reply=VERSION_ASKED.of(chinese, sentence=sentence))
        await self._context.client.restore(session_id, wanted.draft)
        await drafts.look(session_id, turn.id)
        difference = await drafts.since(session_id, newest)
        seconds = self._context.clock.now() - began
        return replace(
            turn,
            reply=VERSION_BACK.of(chinese, number=number),
            receipt=receipt(reply="", difference=difference, unseen="", seconds=seconds),
        )

    async def _upload(self, route: Route, chinese: bool) -> str:
        assets = await self._add(route.argument) if route.argument else ()
        known = [asset.name for asset in assets if asset.state is AssetState.DONE]
        names = [asset.name for asset in assets if asset.state is not AssetState.DONE]
        parts = [UPLOADING.of(chinese, names=_names(names, chinese))] if names else []
        parts += [UPLOADED_BEFORE.of(chinese, names=_names(known, chinese))] if known else []
        parts = parts or [UPLOAD_HOW.of(chinese)]
        if route.rest:
            parts.append(UPLOAD_NEXT.of(chinese, rest=route.rest))
        return "\n\n".join(parts)

    async def _add(self, text: str) -> Sequence[Asset]:
        """Upload what a text consists of, else the addresses that it mentions."""
        added = await self._library.add_text(text)
        if added:
            return added
        return [await self._library.add_url(url.rstrip(".,;)")) for url in _URL.findall(text)]

    async def _status(self, turn: Turn, chinese: bool) -> str:
        running = self._conversation.current
        if running is None or running.id == turn.id:
            running = None
            with suppress(VbtuiError):
                await self._drafts.reconcile()
        lines = self._timeline_lines(chinese)
        names = [asset.name for asset in self._library.assets if asset.state == "done"]
        if names:
            lines.append(MEDIA.of(chinese, count=len(names), names=_names(names, chinese)))
        else:
            lines.append(MEDIA_NONE.of(chinese))
        if running is not None:
            elapsed = self._context.clock.now() - (running.sent_at or running.created_at)
            lines.append(
                AT_WORK.of(
                    chinese, text=_short(running.text), elapsed=format_seconds(elapsed, chinese)
                )
            )
        renders = [one for one in self._exports.renders if one.session_id == turn.session_id]
        lines += _render_lines(renders, chinese)
        return "\n\n".join(lines)

    def _timeline_lines(self, chinese: bool) -> list[str]:
        """What is on the timeline; where that could not be read, why, and what was there before."""
        current, unread = self._drafts.current, self._drafts.unread
        if unread is None:
            return [summary(current.timeline if current else None, chinese)]
        said = unread.error()
        lines = [TIMELINE_UNREAD.of(chinese, reason=Problem.of(said, chinese=chinese).message)]
        if current is not None:
            seen = summary(current.timeline, chinese)
            lines.append(TIMELINE_BEFORE.of(chinese, summary=seen))
        return lines

    # -- offers -------------------------------------------------------------------------------

    async def take(self, turn_id: int, offer: str) -> None:
        """Do what a turn of the open session offers.

        Raises `UsageError` for what it does not offer (any more), and what the services raise.
        """
        turn = self._conversation.offering(turn_id, offer)
        match offer:
            case Offer.WATCH:
                await self._conversation.watch(turn)
            case Offer.SEND_AGAIN:
                await self._conversation.send_again(turn)
            case Offer.DROP:
                await self._conversation.drop(turn)
            case Offer.EXPORT:
                await self._conversation.withdraw(turn_id, offer)
                asked = _export_said(intents.route(turn.text), is_chinese(turn.text))
                await self._conversation.say(asked, route="export")
            case Offer.UPLOAD_AGAIN:
                await self._conversation.withdraw(turn_id, offer)
                await self._library.upload_again()
            case Offer.RETRY:
                await self._exports.retry(self._newest_failed(turn.session_id).id)
                await self._conversation.withdraw(turn_id, offer)
            case Offer.RENDER_HERE | Offer.RENDER_HERE_ANYWAY:
                await self._render_here(is_named=offer == Offer.RENDER_HERE_ANYWAY)
                await self._conversation.withdraw(turn_id, offer)
            case _:
                raise UsageError(_NOT_HERE.of(offer=offer))

    # -- exports that have ended ----------------------------------------------------------------

    async def _say_ended(self, render: Render) -> None:
        """An export is over: what it made, or why not, and what can be done."""
        if Offer.RENDER_HERE in self._exports.offers(render):
            await self._say_refused(render)
        elif render.state is RenderState.FAILED:
            name = render.options.destination.name if render.options.destination else render.title
            await self._conversation.note(
                NOT_EXPORTED.of(self._is_chinese(), name=inert(clean_line(name))),
                offers=(Offer.RETRY,),
                problem=render.problem,
                session_id=render.session_id,
            )
        elif render.path is not None:
            doubt = render.problem
            is_wrong = doubt is not None and doubt.code != REMARK
            slip = Receipt(
                video=await self._video(render, render.path),
                undone=(doubt.message,) if doubt is not None and is_wrong else (),
                seconds=(render.ended_at or 0) - (render.submitted_at or render.ended_at or 0),
                chinese=self._is_chinese(),
            )
            said = inert(doubt.message) if doubt is not None and not is_wrong else ""
            await self._conversation.note(said, receipt=slip, session_id=render.session_id)

    async def _video(self, render: Render, path: Path) -> FinishedVideo:
        draft = await self._drafts.find(render.draft_version, session_id=render.session_id)
        line = draft.timeline if draft is not None else None

        def look() -> FinishedVideo:
            video = FinishedVideo(
                str(path), length_ms=line.duration_ms if line else 0, copied=render.copied
            )
            try:
                length_s, sides = mp4.duration_s(path), mp4.picture_size(path) or (0, 0)
                video = replace(video, size=path.stat().st_size, width=sides[0], height=sides[1])
            except OSError:
                return video
            return replace(video, length_ms=round(length_s * 1000)) if length_s else video

        return await asyncio.to_thread(look)

    # -- what this machine makes in the backend's place -----------------------------------------

    async def _say_refused(self, render: Render) -> None:
        """An export of the open project was refused: say what can be done, where it can."""
        reason = render.problem.message.rstrip() if render.problem else ""
        if reason and reason[-1] not in _SENTENCE_ENDS:  # the backend's own words
            reason += "。" if self._is_chinese() else "."
        await self._offer_here(render, REFUSED_RENDER_HERE, reason=reason)

    async def _offer_here(self, render: Render, said: Translation, **values: str) -> None:
        session = self._context.overview.session
        if session is None or session.id != render.session_id:
            return
        with suppress(StudioMissing):
            require_studio()
            await self._conversation.note(
                said.of(self._is_chinese(), **values), offers=(Offer.RENDER_HERE,)
            )

    async def _render_here(self, *, is_named: bool) -> None:
        """Make the newest export of the open project here that the backend does not make; what is
        missing is named first, unless that was done already. Raises as `Exports.plan_here` and
        `start_here` do."""
        chinese, render = self._is_chinese(), self._newest_not_made()
        plan = await self._exports.plan_here(render.session_id, render.draft_version)
        if plan.missing and not is_named:
            offers = (Offer.RENDER_HERE_ANYWAY,) if plan.can_start else ()
            await self._conversation.note(_missing(plan, chinese), offers=offers)
            return
        options = replace(render.options, here="")
        started = await self._exports.start_here(plan, options, instead_of=render.id)
        await self._conversation.note(RENDERING_HERE.of(chinese, title=started.title))

    def _newest_failed(self, session_id: str) -> Render:
        for render in reversed(self._exports.renders):
            if render.session_id == session_id and render.state is RenderState.FAILED:
                return render
        raise UsageError(_NONE_FAILED)

    def _newest_not_made(self) -> Render:
        session = self._context.session
        for render in reversed(self._exports.renders):
            if render.session_id == session.id and Offer.RENDER_HERE in self._exports.offers(
                render
            ):
                return render
        raise UsageError(_NONE_REFUSED)

    def _is_chinese(self) -> bool:
        """Whether the conversation is."""
        said = [turn.text for turn in self._conversation.turns if turn.text]
        return is_told_in_chinese(said[-1] if said else "")


def exported_before(render: Render, chinese: bool) -> str:
    """That this version was exported already, or is being exported."""
    if render.path is not None and render.state is RenderState.DONE:
        return EXPORTED_BEFORE.of(chinese, path=clean_line(str(render.path)))
    return EXPORTED_NOW.of(chinese)


def _export_options(route: Route, default_quality: str) -> ExportOptions:
    """What was said about the export; the rest from the configuration."""
    destination = route.options.get("destination", "")
    return ExportOptions(
        quality=route.options.get("quality", default_quality),
        destination=Path(destination).expanduser() if destination else None,
        at_ms=int(route.options.get("at_ms", 0)),
    )


def _in_format(base: ExportOptions, format: str, *, is_one: bool) -> ExportOptions:
    """The options for one of several formats, each with a file of its own."""
    wanted = base.destination
    if wanted is not None and not is_one:
        wanted = wanted.with_name(f"{wanted.stem} {format}{FORMATS[format].suffix}")
    return replace(base, format=format, destination=wanted)


def _export_said(route: Route, chinese: bool) -> str:
    """The words that ask for the export that a message asked for besides."""
    options = route.options
    moment = time_code(int(options["at_ms"])) if "at_ms" in options else ""
    named = (options.get(name, "").replace(",", " ") for name in ("preset", "quality", "format"))
    said = " ".join(filter(None, (*named, moment)))
    return "导出" if chinese and not said else f"/export {said}".rstrip()


def _operation_row(operation: Operation, chinese: bool) -> str:
    """`| sets how fast clips play | speed up clip 1 to 2x · make it 20% faster |`"""
    examples = [one for one in operation.examples if is_chinese(one) == chinese]
    told = operation.chinese if chinese else operation.english
    return f"| {told} | {' · '.join(examples or operation.examples)} |"


def _balance(credits: CreditBalance | None, chinese: bool) -> str:
    if credits is None:
        return CREDITS_UNKNOWN.of(chinese)
    if credits.frozen:
        return CREDITS_FROZEN.of(
            chinese,
            available=f"{credits.available:g}",
            frozen=f"{credits.frozen:g}",
            total=f"{credits.total:g}",
        )
    return CREDITS.of(chinese, available=f"{credits.available:g}")


def _render_lines(renders: Sequence[Render], chinese: bool) -> list[str]:
    """The exports under way and the last one that ended."""
    ended = [render for render in renders if render.state.is_over][-1:]
    shown = [*ended, *(render for render in renders if not render.state.is_over)]
    return [_render_line(render, chinese) for render in shown[-_SHOWN_NAMES:]]


def _render_line(render: Render, chinese: bool) -> str:
    title = render.title or render.id
    if render.state is RenderState.DONE and render.path is not None:
        return RENDER_DONE.of(chinese, title=title, path=render.path)
    state = notify.STATES[render.state].of(chinese)
    return RENDER_NOW.of(chinese, title=title, state=state, progress=f"{render.progress:.0f}")


def _names(names: Sequence[str], chinese: bool) -> str:
    shown = ", ".join(_short(name) for name in names[:_SHOWN_NAMES])
    rest = len(names) - _SHOWN_NAMES
    if rest > 0:
        shown += MORE_NAMES.of(chinese, rest=rest, total=len(names))
    return shown


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _missing(plan: HerePlan, chinese: bool) -> str:
    shown = [f"- {part}" for part in plan.missing[:_SHOWN_PARTS]]
    if (rest := len(plan.missing) - _SHOWN_PARTS) > 0:
        shown.append(f"- {AND_MORE.of(chinese, count=rest)}")
    return "\n".join([NOT_IN_THE_VIDEO.of(chinese), "", *shown])


def _inverse(wanted: DraftVersion, now: DraftVersion | None) -> str:
    """The sentence that asks for the timeline of `wanted` again. Compares two timelines: not for the event loop."""
    after = now.timeline if now else None
    changes = timeline_changes.compare(wanted.timeline, after)
    return timeline_changes.inverse(changes, wanted.timeline, after)
