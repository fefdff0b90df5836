"""What users read about errors, by code, in English and in Chinese.

A code is the name of an error, or that name with what happened behind a dot: `unreachable.name` is
an `unreachable`. What an entry does not say, the entry of its error says. `{places}` are filled with
the values that the error was made with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vbtui.base.translation import Translation


@dataclass(frozen=True, slots=True)
class Entry:
    """The texts of one code; None: as those of the error it belongs to."""

    title: Translation | None = None
    """A headline of a few words."""
    message: Translation | None = None
    """What happened, a sentence."""
    hint: Translation | None = None
    """What to do next."""
    headless: Translation | None = None
    """The same for a command without a screen, where the hint speaks of keys and screens."""


def texts(
    code: str, values: Mapping[str, object], *, chinese: bool | None = None
) -> tuple[str, str, str]:
    """Title, message and hint of `code` in that language (None: the process's); "" for what nobody says.

    Args:
        values: what the places are filled with; a `Translation` in that language. `message` and
            `hint` stand in the catalogue's place: a backend's words, what is told in one language.
    """
    values = {
        name: value.of(chinese) if isinstance(value, Translation) else value
        for name, value in values.items()
    }
    own = (values.get("title"), values.get("message"), values.get("hint"))
    entries = [(one.title, one.message, one.hint) for one in _entries(code)]
    said = []
    for place, given in enumerate(own):
        if given is None:
            found = next((entry[place] for entry in entries if entry[place] is not None), None)
            said.append(found.of(chinese, **values) if found is not None else "")
        else:
            said.append(str(given))
    title, message, hint = said
    return title, message, hint


def headless_hint(code: str, values: Mapping[str, object] | None, hint: str) -> str:
    """`hint`, as `texts` made it of `values`; where the catalogue's speaks of keys and screens, what a
    command without a screen says in its place.

    Args:
        values: None where nobody knows what it was made of.
    """
    if values is None or "hint" in values:
        return hint
    told = next((one.headless for one in _entries(code) if one.headless is not None), None)
    return hint if told is None else told.of()


def _entries(code: str) -> Iterator[Entry]:
    """The entry of `code` and that of its error."""
    for name in dict.fromkeys((code, code.partition(".")[0])):
        if name in ENTRIES:
            yield ENTRIES[name]


_T = Translation
_NO_HINT = _T("", "")
_AGAIN_SOON = _T("Try again in a moment.", "请稍后再试。")
_OWN_TOKEN = _T(
    "Set NEMO_TOKEN to a valid token, or unset it to use a free one; then start again.",
    "请把 NEMO_TOKEN 设为有效的令牌，或取消设置以使用免费令牌，然后重新启动。",
)
_FREE_TOKEN = _T(
    "Try it again later, set NEMO_TOKEN to a token of your own, or work without: vbtui --local.",
    "请稍后再试，或把 NEMO_TOKEN 设为您自己的令牌，或离线使用：vbtui --local。",
)
_NOT_TRUSTED = _T(
    "If your network inspects TLS, point SSL_CERT_FILE at its certificate; otherwise do not trust it.",
    "如果网络会检查 TLS，请让 SSL_CERT_FILE 指向其证书；否则请勿信任。",
)
_FREE_SPACE = _T("Free some space, then {then}.", "请先清理磁盘空间，再{then}。")
_MEND_FOLDER = _T(
    "Choose another folder, or mend its permissions, then {then}.",
    "请换一个文件夹，或修正权限，再{then}。",
)
_NOTHING = _T("There is nothing to export yet.", "还没有可导出的内容。")
_DESCRIBE = _T("Describe an edit first.", "请先描述一个剪辑。")

KEYS_ARE_WRITTEN = _T(
    "Keys are written like f8, ctrl+e, alt+x, shift+up, x, X or ?.",
    "按键的写法如 f8、ctrl+e、alt+x、shift+up、x、X 或 ?。",
)
_KNOWN = _T("Known: {known}.", "可用：{known}。")

ENTRIES: dict[str, Entry] = {
    "error": Entry(_T("Something went wrong", "出错了")),
    "internal": Entry(
        _T("Something went wrong inside vbtui", "vbtui 内部出错了"),
        _T("“{where}” ended with an error ({kind}).", "“{where}”因错误结束（{kind}）。"),
        _T("The details are in {place}.", "详情见 {place}。"),
    ),
    "nothing_to_export": Entry(
        _T("Nothing to export", "没有可导出的内容"),
        _T(
            "Nothing to export yet: describe an edit first.",
            "还没有可导出的内容：请先描述一个剪辑。",
        ),
    ),
    "nothing_to_render": Entry(
        _T("Nothing to render", "没有可渲染的内容"),
        _T(
            "Nothing of this timeline can be rendered here.",
            "这条时间线的内容无法在这台电脑上渲染。",
        ),
    ),
    "question": Entry(_T("A question waits", "有问题等待回答")),
    "messages_wait": Entry(
        _T("Messages wait", "有消息在等待"),
        _T(
            "Messages wait in this project until somebody decides ({count}): the one before them did not end well.",
            "这个项目有消息在等待决定（{count} 条）：它们之前的一条没有正常结束。",
        ),
        _T(
            "Open it in vbtui and let them go, or delete them.",
            "请在 vbtui 中打开它，发送或删除这些消息。",
        ),
    ),
    "no_picture": Entry(_T("No picture", "没有画面")),
    "no_desktop": Entry(
        _T("No desktop", "没有桌面"),
        _T("There is no desktop here to open it on: {path}", "这里没有可以打开它的桌面：{path}"),
        _T("Fetch it to your machine: {command}", "取到自己的电脑：{command}"),
    ),
    "no_program": Entry(
        _T("Nothing opens it", "无法打开"),
        _T(
            "This machine has no program to open it: {path}", "这台电脑没有可以打开它的程序：{path}"
        ),
    ),
    "event_command": Entry(
        _T("A command of [events]", "[events] 的命令"),
        _T(
            "The command for “{event}” could not be started: {program}: {why}.",
            "无法启动“{event}”的命令：{program}：{why}。",
        ),
        _T("Look at [events] in the settings.", "请检查设置中的 [events]。"),
    ),
    "event_command.ended": Entry(
        message=_T(
            "The command for “{event}” ended with {number}: {program}.",
            "“{event}”的命令以 {number} 结束：{program}。",
        ),
        hint=_T("What it said is in {log}.", "它的输出在 {log}。"),
    ),
    "nobody_at_work": Entry(_T("Nobody is at work", "没有 vbtui 在处理")),
    "unencrypted": Entry(
        _T("The connection is not encrypted", "连接未加密"),
        _T(
            "Whoever is on the way to {host} can read your token and your files.",
            "通往 {host} 途中的任何人都能看到您的令牌和文件。",
        ),
        _T("Use an https:// address where there is one.", "如有 https:// 地址，请使用它。"),
    ),
    "files_leave": Entry(
        _T("Your files leave this machine", "文件将离开这台电脑"),
        _T(
            "Clips, photos and sounds that you add are sent to {host}, which edits and renders them there.",
            "您添加的视频、照片和音频会上传到 {host}，在那里剪辑和渲染。",
        ),
        _T(
            "With vbtui --local all of it stays here. This is said once.",
            "使用 vbtui --local 时一切都留在本机。此提示只显示一次。",
        ),
    ),
    "hung": Entry(
        _T("Another vbtui stood still", "另一个 vbtui 停滞"),
        _T(
            "Another vbtui (process {pid}) had work and stood still. It was ended; its work goes on here.",
            "另一个 vbtui（进程 {pid}）有任务但已停滞，已被结束；它的任务在这里继续。",
        ),
    ),
    "suspended": Entry(
        _T("Another vbtui is suspended", "另一个 vbtui 已挂起"),
        _T(
            "Another vbtui (process {pid}) is suspended and keeps the work that it began.",
            "另一个 vbtui（进程 {pid}）已挂起，并保留着它开始的任务。",
        ),
        _T(
            "Bring it back with fg in its terminal, or end it, and its work goes on here: kill -9 {pid}",
            "请在它的终端中用 fg 恢复，或结束它以在这里继续：kill -9 {pid}",
        ),
    ),
    # -- the command line, the configuration, what is asked for
    "usage": Entry(_T("That does not work this way", "不能这样做")),
    # -- the settings
    "usage.file_unread": Entry(
        message=_T("{file} cannot be read: {why}.", "无法读取 {file}：{why}。")
    ),
    "usage.toml": Entry(
        message=_T("{file} is not valid TOML: {why}.", "{file} 不是有效的 TOML：{why}。")
    ),
    "usage.toml_deep": Entry(
        message=_T(
            "{file} is not valid TOML: too much stands in each other.",
            "{file} 不是有效的 TOML：嵌套过深。",
        )
    ),
    "usage.no_such_setting": Entry(
        message=_T("{file}: there is no setting “{name}”.", "{file}：没有设置项“{name}”。"),
        hint=_KNOWN,
    ),
    "usage.no_such_setting_in": Entry(
        message=_T(
            "{file}: there is no setting “{name}” in [{section}].",
            "{file}：[{section}] 中没有设置项“{name}”。",
        ),
        hint=_KNOWN,
    ),
    "usage.must_be_whole": Entry(
        message=_T(
            "{name} must be a whole number from {least} to {most}.",
            "{name} 必须是 {least} 到 {most} 的整数。",
        )
    ),
    "usage.must_be_number": Entry(
        message=_T(
            "{name} must be a number from {least} to {most}.",
            "{name} 必须是 {least} 到 {most} 的数。",
        )
    ),
    "usage.must_be_true_or_false": Entry(
        message=_T("{name} must be true or false.", "{name} 必须是 true 或 false。")
    ),
    "usage.no_command": Entry(
        message=_T(
            "{name} is no command: a quotation mark is not closed.",
            "{name} 不是命令：引号没有闭合。",
        )
    ),
    "usage.must_be_text": Entry(
        message=_T("{name} must be a text in quotes.", "{name} 必须是引号中的文本。")
    ),
    "usage.no_text_at": Entry(
        message=_T(
            "{name} holds a character that no text has.",
            "{name} 含有文本中不允许的字符。",
        )
    ),
    "usage.no_text": Entry(
        message=_T("{name} holds a character that no text has.", "{name} 含有文本中不允许的字符。")
    ),
    "usage.must_be_one_of": Entry(
        message=_T("{name} cannot be “{value}”.", "{name} 不能是“{value}”。"),
        hint=_KNOWN,
    ),
    "usage.no_such_time": Entry(
        message=_T(
            "VBTUI_TIMING: there is no time “{name}”.", "VBTUI_TIMING：没有名为“{name}”的时间。"
        ),
        hint=_KNOWN,
    ),
    "usage.file_unwritable": Entry(
        message=_T(
            "{file} is laid out in a way that vbtui does not change: nothing was written.",
            "{file} 的写法 vbtui 不会改动：没有写入任何内容。",
        ),
        hint=_T("Change {name} there with an editor.", "请用编辑器修改其中的 {name}。"),
    ),
    "usage.address_scheme": Entry(
        message=_T(
            "{name} must start with http:// or https://, not “{value}”.",
            "{name} 必须以 http:// 或 https:// 开头，而不是“{value}”。",
        )
    ),
    "usage.no_address": Entry(
        message=_T("{name} is no web address: “{value}”.", "{name} 不是网址：“{value}”。")
    ),
    "usage.address_with_secret": Entry(
        message=_T(
            "{name} must be without user name, password, “?” and “#”.",
            "{name} 不能包含用户名、密码、“?”和“#”。",
        )
    ),
    "usage.model_in_the_clear": Entry(
        message=_T(
            "director.url must start with https://: what is said would reach {host} in the clear.",
            "director.url 必须以 https:// 开头：否则内容会以明文到达 {host}。",
        ),
        hint=_T("http:// is for a model on this machine.", "http:// 只用于本机上的模型。"),
    ),
    "usage.model_unnamed": Entry(
        message=_T(
            "director.model must say which model at director.url is asked.",
            "director.model 必须写明向 director.url 询问哪个模型。",
        )
    ),
    "usage.no_variable": Entry(
        message=_T(
            "director.key_env must be the name of a variable.",
            "director.key_env 必须是变量的名称。",
        )
    ),
    "usage.variable_in_use": Entry(
        message=_T(
            "director.key_env names a variable that has another use.",
            "director.key_env 所写的变量另有用途。",
        ),
        hint=_T("Take one of your own, as VIDEO_MODEL_KEY.", "请另取一个，例如 VIDEO_MODEL_KEY。"),
    ),
    # -- keys and commands of the user's own
    "usage.no_such_key_id": Entry(
        message=_T("[keys]: there is no key “{id}”.", "[keys]：没有名为“{id}”的按键。"),
        hint=_T("The README names them all, under Keys.", "README 的 Keys 一节列出了全部名称。"),
    ),
    "usage.fixed_key": Entry(
        message=_T("[keys]: “{id}” cannot be changed.", "[keys]：“{id}”不能更改。")
    ),
    "usage.key_names": Entry(
        message=_T(
            "[keys]: {id} must be names of keys in quotes, as {example}.",
            "[keys]：{id} 必须是引号中的按键名称，例如 {example}。",
        )
    ),
    "usage.no_such_key": Entry(
        message=_T("There is no key “{key}”.", "没有按键“{key}”。"),
        hint=KEYS_ARE_WRITTEN,
    ),
    "usage.same_key": Entry(
        message=_T("A terminal cannot tell {key} from {other}.", "终端无法区分 {key} 和 {other}。")
    ),
    "usage.typed_key": Entry(
        message=_T(
            "[keys]: {id} cannot be on {key}, which is typed into texts there.",
            "[keys]：{id} 不能用 {key}，它在那里用于输入文字。",
        ),
        hint=_T("With ctrl or alt, or as f8, it can.", "可以加上 ctrl 或 alt，或用 f8 这样的键。"),
    ),
    "usage.key_clash": Entry(
        message=_T("{id} and {other} are both on {key}.", "{id} 和 {other} 都用了 {key}。")
    ),
    "usage.command_table": Entry(
        message=_T(
            "[[commands]]: each is a table with key, title, run and on.",
            "[[commands]]：每一项都是含有 key、title、run 和 on 的表。",
        )
    ),
    "usage.command_field": Entry(
        message=_T("[[commands]]: there is no “{name}”.", "[[commands]]：没有“{name}”。"),
        hint=_T("Known: key, title, run, on, terminal.", "可用：key、title、run、on、terminal。"),
    ),
    "usage.command_title": Entry(
        message=_T(
            "[[commands]]: title must be what is shown, in quotes.",
            "[[commands]]：title 必须是引号中的显示文字。",
        )
    ),
    "usage.command_key": Entry(
        message=_T(
            "[[commands]]: key must be the name of a key in quotes.",
            "[[commands]]：key 必须是引号中的按键名称。",
        )
    ),
    "usage.command_run": Entry(
        message=_T(
            "[[commands]]: run must be a program and its arguments, as {example}.",
            "[[commands]]：run 必须是程序及其参数，例如 {example}。",
        )
    ),
    "usage.command_on": Entry(
        message=_T(
            "[[commands]]: on must be one of: {known}.", "[[commands]]：on 必须是：{known}。"
        )
    ),
    "usage.command_terminal": Entry(
        message=_T(
            "[[commands]]: terminal must be true or false.",
            "[[commands]]：terminal 必须是 true 或 false。",
        )
    ),
    "usage.no_file_here": Entry(
        message=_T(
            "{name}: there is no file of this machine here.", "{name}：这里没有本机上的文件。"
        )
    ),
    "usage.no_terminal_here": Entry(
        message=_T("The terminal cannot be lent to a program here.", "这里无法把终端交给其他程序。")
    ),
    "usage.no_editor": Entry(
        message=_T("There is no editor here.", "这里没有编辑器。"),
        hint=_T("Name one: export EDITOR=nano", "请指定一个：export EDITOR=nano"),
    ),
    "usage.not_started": Entry(
        message=_T("{name} cannot be started: {why}.", "无法启动 {name}：{why}。")
    ),
    "usage.program_missing": Entry(
        message=_T("There is no program “{program}”.", "没有程序“{program}”。")
    ),
    "usage.program_ended": Entry(
        message=_T("{program} ended with {number}.", "{program} 以 {number} 结束。")
    ),
    "usage.program_failed": Entry(
        message=_T("{program} ended with {number}: {words}", "{program} 以 {number} 结束：{words}")
    ),
    "usage.theme_unknown": Entry(
        message=_T("There is no theme “{name}”.", "没有主题“{name}”。"), hint=_KNOWN
    ),
    "usage.theme_file": Entry(message=_T("{file}: {why}", "{file}：{why}")),
    "usage.address": Entry(
        message=_T("This is not an address that can be fetched.", "这不是可以获取的网址。"),
        hint=_T("It must start with http:// or https://", "地址必须以 http:// 或 https:// 开头。"),
    ),
    "usage.empty_timeline": Entry(
        title=_T("Empty timeline", "时间线是空的"), message=_NOTHING, hint=_DESCRIBE
    ),
    "usage.unreadable_timeline": Entry(
        title=_T("A timeline that cannot be read here", "无法在此读取的时间线"),
        message=_T(
            "The timeline is in a form that this vbtui cannot read.",
            "时间线的格式此版本的 vbtui 无法读取。",
        ),
        hint=_T("The backend itself can export it.", "后台本身可以导出它。"),
    ),
    # -- what is asked for and is not there
    "usage.no_preset": Entry(
        message=_T("There is no preset “{name}”.", "没有预设“{name}”。"), hint=_KNOWN
    ),
    "usage.no_format": Entry(
        message=_T(
            "Nothing is exported as “{name}” here; there are: {known}.",
            "不能导出为“{name}”，可用的格式：{known}。",
        )
    ),
    "usage.format_of_file": Entry(
        message=_T(
            "The file is to end in {suffix}, and {format} is written as {right}.",
            "文件名以 {suffix} 结尾，而 {format} 的文件名应为 {right}。",
        )
    ),
    "usage.no_moment": Entry(
        message=_T(
            "There is no picture at {at}: the timeline is {length} long.",
            "{at} 处没有画面：时间线长 {length}。",
        )
    ),
    "usage.mp4_alone": Entry(
        message=_T(
            "This backend makes MP4 with H.264 alone, and no {format}.",
            "这个后台只能制作 MP4（H.264），不能制作 {format}。",
        ),
        hint=_T(
            "This machine makes it from the files that you uploaded: vbtui export --here --format …",
            "可以用您上传的文件在这台电脑上制作：vbtui export --here --format …",
        ),
    ),
    "usage.no_quality": Entry(
        message=_T("The quality is one of {known}.", "质量必须是 {known} 之一。")
    ),
    "usage.no_size": Entry(
        message=_T(
            "A video has sides of {least} to {most} pixels, not {size}.",
            "视频的边长为 {least} 到 {most} 像素，不能是 {size}。",
        )
    ),
    "usage.own_size_alone": Entry(
        message=_T(
            "This backend exports in the timeline's own size, {size}.",
            "这个后台只按时间线的尺寸 {size} 导出。",
        ),
        hint=_T(
            "Ask for another frame size in the chat first, or render it on this machine.",
            "请先在对话中要求其他画面尺寸，或在这台电脑上渲染。",
        ),
    ),
    "usage.no_file": Entry(
        message=_T("There is no file “{name}” in this project.", "这个项目里没有文件“{name}”。")
    ),
    "usage.file_forgotten": Entry(
        message=_T("This file is not on the list any more.", "这个文件已不在列表中。")
    ),
    "usage.no_folder": Entry(message=_T("{folder} is not a folder.", "{folder} 不是文件夹。")),
    "usage.no_export": Entry(message=_T("There is no such export.", "没有这个导出。")),
    "usage.no_project": Entry(message=_T("There is no such project.", "没有这个项目。")),
    "usage.no_version": Entry(
        message=_T(
            "There is no version {version} of this timeline.", "这条时间线没有版本 {version}。"
        )
    ),
    # -- local files
    "bad_file": Entry(_T("This file cannot be used", "文件无法使用")),
    "unsupported_file": Entry(
        _T("Unsupported file", "不支持的文件"),
        _T("The backend does not accept this kind of file.", "后台不接受这种文件。"),
        _T(
            "Accepted: mp4 mov avi webm mkv, jpg png gif webp, mp3 wav m4a aac. "
            "MP4, MOV, JPG and PNG work best.",
            "支持：mp4 mov avi webm mkv、jpg png gif webp、mp3 wav m4a aac。推荐 MP4、MOV、JPG 和 PNG。",
        ),
    ),
    "file_too_large": Entry(
        _T("File too large", "文件过大"),
        _T("The file is larger than the backend accepts.", "文件超过了后台允许的大小。"),
        _T(
            "Compress it or trim it below 500 MB, then upload it again.",
            "请压缩或裁剪到 500 MB 以下，再重新上传。",
        ),
    ),
    # -- what a backend says no with
    "backend": Entry(
        _T("The backend refused", "后台拒绝了请求"),
        _T("The backend refused without a reason.", "后台拒绝了，没有说明原因。"),
    ),
    "backend.agent": Entry(
        _T("The agent failed", "智能体出错了"),
        _T(
            "The agent reported an error and did not say which.",
            "智能体报告了错误，但没有说明原因。",
        ),
    ),
    "backend.client_id": Entry(
        message=_T("The client id cannot be sent.", "客户端标识无法发送。"),
        hint=_T("Check NEMO_CLIENT_ID.", "请检查 NEMO_CLIENT_ID。"),
    ),
    "backend.not_understood": Entry(
        message=_T("The backend did not understand the request.", "后台无法理解这个请求。")
    ),
    "backend.forbidden": Entry(
        message=_T("The backend does not allow this.", "后台不允许这样做。")
    ),
    "backend.unknown_address": Entry(
        message=_T("The backend does not know this address.", "后台没有这个地址。"),
        hint=_T("Check NEMO_API_URL.", "请检查 NEMO_API_URL。"),
    ),
    "backend.not_found": Entry(
        message=_T("The backend does not know of this.", "后台没有这一项。")
    ),
    "backend.under_way": Entry(
        message=_T("The backend says that this is under way already.", "后台表示这已在进行中。")
    ),
    "backend.not_accepted": Entry(
        message=_T("The backend did not accept the request.", "后台没有接受这个请求。")
    ),
    "backend.disk_full": Entry(
        message=_T("The backend's disk is full.", "后台的磁盘已满。"),
        hint=_T(
            "Free some space where the backend keeps its files; then it goes on.",
            "请在后台存放文件的磁盘上清理空间，之后会继续。",
        ),
    ),
    "sign_in_refused": Entry(
        _T("Sign-in refused", "登录被拒绝"),
        _T("The token is not valid or has expired.", "令牌无效或已过期。"),
        _T(
            "Set NEMO_TOKEN to a valid token, or work without: vbtui --local.",
            "请把 NEMO_TOKEN 设为有效的令牌，或离线使用：vbtui --local。",
        ),
    ),
    "sign_in_refused.free_token": Entry(
        message=_T("{backend} refused the free token.", "{backend} 拒绝了免费令牌。"),
        hint=_FREE_TOKEN,
    ),
    "sign_in_refused.own_token": Entry(
        message=_T("{backend} refused the token in NEMO_TOKEN.", "{backend} 拒绝了 NEMO_TOKEN。"),
        hint=_OWN_TOKEN,
    ),
    "sign_in_refused.own_token_says": Entry(
        message=_T(
            "{backend} refused the token in NEMO_TOKEN: {words}",
            "{backend} 拒绝了 NEMO_TOKEN：{words}",
        ),
        hint=_OWN_TOKEN,
    ),
    "sign_in_refused.free_token_says": Entry(
        message=_T(
            "{backend} refused the free token: {words}", "{backend} 拒绝了免费令牌：{words}"
        ),
        hint=_FREE_TOKEN,
    ),
    "session_not_found": Entry(
        _T("Session not found", "找不到项目"),
        _T("The backend does not know this session.", "后台找不到这个项目。"),
        _T(
            "A new session is made; your files can be uploaded again from the media screen.",
            "将新建一个项目；可以在素材页重新上传文件。",
        ),
        headless=_T(
            "Run the command again: it begins a new project.", "请重新运行该命令：它会新建项目。"
        ),
    ),
    "bad_reply.not_shown": Entry(
        message=_T(
            "The backend took the file and does not show it in the project.",
            "后台接收了文件，但项目中没有显示。",
        ),
    ),
    "session_not_found.again": Entry(
        message=_T(
            "The backend does not know the project that it made a moment ago either.",
            "后台也找不到刚刚新建的项目。",
        ),
        hint=_T("Try it again in some minutes.", "请过几分钟再试。"),
    ),
    "session_not_found.replaced": Entry(
        message=_T(
            "The backend no longer knows this project, so a new one was made under the same name."
            " Its timeline is empty; your files can be uploaded again.",
            "后台找不到这个项目，已用相同名称新建一个。新项目的时间线是空的；可以重新上传文件。",
        ),
        hint=_NO_HINT,
        headless=_T("Run the command again.", "请重新运行该命令。"),
    ),
    "no_credits": Entry(
        _T("No credits left", "积分已用完"),
        _T("There are no credits left for this.", "积分不足。"),
        _T(
            "Top up credits in your account, or use the local studio: vbtui --local.",
            "请在账户中充值，或使用本地工作室：vbtui --local。",
        ),
    ),
    "no_credits.register": Entry(
        hint=_T("Register to get more credits: {link}", "注册即可获得更多积分：{link}")
    ),
    "plan_blocked": Entry(
        _T("Your plan does not include exports", "当前套餐不支持导出"),
        _T("The backend refuses exports for this account.", "后台不允许此账户导出。"),
        _T("Register or upgrade your plan to unlock export.", "注册或升级套餐后即可导出。"),
    ),
    "plan_blocked.register": Entry(
        hint=_T(
            "Register or upgrade your plan to unlock export: {link}",
            "注册或升级套餐后即可导出：{link}",
        )
    ),
    "rate_limited": Entry(
        _T("Too many requests", "请求过于频繁"),
        _T("The backend asks to wait.", "后台要求稍等。"),
        _T("Try again in a minute.", "请一分钟后再试。"),
    ),
    "rate_limited.token": Entry(
        message=_T(
            "The backend asks to wait: vbtui asks for a free token again in {wait}.",
            "后台要求稍等：{wait}后 vbtui 会再次获取免费令牌。",
        )
    ),
    "rate_limited.until": Entry(hint=_T("Try again in {wait}.", "请在 {wait}后再试。")),
    "bad_reply": Entry(
        _T("The backend's answer makes no sense", "无法理解后台的回复"),
        hint=_T(
            "Try again; if it stays, the backend may have changed.",
            "请重试；如果仍然如此，可能是后台有改动。",
        ),
    ),
    "bad_reply.damaged": Entry(
        message=_T("The answer of {host} is damaged.", "{host} 的回复已损坏。")
    ),
    "bad_reply.moved": Entry(
        message=_T("{host} has moved to another address.", "{host} 已迁移到其他地址。"),
        hint=_T("Set NEMO_API_URL to the new one.", "请把 NEMO_API_URL 设为新地址。"),
    ),
    "bad_reply.web_page": Entry(
        message=_T(
            "The backend sent a web page where data was expected.", "后台返回了网页，而不是数据。"
        )
    ),
    "bad_reply.cut_off": Entry(
        message=_T("The backend's answer broke off in the middle.", "后台的回复中途断开。")
    ),
    "bad_reply.no_json": Entry(
        message=_T("The backend's answer is not JSON.", "后台的回复不是有效数据。")
    ),
    "bad_reply.empty": Entry(message=_T("The backend sent an empty answer.", "后台的回复是空的。")),
    "bad_reply.silent": Entry(
        message=_T(
            "The backend answered the message without saying anything.", "后台的回复是空的。"
        )
    ),
    # -- the network
    "network": Entry(_T("Connection problem", "连接问题")),
    "unreachable": Entry(
        _T("The backend cannot be reached", "无法连接后台"),
        _T("The backend is not connected yet.", "尚未连接后台。"),
        _T(
            "Check the network, or work without one: vbtui --local.",
            "请检查网络，或离线使用：vbtui --local。",
        ),
    ),
    "unreachable.no_project": Entry(
        message=_T("There is no project yet: still connecting.", "还没有项目：正在连接。")
    ),
    "unreachable.slow": Entry(
        message=_T("{host} did not answer in time.", "{host} 没有及时回复。")
    ),
    "unreachable.proxy": Entry(
        message=_T("The proxy does not connect to {host}.", "代理无法连接 {host}。"),
        hint=_T("Check HTTPS_PROXY and HTTP_PROXY.", "请检查 HTTPS_PROXY 和 HTTP_PROXY。"),
    ),
    "unreachable.address": Entry(
        message=_T("The address of {host} cannot be used.", "{host} 的地址无法使用。")
    ),
    "unreachable.certificate": Entry(
        message=_T("The certificate of {host} is not trusted.", "{host} 的证书不受信任。"),
        hint=_NOT_TRUSTED,
    ),
    "unreachable.tls": Entry(
        message=_T("No secure connection to {host} can be made.", "无法与 {host} 建立安全连接。"),
        hint=_NOT_TRUSTED,
    ),
    "unreachable.name": Entry(
        message=_T("The name {host} cannot be resolved.", "无法解析域名 {host}。")
    ),
    "unreachable.refused": Entry(message=_T("{host} refuses connections.", "{host} 拒绝连接。")),
    "unreachable.host": Entry(
        message=_T("No connection to {host} can be made.", "无法连接 {host}。")
    ),
    "connection_broken": Entry(
        _T("The connection broke", "连接中断"),
        _T("The answer broke off in the middle.", "回复中途断开。"),
    ),
    "connection_broken.host": Entry(
        message=_T("The connection to {host} broke.", "与 {host} 的连接中断。")
    ),
    "connection_broken.backend": Entry(
        message=_T("The backend has a problem of its own right now.", "后台目前出现了问题。"),
        hint=_AGAIN_SOON,
    ),
    "connection_broken.backend_says": Entry(
        message=_T(
            "The backend has a problem of its own right now: {words}", "后台目前出现了问题：{words}"
        ),
        hint=_AGAIN_SOON,
    ),
    "timed_out": Entry(_T("No answer in time", "等待回复超时")),
    "timed_out.silent": Entry(
        message=_T("{host} stopped answering.", "{host} 停止了回复。"), hint=_AGAIN_SOON
    ),
    "timed_out.not_begun": Entry(
        message=_T("{host} did not begin to answer.", "{host} 没有开始回复。")
    ),
    "timed_out.not_done": Entry(
        message=_T("{host} did not finish its answer.", "{host} 没有完成回复。")
    ),
    "timed_out.turn": Entry(
        message=_T(
            "The agent was not done after {limit}, the longest a turn may take.",
            "智能体在 {limit} 后仍未完成，这是一条消息的最长时间。",
        )
    ),
    "timed_out.heartbeats": Entry(
        message=_T(
            "The backend gave nothing but signs of life for {limit}.",
            "{limit} 内后台没有给出任何内容。",
        )
    ),
    # -- exports
    "render_failed": Entry(
        _T("The export failed", "导出失败"),
        _T("The export ended without a video.", "导出结束了，但没有视频。"),
        _T("Start it again with {app.export}.", "按 {app.export} 重新开始。"),
        headless=_T("Start it again with: vbtui export", "重新开始：vbtui export"),
    ),
    "render_failed.given_up": Entry(
        message=_T("The backend gave no reason.", "后台没有说明原因。"),
        hint=_T("Retry it, or change the edit first.", "请重试，或先修改剪辑。"),
        headless=_T("Try it again with: vbtui export", "重试：vbtui export"),
    ),
    "render_failed.killed": Entry(
        message=_T(
            "The encoder was ended from outside, or memory ran out.",
            "编码器被外部终止，或内存不足。",
        ),
        hint=_T(
            "Close other programs or export at a smaller size.",
            "请关闭其他程序，或以较小的尺寸导出。",
        ),
    ),
    "render_failed.no_captions": Entry(
        _T("There are no captions", "没有字幕"),
        _T(
            "Nothing is written on this timeline, so there are no captions to save.",
            "这条时间线没有任何文字，无法导出字幕。",
        ),
    ),
    "render_failed.no_sound": Entry(
        _T("There is no sound", "没有声音"),
        _T(
            "Nothing is heard on this timeline, so there is no sound to save.",
            "这条时间线没有任何声音，无法导出声音。",
        ),
    ),
    "render_failed.empty_timeline": Entry(
        title=_T("Empty timeline", "时间线是空的"), message=_NOTHING, hint=_DESCRIBE
    ),
    # -- this machine
    "disk": Entry(_T("Cannot write to the disk", "无法写入磁盘")),
    "disk.full": Entry(
        message=_T("{place} cannot be written: the disk is full.", "{place} 无法写入：磁盘已满。"),
        hint=_FREE_SPACE,
    ),
    "disk.quota": Entry(
        message=_T(
            "{place} cannot be written: the disk quota is used up.",
            "{place} 无法写入：磁盘配额已用完。",
        ),
        hint=_FREE_SPACE,
    ),
    "disk.read_only": Entry(
        message=_T(
            "{place} cannot be written: the disk is read-only.", "{place} 无法写入：磁盘是只读的。"
        ),
        hint=_MEND_FOLDER,
    ),
    "disk.permission": Entry(
        message=_T(
            "{place} cannot be written: there is no permission to write there.",
            "{place} 无法写入：没有写入权限。",
        ),
        hint=_MEND_FOLDER,
    ),
    "disk.low": Entry(
        message=_T(
            "The disk of {place} is full: {free} are free.",
            "{place} 所在的磁盘已满：剩余 {free}。",
        ),
        hint=_FREE_SPACE,
    ),
    "disk.folder": Entry(
        message=_T("{place} cannot be written: {why}.", "{place} 无法写入：{why}。"),
        hint=_MEND_FOLDER,
    ),
    "disk.journal": Entry(
        message=_T("The journal {place} cannot be used: {why}.", "日志 {place} 无法使用：{why}。"),
        hint=_T(
            "Look at it with: vbtui doctor",
            "请用 vbtui doctor 检查。",
        ),
    ),
    "disk.journal_damaged": Entry(
        _T("The journal is damaged", "日志已损坏"),
        _T("The journal {place} is damaged.", "日志 {place} 已损坏。"),
        _T(
            "Close every vbtui, then start one: it begins a new journal with what can be read, and keeps the old one.",
            "请关闭所有 vbtui，再启动一个：它会用能读出的内容建立新日志，并保留旧日志。",
        ),
    ),
    "disk.journal_newer": Entry(
        _T("The journal is newer", "日志来自更新的版本"),
        _T(
            "The journal {place} was written by a newer vbtui.",
            "日志 {place} 由更新版本的 vbtui 写入。",
        ),
        _T(
            "Update vbtui, or set XDG_STATE_HOME to begin another journal.",
            "请更新 vbtui，或设置 XDG_STATE_HOME 以使用另一个日志。",
        ),
    ),
    "disk.journal_locked": Entry(
        _T("The journal is locked", "日志被锁定"),
        _T(
            "{who} has the journal {place} locked and does not let go of it.",
            "{who}一直锁定着日志 {place}。",
        ),
        _T(
            "Close that program (one that is suspended: bring it back with fg), then try again.",
            "请关闭该程序（已挂起的可用 fg 恢复）后重试。",
        ),
    ),
    "disk.journal_waits": Entry(
        _T("The journal is locked", "日志被锁定"),
        _T(
            "{who} has the journal {place} locked; it is waited for, {left_s} s more at most.",
            "{who}锁定着日志 {place}；正在等待，最多还有 {left_s} 秒。",
        ),
    ),
    "disk.journal_place": Entry(
        message=_T(
            "The journal {place} cannot be used: {what} is in its place.",
            "日志 {place} 无法使用：那里是{what}。",
        ),
        hint=_T("Move that away, then start again.", "请移走它，然后重新启动。"),
    ),
    "disk.journal_mended": Entry(
        _T("The journal was damaged", "日志曾损坏"),
        _T(
            "The journal was damaged. A new one was begun; all {rows} entries were carried over.",
            "日志曾损坏，已建立新日志；全部 {rows} 条记录已恢复。",
        ),
        _T("The damaged one is kept as {place}", "损坏的日志保存在 {place}"),
    ),
    "disk.journal_mended.part": Entry(
        _T("The journal was damaged", "日志曾损坏"),
        _T(
            "The journal was damaged. A new one was begun; {rows} entries were carried over, others could not be read.",
            "日志曾损坏，已建立新日志；{rows} 条记录已恢复，其余无法读出。",
        ),
        _T(
            "Look at the project before you say something again. The damaged one is kept as {place}",
            "再次发送之前请先查看项目。损坏的日志保存在 {place}",
        ),
    ),
    "studio": Entry(_T("The local studio does not run", "本地工作室没有运行")),
    "studio.busy": Entry(
        _T("Another studio runs", "另一个工作室正在运行"),
        _T("A studio already runs on {folder}{who}.", "{folder} 上已有工作室在运行{who}。"),
        _T(
            "Use that one, or give this one another --data folder.",
            "请使用它，或用 --data 指定另一个文件夹。",
        ),
    ),
    "studio.no_sample": Entry(
        _T("No sample project here", "这里没有示例项目"),
        _T("The sample project is drawn by the local studio.", "示例项目由本地工作室绘制。"),
        _T("Leave vbtui and start it with: vbtui demo", "请退出，然后运行：vbtui demo"),
    ),
    "studio.ended": Entry(
        _T("The local studio ended", "本地工作室已结束"),
        _T(
            "The local studio has ended unexpectedly; it is started again.",
            "本地工作室意外结束，正在重新启动。",
        ),
    ),
    "studio_missing": Entry(
        _T("The local studio is not installed", "没有安装本地工作室"),
        _T("The local studio needs the Python package {package}.", "本地工作室需要 {package}。"),
        _T("Install it with: pip install 'vbtui[studio]'", "安装方法：pip install 'vbtui[studio]'"),
    ),
    "otio_missing": Entry(
        _T("OpenTimelineIO is not installed", "没有安装 OpenTimelineIO"),
        hint=_T(
            "Install it with: pip install 'vbtui[otio]'", "安装方法：pip install 'vbtui[otio]'"
        ),
    ),
    "mcp_missing": Entry(
        _T("The server for agents is not installed", "没有安装智能体服务器"),
        _T("vbtui mcp needs the Python package mcp.", "vbtui mcp 需要 Python 包 mcp。"),
        _T("Install it with: pip install 'vbtui[mcp]'", "安装方法：pip install 'vbtui[mcp]'"),
    ),
    "farm_missing": Entry(
        _T("The farm is not installed", "没有安装多机渲染"),
        _T(
            "A scheduler needs the Python package distributed.",
            "使用调度器需要 Python 包 distributed。",
        ),
        _T("Install it with: pip install 'vbtui[farm]'", "安装方法：pip install 'vbtui[farm]'"),
    ),
    "spending": Entry(
        _T("This spends credits", "这会消耗积分"),
        _T(
            "This would spend the user's credits at {backend}, and the user has not agreed.",
            "这会消耗用户在 {backend} 的积分，而用户尚未同意。",
        ),
        _T(
            "Ask the user, and call the tool again with spend: true.",
            "请询问用户，再以 spend: true 调用这个工具。",
        ),
    ),
    "spending.declined": Entry(
        message=_T(
            "The user does not want credits to be spent on this: nothing was sent.",
            "用户不同意为此消耗积分：没有发送任何内容。",
        ),
        hint=_T("Do not try it again unless the user asks for it.", "除非用户要求，不要再试。"),
    ),
    "stopped": Entry(_T("Stopped", "已停止")),
    # -- turns whose end nobody saw
    "turn_unseen": Entry(
        _T("Nobody saw how this ended", "不清楚这条消息的结果"),
        hint=_T("Watch for it, send it again, or drop it.", "可以继续等待、重新发送，或放弃。"),
        headless=_T(
            "Look at it with vbtui before you say it again.", "再次发送之前，请先用 vbtui 查看。"
        ),
    ),
    "timed_out.unseen": Entry(
        _T("Nobody saw how this ended", "不清楚这条消息的结果"),
        hint=_T("Watch for it, send it again, or drop it.", "可以继续等待、重新发送，或放弃。"),
        headless=_T(
            "Look at it with vbtui before you say it again.", "再次发送之前，请先用 vbtui 查看。"
        ),
    ),
    "turn_lost": Entry(
        _T("vbtui", "vbtui"),
        _T("vbtui ended before this was done.", "vbtui 在完成之前退出了。"),
    ),
    "connected": Entry(_T("Connected", "已连接"), _T("Connected again.", "已重新连接。")),
    # -- finished videos: what is odd about one
    "video_doubtful": Entry(_T("Check the video", "请检查视频")),
    "video_doubtful.length": Entry(_T("Check the length", "请检查视频长度")),
    "video_doubtful.unfit": Entry(_T("Not fit for where it goes", "不符合平台要求")),
    "video_remark": Entry(_T("A remark on the video", "关于视频的说明")),
}
