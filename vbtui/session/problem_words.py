"""Problems in the language of the message: what vbtui's own errors say, in Chinese.

The errors are made far from any message, in English (`vbtui.base.errors`, `vbtui.wire`); here their
sentences are known by their fixed parts. What is not known stays as it is: the backend's own
words, and names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from vbtui.base.problem import Problem

SENTENCES = {
    # Titles
    "Something went wrong": "出错了",
    "That does not work this way": "不能这样做",
    "This file cannot be used": "文件无法使用",
    "Unsupported file": "不支持的文件",
    "File too large": "文件过大",
    "The backend refused": "后台拒绝了请求",
    "Sign-in refused": "登录被拒绝",
    "Session not found": "找不到项目",
    "No credits left": "积分已用完",
    "Your plan does not include exports": "当前套餐不支持导出",
    "Too many requests": "请求过于频繁",
    "The backend's answer makes no sense": "无法理解后台的回复",
    "Connection problem": "连接问题",
    "The backend cannot be reached": "无法连接后台",
    "The connection broke": "连接中断",
    "No answer in time": "等待回复超时",
    "The export failed": "导出失败",
    "Cannot write to the disk": "无法写入磁盘",
    "The agent failed": "智能体出错了",
    "Nothing to export": "没有可导出的内容",
    # What to do next
    "Accepted: mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac. MP4, MOV, JPG and PNG work best.": (
        "支持：mp4 mov avi webm mkv、jpg png gif webp、mp3 wav m4a aac。推荐 MP4、MOV、JPG 和 PNG。"
    ),
    "Compress it or trim it below 500 MB, then upload it again.": (
        "请压缩或裁剪到 500 MB 以下，再重新上传。"
    ),
    "Check NEMO_TOKEN, or unset it to use a free anonymous token.": (
        "请检查 NEMO_TOKEN，或取消设置以使用免费的匿名令牌。"
    ),
    "Top up credits in your account, or use the local studio: vbtui --local.": (
        "请在账户中充值，或使用本地工作室：vbtui --local。"
    ),
    "Register or upgrade your plan to unlock export.": "注册或升级套餐后即可导出。",
    "Register or upgrade your plan to unlock export: {}": "注册或升级套餐后即可导出：{}",
    "Register to get more credits: {}": "注册即可获得更多积分：{}",
    "Try again; if it stays, the backend may have changed.": (
        "请重试；如果仍然如此，可能是后台有改动。"
    ),
    "Check the network, or work without one: vbtui --local.": (
        "请检查网络，或离线使用：vbtui --local。"
    ),
    "Start it again with ctrl+s.": "按 ctrl+s 重新开始。",
    "Try again in a moment.": "请稍后再试。",
    "Try again in {}.": "请在 {} 后再试。",
    "Try again in a minute.": "请一分钟后再试。",
    "Check HTTPS_PROXY and HTTP_PROXY.": "请检查 HTTPS_PROXY 和 HTTP_PROXY。",
    "Set NEMO_API_URL to the new one.": "请把 NEMO_API_URL 设为新地址。",
    "Check NEMO_API_URL.": "请检查 NEMO_API_URL。",
    "Free some space, then retry the export.": "请先清理磁盘空间，再重试导出。",
    "Choose another folder, or mend its permissions, then retry the export.": (
        "请换一个文件夹，或修正权限后重试导出。"
    ),
    "Free some space or mend the folder's permissions, then start again.": (
        "请清理磁盘空间或修正文件夹权限，然后重新启动。"
    ),
    "It must start with http:// or https://": "地址必须以 http:// 或 https:// 开头。",
    # What happened
    "{} did not answer in time.": "{} 没有及时回复。",
    "The proxy does not connect to {}.": "代理无法连接 {}。",
    "The address of {} cannot be used.": "{} 的地址无法使用。",
    "{} stopped answering.": "{} 停止了回复。",
    "The answer of {} is damaged.": "{} 的回复已损坏。",
    "The connection to {} broke.": "与 {} 的连接中断。",
    "The certificate of {} is not trusted.": "{} 的证书不受信任。",
    "No secure connection to {} can be made.": "无法与 {} 建立安全连接。",
    "The name {} cannot be resolved.": "无法解析域名 {}。",
    "{} refuses connections.": "{} 拒绝连接。",
    "No connection to {} can be made.": "无法连接 {}。",
    "The answer broke off in the middle.": "回复中途断开。",
    "The backend answered the message without saying anything.": "后台的回复是空的。",
    "{} did not begin to answer.": "{} 没有开始回复。",
    "{} did not finish its answer.": "{} 没有完成回复。",
    "{} has moved to another address.": "{} 已迁移到其他地址。",
    "The backend sent a web page where data was expected.": "后台返回了网页，而不是数据。",
    "The backend's answer broke off in the middle.": "后台的回复中途断开。",
    "The backend's answer is not JSON.": "后台的回复不是有效数据。",
    "The backend sent an empty answer.": "后台的回复是空的。",
    "The backend is not connected yet.": "尚未连接后台。",
    "There is no project yet: still connecting.": "还没有项目：正在连接。",
    "The token is not valid or has expired.": "令牌无效或已过期。",
    "There are no credits left for this.": "积分不足。",
    "The backend refuses exports for this account.": "后台不允许此账户导出。",
    "The backend asks to wait.": "后台要求稍等。",
    "The backend has a problem of its own right now.": "后台目前出现了问题。",
    "The backend has a problem of its own right now: {}": "后台目前出现了问题：{}",
    "The backend did not understand the request.": "后台无法理解这个请求。",
    "The backend does not allow this.": "后台不允许这样做。",
    "The backend does not know this address.": "后台没有这个地址。",
    "The backend says that this is under way already.": "后台表示这已在进行中。",
    "The backend did not accept the request.": "后台没有接受这个请求。",
    "The backend refused without a reason.": "后台拒绝了，没有说明原因。",
    "The agent ended with an error.": "智能体因错误结束。",
    "Nothing to export yet: describe an edit first.": "还没有可导出的内容：请先描述一个剪辑。",
    "The disk of {} is full: {} are free.": "{} 所在的磁盘已满：剩余 {}。",
    "{} cannot be written: {}.": "{} 无法写入：{}。",
    "The journal {} cannot be used: {}.": "日志 {} 无法使用：{}。",
    "This is not an address that can be fetched.": "这不是可以获取的网址。",
}
"""English → Chinese; `{}` stands for a name, in the same order."""
_LONGEST_NAME = 300


def problem_in(problem: Problem, chinese: bool) -> Problem:
    """`problem` in that language, as far as its sentences are vbtui's own."""
    if not chinese:
        return problem
    return replace(
        problem,
        title=_chinese(problem.title),
        message=_chinese(problem.message),
        hint=_chinese(problem.hint),
    )


def _chinese(text: str) -> str:
    if text in SENTENCES:
        return SENTENCES[text]
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(text):
            return chinese.format(*match.groups())
    return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those with names in them, the longest fixed text first."""
    named = sorted((one for one in SENTENCES if "{}" in one), key=len, reverse=True)
    name = f"(.{{1,{_LONGEST_NAME}}}?)"
    return tuple(
        (re.compile(name.join(map(re.escape, english.split("{}"))), re.DOTALL), SENTENCES[english])
        for english in named
    )
