"""What is done past Textual's public face still works: these fail where a new Textual breaks it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.ui.test_process import Terminal, program
from vbtui.ui.chat.answer import GrowingText
from vbtui.ui.kit.widgets import Plain


def test_what_is_no_part_of_a_frame_reaches_the_terminal() -> None:
    say = "app.write_terminal(chr(27) + ']9;ready now' + chr(7))"
    terminal = Terminal(program(f"app.call_later(lambda: {say})"))
    terminal.read_until(b"\x1b]9;ready now\x07")
    terminal.write(b"\x11")
    assert terminal.end() == 0


def test_crash_says_a_sentence_and_keeps_secrets() -> None:
    body = "secret = 'nmv_usr_verysecret'; app.call_later(lambda: 1 / 0)"
    terminal = Terminal(program(body))
    assert terminal.end() == 1
    text = terminal.output.decode(errors="replace")
    assert "an internal error (ZeroDivisionError)" in text
    assert "crash.log" in text
    assert "verysecret" not in text
    assert "Traceback" not in text


async def test_a_turn_that_did_not_change_is_not_laid_out_again() -> None:
    """Its container has another height all the time; Textual would ask for its own again."""

    class Counted(GrowingText):
        asked = 0

        def get_content_height(self, *sizes: object) -> int:
            self.asked += 1
            return super().get_content_height(*sizes)  # type: ignore[arg-type]

    class Turns(App[None]):
        def compose(self) -> ComposeResult:
            with Plain(id="all"):
                with Plain(id="old"):
                    yield Counted()
                yield GrowingText()

        CSS = "Plain, GrowingText { height: auto; layout: vertical; }"

    async with Turns().run_test(size=(40, 10)) as pilot:
        old, new = pilot.app.query_one(Counted), pilot.app.query(GrowingText).last()
        old.show("one\ntwo")
        new.show("three")
        await pilot.pause()
        asked = old.asked
        new.show("three\nfour\nfive")
        await pilot.pause()
        assert new.region.bottom == 5
        assert old.asked == asked
        old.show("one\ntwo\nand one")
        await pilot.pause()
        assert new.region.bottom == 6
