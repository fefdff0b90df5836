"""Classes of English words by which a clause is read: closed classes, not phrases."""

from __future__ import annotations

from vbtui.language.locations import LOCATION, WEB
from vbtui.language.quotes import QUOTE


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PLACES = frozenset({LOCATION, WEB})
QUOTED = frozenset({QUOTE})

DETERMINERS = _set("the my our your this that these those a an its his their")
DEFINITE = _set("the my our your this that its")
PRONOUNS = _set("it this that them these those everything all one both")
DEICTIC = _set(
    "out over off now again already here please thanks yet today directly asap immediately locally too"
)

VIDEO_NOUNS = _set(
    "video videos movie movies film films clip clips cut edit project timeline file files result "
    "results version copy draft short shorts reel reels montage promo work composition sequence "
    "product master output ad vlog trailer footage thing export render video's recording"
)
DELIVERABLES = _set(
    "video movie film file files cut version result results render export preview download link "
    "master mp4 mov gif copy output clip reel edit footage trailer promo draft"
)
HANDED_OVER = _set("master preview copy export render link mp4 mov prores gif file final download")
"""What `a …` must be, to be the finished thing and not one to make."""
FINISHED = _set(
    "final finished complete completed whole entire current latest edited clean new full finalized "
    "resulting ready last best good high low medium highest max maximum rough quick short small"
)
FORMATS = _set(
    "mp4 mov gif webm avi mkv prores h264 h.264 h265 hevc 4k 2k 8k hd fhd uhd 1080p 1080 720p 720 "
    "480p 360p 1440p 2160p 60fps 30fps 24fps fps quality resolution res definition format formats "
    "bitrate size 9:16 16:9 1:1 4:5 1080x1920 1920x1080 1080x1080"
)
TARGETS = _set(
    "tiktok instagram insta youtube reels shorts facebook twitter x vimeo linkedin whatsapp social "
    "media web phone desktop disk computer machine laptop folder downloads drive vertical landscape "
    "portrait square horizontal default settings preset story stories platform platforms ig yt"
)
PLATFORMS = _set(
    "tiktok instagram insta youtube facebook twitter vimeo linkedin wistia ig yt snapchat reels"
)
PREPOSITIONS = _set("to for as in at into on onto so by via using from")
JOINTS = _set("and or with me us you i we can is are be will of")

EXPORTING = _set(
    "export re-export reexport download render rerender re-render save publish finalize finalise ship"
)
STRONG = _set("export re-export reexport download publish")
"""Verbs after which any purpose may follow: "export it for my boss to look at"."""
HANDING = _set("send give get hand share email deliver bring pass want need have show fetch")
STARTING = _set("start begin do run launch trigger redo retry repeat perform kick initiate make")
STARTED = _set("export exporting render rendering download downloading")
WATCHING = _set("preview watch play see view")
CHECKING = _set("check verify confirm validate ensure test see")
SPECS = _set(
    "spec specs specification requirements requirement meets meet complies compliant limits guidelines"
)
PUBLISHING = _set(
    "upload publish post share export download deliver submit send tiktok instagram youtube reels"
)
FIT = _set("ok okay good ready fine safe suitable allowed fit acceptable alright")

UPLOADING = _set("upload re-upload reupload import ingest attach")
TAKING = _set("add use take open load process get fetch download try import grab here")
OFFERING = _set("give send hand share")
"""Before "you": something goes from the user to the agent."""
MACHINES = _set("computer laptop phone disk desktop machine folder")
MEDIA = _set(
    "file files video videos clip clips photo photos image images picture pictures music song audio "
    "media footage material materials asset assets folder directory recording recordings logo "
    "voiceover pics vids track tracks sound sounds footages stuff things mp4 mp4s mp3 url link"
)
UPLOAD_FILLERS = _set(
    "a an the my our your this that these those it them some another more new first all both two "
    "three four five other few several here please now again too of and also from in to into "
    "computer desktop phone disk laptop machine project library for analysis editing me you us "
    "is are 's following i have want got"
)

CREDIT_CORES = _set("credit credits balance quota")
CREDIT_FILLERS = _set(
    "my our the a account current remaining available left total free how many much what is are was "
    "do i we have has had got get check show see view display tell me us give list of in on amount "
    "number status please now still any there for to know want you right today history details "
    "usage remain remains does did your video token tokens find out about info information"
)
CREDIT_VERBS = _set("buy top purchase refill recharge up more get add need want earn")
ACCOUNT = _set(
    "i my me we our cost costs spend spent use used uses expire expires run ran out enough buy top "
    "left need refill purchase get charge charged take takes took reset resets renew free account remain"
)
ON_SCREEN = _set(
    "scene roll rolls screen font text title readable song music color colour end closing opening "
    "visible scroll scrolling audio voice voices slide between bigger smaller names"
)

STATE_CORES = _set("status state progress")
STATE_FILLERS = _set(
    "current my the project of show check get see view display what is give me tell us now export "
    "render rendering upload job update please report video how going far along it on with for right "
    "session any are we you whats a this our timeline edit editing task"
)
LISTING = _set("show list display see view print tell give get check read count describe view")
LISTED = _set(
    "timeline track tracks clips segments layers files media assets projects sessions exports renders "
    "uploads changes history materials footage videos works jobs draft drafts queue"
)
LIST_FILLERS = _set(
    "the my our all every of current recent latest available in on me us this that what is are whole "
    "full project timeline track video session from and edit layer name names so far made now please "
    "uploaded a list there have i you to"
)
DESCRIBED = _set("clip video file image photo picture track media timeline project audio segment")
ORDINALS = _set(
    "first second third fourth fifth last next 1 2 3 4 5 6 7 8 9 one two three #1 #2 #3 1st 2nd 3rd"
)

WH = _set("what which how where when who why whats hows")
AUXILIARIES = _set("is are was were did does do has have had will am can could")
STATE_SUBJECTS = _set(
    "it this that they the my our your a an everything all video videos movie film clip clips file "
    "files project timeline track tracks export exports render renders rendering upload uploads "
    "uploading download edit draft result job you we there i agent indexing processing session "
    "media photo photos image images segments scenes layers footage sequence final queue"
)
STATE_WORDS = _set(
    "ready done finished finish complete completed over rendered exported uploaded working work "
    "worked processing processed running happening going progress status state long duration length "
    "resolution size fps frame rate format aspect ratio many changed change happened left remaining "
    "fail failed failing succeed saved added edited built made stuck doing did far upload export "
    "render rendering exporting uploading longer taking take how's in-progress through up-to-date applied"
)
STATE_GLUE = _set(
    "is are was were did does do has have had will yet total overall whole exact current in still now so far currently right the of in on "
    "until till to be been being it's along at much more there have got just already for and or what "
    "which how where when why whats any with by"
)
QUALITY_WORDS = FORMATS - _set("9:16 16:9 1:1 4:5 1080x1920 1920x1080 1080x1080") | _set(
    "high low medium best max maximum full good higher highest in at as with video file please"
)
"""A clause of these alone tells how to export."""
SIZES = _set("big large wide tall heavy small")
SHAPES = _set(
    "4k 2k 8k hd 1080p 720p 1080 vertical horizontal landscape portrait square 9:16 16:9 hdr"
)

EDITING = _set(
    "add adjust align animate apply arrange auto blur brighten bring caption change clean color colour "
    "combine compress convert copy correct create crop cut darken decrease delete denoise dub duck "
    "duplicate edit enhance extend extract fade fill find fit fix flip freeze generate give grade "
    "highlight improve increase insert join keep lower loop make mask match merge mirror mix move mute "
    "normalise normalize overlay pan place pull punch put raise rearrange reduce reframe remove rename "
    "reorder replace resize restore restyle reverse rotate scale sequence set sharpen shift shorten "
    "shrink silence slow smooth speed splice split stabilise stabilize stitch stretch swap switch sync "
    "title track transcribe transition translate trim turn undo redo unmute use write zoom drop burn "
    "swap insert include transform tweak polish summarize"
)
VERBS = (
    EDITING
    | EXPORTING
    | UPLOADING
    | _set(
        "send share show check list display preview play watch tell email import see count upload download buy"
    )
)

GREETINGS = _set(
    "please pls plz kindly hey hi hello ok okay so well now just then also finally lastly next first "
    "actually alright great perfect nice cool thanks thank nemo yes yeah yep sure and but quickly "
    "simply maybe again afterwards afterward after awesome good excellent fine right lovely wow finally "
    "everyone there oh um hmm"
)
APPROVAL = _set(
    "looks look looking good great perfect nice awesome cool love like liked it this that is i am we are "
    "happy with the result video all done finished ready thanks thank you very much so now ok okay fine "
    "well job work works excellent amazing yes yep yeah hi hello hey there morning evening afternoon set "
    "to go everything lovely wonderful beautiful much better satisfied pleased really just right way "
    "wanted what exactly be can nothing else more approved approve think i'm everyone enough for me editing "
    "its lgtm brilliant fantastic super wow no complaints loving here a lot wrap up"
)
CONDITIONS = _set("when once if after before whenever while unless until as")
"""As the first word of a clause: it says when, not what."""
IDENTITY = (
    ("who", "are", "you"),
    ("what", "are", "you"),
    ("how", "are", "you"),
    ("what", "can", "you", "do"),
    ("are", "you", "there"),
    ("what", "is", "your", "name"),
)


def all_in(tokens: list[str], *classes: frozenset[str]) -> bool:
    """Whether every word belongs to one of the classes."""
    return all(any(token in one for one in classes) for token in tokens)
