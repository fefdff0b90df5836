"""`? mute clip 2`: what a sentence would do, told in words; nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vbtui.base.text import clean_line
from vbtui.base.translation import Translation
from vbtui.conversation.receipts import DETAILS_CHANGED, inert
from vbtui.timeline.digest import digest

if TYPE_CHECKING:
    from vbtui.wire.extras import Plan

MARKS = ("?", "？")
"""A message that begins with one is not said to the agent."""
NO_PLAN = Translation(
    "This agent cannot be asked what it would do: whatever it is told it does. "
    "The local studio can be asked: vbtui --local.",
    "无法预先询问这个智能体：说了什么它就会做什么。本地工作室可以：vbtui --local。",
)
PLAN_WHAT = Translation(
    "Write a sentence after the question mark: `? {example}` shows what it would do, and does nothing.",
    "请在问号后写一句话：`? {example}` 只显示会做什么，不会执行。",
)
_PLAN = Translation("Plan: {operations}", "方案：{operations}")
_CHANGES = Translation("Nothing has been done. This would change:", "尚未执行任何操作。将会改动：")
_UNCHANGED = Translation(
    "Nothing has been done, and nothing would change.", "尚未执行任何操作，也不会有任何改动。"
)
_SAYS = Translation("The answer would be:", "回答会是：")


def asked_for(text: str) -> str | None:
    """The sentence that is to be planned; None where the message is to be done. It may be empty."""
    text = text.strip()
    return text[1:].strip() if text.startswith(MARKS) else None


def told(plan: Plan, chinese: bool) -> str:
    """The plan as Markdown: operations, what they would change, and what would be said."""
    paragraphs = []
    if plan.operations:
        operations = "; ".join(inert(operation(one)) for one in plan.operations)
        paragraphs.append(_PLAN.of(chinese, operations=operations))
    if plan.is_changed:
        changes = "\n".join(f"- {inert(line)}" for line in digest(plan.changes, chinese))
        paragraphs += [_CHANGES.of(chinese), changes or DETAILS_CHANGED.of(chinese)]
    else:
        paragraphs.append(_UNCHANGED.of(chinese))
    if plan.reply:
        quoted = "\n".join(f"> {line}".rstrip() for line in plan.reply.splitlines())
        paragraphs += [_SAYS.of(chinese), quoted]
    return "\n\n".join(paragraphs)


def operation(one: Mapping[str, Any]) -> str:
    """`mute (clips 2, volume 0)`: its name, and its slots in their order."""
    slots = [_slot(key, value) for key, value in one.items() if key != "op" and value is not None]
    name = clean_line(str(one.get("op", "")))
    return f"{name} ({', '.join(slots)})" if slots else name


def _slot(key: str, value: object) -> str:
    name = clean_line(key)
    if name.endswith("_ms"):
        name = name.removesuffix("_ms")
        if isinstance(value, int | float):
            return f"{name} {value / 1000:g} s"
    return f"{name} {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return " ".join(_value(one) for one in value)
    if isinstance(value, dict):
        return " ".join(_slot(key, one) for key, one in value.items())
    return clean_line(str(value))
