"""The first screen: talk to the agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import TextArea

from vbtui.base.errors import UsageError, VbtuiError
from vbtui.base.keys import table
from vbtui.base.problem import Problem
from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.journal.records import FinishedVideo, Offer, Turn, TurnState, asking
from vbtui.language.quotes import is_chinese
from vbtui.session.events import Link
from vbtui.ui.chat.cards import (
    OfflineCard,
    Queue,
    newest_result,
    offering,
    prompt_title,
    why_held,
)
from vbtui.ui.chat.greeting import Files, Greeting
from vbtui.ui.chat.prompt import (
    COMMANDS,
    MOST_PASTED,
    Hints,
    Prompt,
    ThisChip,
    answer_hint,
    command_in,
    commands_hint,
    completions,
    elsewhere_hint,
    files_hint,
    looks_like_command,
    mentioned_files,
    plan_hint,
    upload_hint,
)
from vbtui.ui.chat.transcript import Transcript
from vbtui.ui.kit import words
from vbtui.ui.kit.host import (
    BackendWanted,
    CommandGiven,
    OfferTaken,
    OptionTaken,
    is_url,
)
from vbtui.ui.kit.screen import MainScreen, TooSmall
from vbtui.ui.kit.widgets import Choices

if TYPE_CHECKING:
    from textual.widgets import Markdown

    from vbtui.engine import Engine
    from vbtui.session.events import Event

_T = Translation
_VAGUE = _T(
    "The backend processes faster when you're specific. Instead of “{said}”, try “{example}”.",
    "说得越具体，后台处理得越快。不要说“{said}”，试试“{example}”。",
)
_EDITED = _T("Edit the waiting message", "修改等待中的消息")
_KNOWN = _T("Known: {names}.", "可用：{names}。")
_NO_COMMAND = _T("There is no such command", "没有这个命令")
_SEND_THEN = _T(
    "Press {prompt.send} again when they are there.", "上传完成后再按一次 {prompt.send}。"
)
_UPLOADING = _T("Uploading the files", "正在上传文件")
_TOO_LONG = _T("Too long a paste", "粘贴的内容太长")
_HOW_LONG = _T(
    "{count:,} characters were pasted; at most {most:,} fit into a message. Nothing of it was taken.",
    "粘贴了 {count:,} 个字符，一条消息最多 {most:,} 个。没有采用任何内容。",
)
_AS_FILE = _T("Save it as a file and name that with @.", "请保存为文件，再用 @ 写出它的名称。")
_NO_EARLIER = _T("There is no earlier version to go back to.", "没有可以恢复的更早版本。")


_KEEP_TYPED_S = 0.2


class ChatScreen(MainScreen, tab="chat"):
    """Conversation, waiting messages, prompt."""

    AUTO_FOCUS = "#prompt"
    ABOUT = _T(
        "Say what you want in your own words; the agent edits, you watch and export.",
        "用自己的话说出想要的；智能体剪辑，您查看并导出。",
    )

    def __init__(self) -> None:
        super().__init__()
        self._offered_paths: list[Path] = []
        self._pasted = ""
        self._edited: Turn | None = None
        self._aside = ""
        """What was typed before a waiting message took its place."""
        self._keyed: Choices | None = None
        """What ctrl and a letter take from the empty prompt."""
        self._typed: str | None = None
        """What the journal has of the prompt; None before it was asked."""
        self._is_keeping = False
        self._has_asked_for_examples = False
        self._suggestions: Sequence[str] = ()
        """What the local studio has tried on the files that are there."""
        self._suggested_for: tuple[object, ...] = ()
        """The project and its files that these were asked for."""

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="chat"), Vertical(id="talk"):
            greeting = Greeting()
            greeting.display = self._knows_turns
            yield greeting
            yield Transcript()
            yield OfflineCard()
            yield Queue()
            yield Hints()
            yield ThisChip()
            yield Prompt()

    # -- what the engine says -----------------------------------------------------------------

    async def sync(self) -> None:
        engine = self.engine
        if engine is not None and not self.query("Glance"):
            await self._mount_glance()
            self.host.work(self._take_up_typed, name="what was typed before", group="typed")
        transcript = self.query_one(Transcript)
        await transcript.show(self._turns)
        await transcript.mark(asking(self._turns), newest_result(self._turns))
        self._show_around()
        self._show_folder()
        self.query_one(ThisChip).sync()

    def _show_folder(self) -> None:
        if self.engine is None:
            return
        from vbtui.ui.chat.glance import FolderLine

        for line in self.query(FolderLine):
            line.show()

    async def _mount_glance(self) -> None:
        """The project beside the conversation: it has nothing to show before the engine is there."""
        from vbtui.ui.chat.glance import FolderLine, Glance

        await self.query_one("#chat").mount(Glance())
        await self.query_one("#talk").mount(FolderLine(), after=self.query_one(Transcript))

    async def take(self, events: Sequence[Event]) -> None:
        from vbtui.session.events import (
            AssetChanged,
            AssetRemoved,
            DraftChanged,
            OverviewChanged,
            SessionOpened,
            TurnChanged,
            TurnRemoved,
        )

        engine = self.engine
        if engine is None:
            return
        turns = self._turns
        transcript = self.query_one(Transcript)
        if any(isinstance(event, SessionOpened) for event in events):
            await transcript.show(turns, anew=True)
        else:
            changed = [event.turn for event in events if isinstance(event, TurnChanged)]
            is_new = any(
                not transcript.holds(turn) for turn in changed if turn.state is not TurnState.QUEUED
            )
            if is_new or any(isinstance(event, TurnRemoved) for event in events):
                await transcript.show(turns)
            for turn in changed:
                await transcript.update_turn(turn)
        await transcript.mark(asking(turns), newest_result(turns))
        if any(
            isinstance(event, TurnChanged | TurnRemoved | SessionOpened | OverviewChanged)
            for event in events
        ):
            self._show_around()
        elif any(isinstance(event, AssetChanged | AssetRemoved) for event in events):
            self._show_greeting()
        if any(isinstance(event, AssetChanged | AssetRemoved | SessionOpened) for event in events):
            self._show_folder()
        if any(isinstance(event, DraftChanged | SessionOpened) for event in events):
            self.query_one(ThisChip).sync()

    async def grow(self, turns: Sequence[Turn]) -> None:
        for turn in turns:
            await self.query_one(Transcript).update_turn(turn, has_grown=True)

    async def _learn_examples(self) -> None:
        """What the prompt may suggest: the examples of what the local studio does."""
        engine, prompt = await self.host.opened_engine(), self.query_one(Prompt)
        found = await engine.commands.operations()
        prompt.examples = [text for one in found if one.is_built for text in one.examples]

    @property
    def _turns(self) -> Sequence[Turn]:
        return self.engine.conversation.turns if self.engine else ()

    def _files_in(self, text: str) -> list[Path]:
        """The files whose paths `text` is."""
        return self.engine.library.accepts_text(text) if self.engine else []

    def _show_around(self) -> None:
        """Greeting or transcript, card, queue, history."""
        overview, turns = self.host.overview, self._turns
        is_empty = all(turn.state is TurnState.QUEUED for turn in turns)
        self.query_one(Greeting).display = is_empty and self._knows_turns
        self._show_greeting()
        self.query_one(Transcript).display = not is_empty
        self.query_one(OfflineCard).show(overview, is_local=self.host.is_local)
        if self.host.is_local and overview.link is Link.READY and not self._has_asked_for_examples:
            self._has_asked_for_examples = True
            self.host.work(self._learn_examples, name="what can be said", group="examples")
        queued = [turn for turn in turns if turn.state is TurnState.QUEUED]
        prompt = self.query_one(Prompt)
        prompt.earlier = [turn.text for turn in turns if turn.text and turn.route != "note"]
        why = why_held(self.engine.conversation) if self.engine and queued else ""
        prompt.is_blocked = bool(why)
        queue = self.query_one(Queue)
        had_focus = queue.has_focus
        queue.show(queued, why)
        if had_focus and not queue.display:
            prompt.focus()
        self._show_title()
        self._mark_offers()
        self.refresh_bindings()

    @property
    def _knows_turns(self) -> bool:
        """Whether it is known what was said before: nothing was where vbtui never ran."""
        engine, host = self.engine, self.host
        is_open = engine is not None and engine.is_open
        return is_open or host.start_problem is not None or not self._has_journal

    @cached_property
    def _has_journal(self) -> bool:
        return self.host.settings.directories.journal.exists()

    def _show_greeting(self) -> None:
        """What to do first, as long as nothing was said."""
        greeting, engine, is_local = self.query_one(Greeting), self.engine, self.host.is_local
        if not greeting.display:
            self.query_one(Prompt).suggest((), is_local=is_local, files=1)
            return
        assets = engine.library.assets if engine else ()
        watched = engine.library.watched_here if engine else None
        files = Files.of(assets, watched)
        session = self.host.overview.session
        wanted = (session and session.id, *(one.id for one in assets if one.done_at))
        is_reached = is_local and self.host.overview.link is Link.READY
        if wanted != self._suggested_for and is_reached:
            self._suggestions, self._suggested_for = (), wanted
            if files.pictures:
                self.host.work(self._learn_suggestions, name="suggestions", group="suggestions")
        greeting.show(self.host.overview, files, self._suggestions, is_local=is_local)
        self.query_one(Prompt).suggest(self._suggestions, is_local=is_local, files=files.pictures)

    async def _learn_suggestions(self) -> None:
        engine = await self.host.opened_engine()
        self._suggestions = await engine.commands.suggestions()
        if self.is_mounted:
            self._show_greeting()

    def _show_title(self) -> None:
        prompt = self.query_one(Prompt)
        prompt.border_title = (
            _EDITED.of()
            if self._edited is not None
            else prompt_title(self.host.overview, self._turns, is_blocked=prompt.is_blocked)
        )

    def _offered(self) -> Choices | None:
        """What can be chosen by a key: on the card that nothing works without, else below a turn."""
        card = self.query_one(OfflineCard)
        if card.display:
            return card.choices
        turn = offering(self._turns)
        if turn is None:
            return None
        view = self.query_one(Transcript).view_of(turn)
        return view.offers if view else None

    def _mark_offers(self) -> None:
        """Show at the offers, and tell the prompt, which keys take them right now."""
        offered, prompt = self._offered(), self.query_one(Prompt)
        if self._keyed is not None and self._keyed is not offered:
            self._keyed.by_ctrl = False
        self._keyed = offered
        prompt.offers = offered.letters if offered else frozenset()
        if offered is not None:
            offered.by_ctrl = prompt.has_focus and not prompt.text

    def tick(self) -> None:
        self.query_one(Transcript).tick()

    # -- the prompt ---------------------------------------------------------------------------

    async def _take_up_typed(self) -> None:
        """What was typed when the last vbtui ended, unless something is typed already."""
        engine, prompt = await self.host.opened_engine(), self.query_one(Prompt)
        self._typed = await engine.conversation.typed()
        if self._typed and not prompt.text:
            prompt.fill(self._typed)
        self._keep_typed()

    def _keep_typed(self) -> None:
        """Have the journal know what is typed, now and, while more comes, in short intervals; what was sent
        leaves it when the message is there."""
        engine, text = self.engine, self._unsent
        if engine is None or self._is_keeping or text == self._typed or self._typed is None:
            return
        if self.query_one(Prompt).handed_over:
            return
        self._typed, self._is_keeping = text, True
        keep = partial(engine.conversation.keep_typed, text)
        self.host.work(keep, name="keep what is typed", group="typed", exclusive=False)
        self.set_timer(_KEEP_TYPED_S, self._keep_more)

    @property
    def _unsent(self) -> str:
        text = self.query_one(Prompt).text
        if self._edited is not None and text == self._edited.text:
            text = ""
        return "\n".join(filter(None, (self._aside, text)))

    def _keep_more(self) -> None:
        self._is_keeping = False
        self._keep_typed()

    @on(TextArea.Changed, "#prompt")
    def _text_changed(self, event: TextArea.Changed) -> None:
        self._keep_typed()
        self._refresh_offers()
        if not self._offered_paths:
            known = commands_hint(completions(event.text_area.text))
            before = self.query_one(Prompt).before_cursor
            _, meant = self._answer_in(event.text_area.text)
            answers = answer_hint(meant) if meant else None
            planned = plan_hint(event.text_area.text) if self.host.is_local else None
            self.query_one(Hints).show(
                answers or known or files_hint(before, Path.cwd()) or planned
            )

    def on_descendant_focus(self) -> None:
        self._refresh_offers()

    def watch_focused(self, focused: Widget | None) -> None:
        """Where a list that had the focus is gone, the prompt has it; in a window that is too small nothing has."""
        if focused is None and self.is_mounted and self.app.app_focus and not self.query(TooSmall):
            self.query_one(Prompt).focus()

    def _refresh_offers(self) -> None:
        """The keys of the offers work, and are shown, only while the prompt is empty."""
        prompt = self.query_one(Prompt)
        by_ctrl = prompt.has_focus and not prompt.text
        if self._keyed is not None and self._keyed.by_ctrl is not by_ctrl:
            self._keyed.by_ctrl = by_ctrl
            self.refresh_bindings()

    def on_mount(self) -> None:
        self.query_one(Prompt).takes_paste = self._takes_paste

    def _takes_paste(self, text: str) -> bool:
        """Offer to upload what was pasted; False when it is not the paths of files."""
        paths = self._files_in(text)
        if paths:
            self._offer(paths, text)
        elif self.engine and (command := self.engine.library.scp_hint(text)):
            self.query_one(Hints).show(elsewhere_hint(command))
        return bool(paths)

    def _offer(self, paths: list[Path], text: str) -> None:
        self._offered_paths, self._pasted = paths, text
        self.query_one(Hints).show(upload_hint(paths))
        self.refresh_bindings()

    def _withdraw_offer(self) -> None:
        self._offered_paths, self._pasted = [], ""
        self.query_one(Hints).show(None)
        self.refresh_bindings()

    def on_prompt_sent(self, event: Prompt.Sent) -> None:
        if self._offered_paths:
            self.host.upload(self._offered_paths)
            self._withdraw_offer()
            self.give_back(event.text)
        elif self._edited is not None:
            self._finish_edit(event.text)
        elif event.text:
            self._send(event.text)
        elif self._finished() is not None and self.query_one(Prompt).handed_over == 1:
            newest = newest_result(self._turns)
            assert newest is not None
            self._open_video(newest)
        self._is_dealt_with()

    def _is_dealt_with(self) -> None:
        """A text that was handed over is kept, or in the prompt again."""
        self.query_one(Prompt).handed_over -= 1
        self._keep_typed()

    def give_back(self, text: str) -> None:
        """Put a text that was not sent back into the prompt, before what was typed since."""
        prompt = self.query_one(Prompt)
        if text:
            prompt.fill(f"{text} {prompt.text}" if prompt.text else text)

    def _answer_in(self, text: str) -> tuple[Turn | None, str]:
        """The turn in which the agent asks something, and the answer that `text` means by numbers."""
        asks = asking(self._turns)
        if asks is None or asks.question is None or self._edited is not None:
            return None, ""
        from vbtui.conversation.question import meant_by

        return asks, meant_by(asks.question, text)

    def on_option_taken(self, event: OptionTaken) -> None:
        """One option is the answer, or one of the numbers that make it."""
        event.stop()
        question, prompt = event.turn.question, self.query_one(Prompt)
        if question is not None and question.is_one_choice:
            self._answer(event.turn, question.options[event.number - 1], "")
        else:
            prompt.fill(f"{prompt.text} {event.number}".strip())
        prompt.focus()

    def _answer(self, turn: Turn, answer: str, typed: str) -> None:
        """Say what was asked for, once; where it cannot be said, `typed` is given back."""

        async def say(engine: Engine) -> None:
            try:
                await engine.conversation.answer(turn.id, answer)
            except VbtuiError:
                self.give_back(typed)
                raise

        self.query_one(Transcript).anchor()
        self.host.do("answer", say, is_early=True)

    def _send(self, text: str) -> None:
        from vbtui.conversation.plan import asked_for

        if asked_for(text) is not None:  # nothing is done, so nothing is uploaded either
            self.query_one(Transcript).anchor()
            self._say(self.query_one(ThisChip).spelled_out(text))
            return
        asks, meant = self._answer_in(text)
        if asks is not None and meant:
            self._answer(asks, meant, text)
            return
        command = command_in(text)
        if command is not None:
            self.post_message(CommandGiven(command[0].name, command[1]))
            return
        if looks_like_command(text):
            names = ", ".join(known.name for known in COMMANDS)
            self.host.say(_KNOWN.of(names=names), title=_NO_COMMAND.of())
            self.give_back(text)
            return
        paths = self._files_in(text)
        if paths:
            self._offer(paths, text)
            return
        mentioned, named = mentioned_files(text, Path.cwd())
        if mentioned:
            self.host.upload(mentioned)
            self.give_back(named)
            self.host.say(_SEND_THEN.of(), title=_UPLOADING.of())
            return
        self.query_one(Transcript).anchor()
        self._say(self.query_one(ThisChip).spelled_out(text))
        self._hint_when_vague(text)

    def _say(self, text: str) -> None:
        """Say it as soon as it can be kept; what cannot be kept is given back."""
        self.query_one(Prompt).handed_over += 1

        async def say() -> None:
            try:
                engine = await self.host.opened_engine()
                left = self._unsent
                await engine.conversation.say(text, left=left)
                self._typed = left
            except (VbtuiError, asyncio.CancelledError):
                if self.is_mounted:
                    self.give_back(text)
                raise
            finally:
                if self.is_mounted:
                    self._is_dealt_with()

        self.host.work(say, name="message", group="say", exclusive=False)

    def _hint_when_vague(self, text: str) -> None:
        """Beside a request that says nothing to hold on to: one that does."""
        from vbtui.commands import CONCRETE
        from vbtui.language import intents

        if intents.is_vague(text):
            said = _VAGUE.of(said=clean_line(text), example=CONCRETE.of())
            self.query_one(Hints).show(Content.styled(said, "$foreground-muted"))

    def on_prompt_left_by_tab(self) -> None:
        greeting = self.query_one(Greeting)
        queue = self.query_one(Queue)
        if self._keyed is not None:
            self._keyed.focus()
        elif greeting.display:
            greeting.query_one(Choices).focus()
        elif queue.messages:
            queue.focus()
        else:
            self.focus_next()

    def on_prompt_offer_wanted(self, event: Prompt.OfferWanted) -> None:
        if self._keyed is not None:
            self._keyed.take(event.letter)

    def on_prompt_paste_refused(self, event: Prompt.PasteRefused) -> None:
        self.host.show_problem(
            Problem(
                _TOO_LONG.of(),
                _HOW_LONG.of(count=event.length, most=MOST_PASTED),
                _AS_FILE.of(),
            )
        )

    def on_prompt_go_on_wanted(self) -> None:
        async def release(engine: Engine) -> None:
            engine.conversation.release()

        self.host.do("go on", release)

    def action_leave(self) -> None:
        """Escape: withdraw what the prompt was doing, or go back to it."""
        prompt = self.query_one(Prompt)
        if self._offered_paths:
            text = self._pasted
            self._withdraw_offer()
            prompt.insert_pasted(text)
        elif self._edited is not None:
            prompt.fill("")
            self._end_edit()
        prompt.focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave":
            return bool(
                self._offered_paths
                or self._edited is not None
                or not isinstance(self.focused, Prompt)
            )
        return True

    def action_page_up(self) -> None:
        self.query_one(Transcript).action_page_up()

    def action_page_down(self) -> None:
        self.query_one(Transcript).action_page_down()

    async def action_oldest(self) -> None:
        await self.query_one(Transcript).show_oldest()

    async def action_newest(self) -> None:
        await self.query_one(Transcript).show_newest()

    async def on_key(self, event: Key) -> None:
        """What is typed goes to the prompt, whatever was clicked; a list that has the focus takes its own keys,
        and a digit is never a command here."""
        prompt = self.query_one(Prompt)
        if not event.is_printable or event.character is None or self.focused is prompt:
            return
        if isinstance(self.focused, Choices | Queue):
            if event.character.isdecimal():
                event.stop()
            return
        event.stop()
        prompt.focus()
        prompt.insert_pasted(event.character)

    def action_history(self) -> None:
        """Find what was said before, in whatever project, and put it into the prompt."""

        async def ask(engine: Engine) -> None:
            from vbtui.ui.dialogs.find import choose_said

            self.app.push_screen(choose_said(await engine.conversation.said()), self._say_again)

        self.host.do("history", ask, is_early=True)

    def _say_again(self, text: str | None) -> None:
        if text:
            self.fill(text)

    def action_find(self) -> None:
        """Find a turn by what was said or answered in it, and show it."""
        from vbtui.ui.dialogs.find import choose_turn

        said = [turn for turn in self._turns if turn.state is not TurnState.QUEUED]
        self.app.push_screen(choose_turn(said[::-1]), self._show_turn)

    async def _show_turn(self, turn: Turn | None) -> None:
        if turn is not None:
            await self.query_one(Transcript).show_turn(turn)

    def action_editor(self) -> None:
        """Work on what is typed in the user's own editor."""
        prompt = self.query_one(Prompt)
        edited = self.host.edit_outside(prompt.text, ".md")
        if edited is not None:
            prompt.fill(edited.rstrip("\n"))
        prompt.focus()

    def action_copy_reply(self) -> None:
        if (video := self._finished()) is not None:
            self.host.copy(video.path, words.PATH)
            return
        reply = next((turn.reply for turn in reversed(self._turns) if turn.reply), "")
        if reply:
            self.host.copy(reply, words.ANSWER)

    # -- greeting, offers, queue --------------------------------------------------------------

    @on(Choices.Chosen, "#greeting Choices")
    async def _example_chosen(self, event: Choices.Chosen) -> None:
        if key := table().get(event.choice.id):
            await self.app.run_action(key.action, self.app)
        else:
            is_watch = event.choice.id == "/watch"
            self.fill("/watch clips" if is_watch else event.choice.id)

    def fill(self, text: str) -> None:
        """Put `text` in place of what is in the prompt, to be worked on."""
        prompt = self.query_one(Prompt)
        prompt.fill(text)
        prompt.focus()

    @on(OfferTaken)
    async def _offer_taken(self, event: OfferTaken) -> None:
        """What the screen itself can do; the app does the rest."""
        self.query_one(Prompt).focus()
        match event.offer:
            case Offer.LOOK:
                event.stop()
                await self.run_action("app.go('timeline')")
            case Offer.EXPORT if Offer.EXPORT not in event.turn.offers:
                event.stop()
                await self.run_action("app.export")
            case Offer.UNDO:
                event.stop()
                self._undo(event.turn)
            case Offer.OPEN:
                event.stop()
                self._open_video(event.turn)
            case Offer.COPY_PATH:
                event.stop()
                self.action_copy_reply()

    def _finished(self) -> FinishedVideo | None:
        """The video that the newest turn made, while no message waits."""
        turns = self._turns
        newest = newest_result(turns)
        waits = any(turn.state is TurnState.QUEUED for turn in turns)
        return newest.receipt.video if newest and newest.receipt and not waits else None

    def _open_video(self, turn: Turn) -> None:
        from vbtui.ui.renders.requests import open_video

        if turn.receipt is not None and turn.receipt.video is not None:
            path = Path(turn.receipt.video.path)
            open_video(self.host, path, path)

    def _undo(self, turn: Turn) -> None:
        """The local studio takes it back; another backend is asked in a sentence, once the user has sent it."""

        async def undo(engine: Engine) -> None:
            if engine.overview.is_local:
                said = "撤销" if is_chinese(turn.text) else "undo"
                await engine.conversation.say(said, route="edit")
            elif sentence := await engine.drafts.taking_back():
                self.fill(sentence)
            else:
                raise UsageError(_NO_EARLIER, hint="")

        self.query_one(Transcript).anchor()
        self.host.do("undo", undo)

    @on(BackendWanted)
    def _card_left(self) -> None:
        """The app does what was chosen."""
        self.query_one(Prompt).focus()

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """A link in an answer is copied, not opened: it is the backend's, not the user's."""
        event.stop()
        if is_url(event.href):
            self.host.copy(event.href, words.LINK)

    def on_queue_asked(self, event: Queue.Asked) -> None:
        message = event.message
        if event.action == "delete" and self._edited and message.id == self._edited.id:
            self._end_edit()
        if event.action == "edit":
            self._edit(message)
        elif event.action == "now":
            self.host.do(
                "send now", lambda engine: engine.conversation.interrupt_and_send(message.id)
            )
        elif event.action == "delete":
            self._delete(message)
        else:
            self.host.do(
                "move",
                lambda engine: engine.conversation.move_queued(message.id, event.by),
                is_early=True,
            )

    def _edit(self, message: Turn) -> None:
        """The prompt holds a waiting message in place of what is typed."""
        if self._edited is None:
            self._aside = self.query_one(Prompt).text
        self._edited = message
        self.fill(message.text)
        self._show_title()

    def _end_edit(self) -> None:
        """The prompt holds none any more, but what was typed before."""
        prompt = self.query_one(Prompt)
        text = " ".join(filter(None, (self._aside, prompt.text)))
        self._edited, self._aside = None, ""
        prompt.fill(text)
        self._show_title()

    def _finish_edit(self, text: str) -> None:
        message = self._edited
        if message is not None and text:
            self._reword(message, text)
        elif message is not None:
            self._delete(message)
        self._end_edit()

    def _reword(self, message: Turn, text: str) -> None:
        """Other words for it, unless it has gone out as it was: then they are given back."""

        async def reword(engine: Engine) -> None:
            try:
                await engine.conversation.edit_queued(message.id, text)
            except VbtuiError:
                self.give_back(text)
                raise

        self.host.do("edit", reword, is_early=True)

    def _delete(self, turn: Turn) -> None:
        self.host.do(
            "delete", lambda engine: engine.conversation.delete_queued(turn.id), is_early=True
        )
