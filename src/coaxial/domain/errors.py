"""The one exception tree: every error is a sentence for the person, and says what to do.

An error is raised once, where the fact is known. Doors turn it into an exit code or a problem document; nothing in
between catches it to say it again.
"""


class CoaxialError(Exception):
    """Something a person has to know about.

    message: what happened and why, one or two sentences. remedy: what to do about it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidOption(CoaxialError):
    """An option's value makes no sense, alone or together with another (exit code 2)."""


class NotFound(CoaxialError):
    """A profile, dataset, run, voice, file or checkpoint of that name does not exist."""


class NameTaken(CoaxialError):
    """Something of that name exists already."""


class NotConfirmed(CoaxialError):
    """What a person made would be deleted, and they have not said that they mean it."""


class InUse(CoaxialError):
    """Another command is working on the same thing right now."""


class WrongState(CoaxialError):
    """A job cannot do what was asked of it in the state that it is in."""


class Interrupted(CoaxialError):
    """The person stopped the work; what was done so far is kept and can be continued."""


class ForeignRequest(CoaxialError):
    """A request to the server that another site's page sent, or that was for another computer's name."""


class TokenNeeded(CoaxialError):
    """A request over the network that did not bring the server's token, or brought another one."""


class TooManyTries(CoaxialError):
    """Too many wrong tokens came from one address; it has to wait."""

    def __init__(self, message: str, *, remedy: str = "", seconds: float = 60.0) -> None:
        """seconds: until it may try again."""
        super().__init__(message, remedy=remedy)
        self.seconds = seconds


class RequestTooLarge(CoaxialError):
    """A request brought more than the server takes."""


class RequestTooSlow(CoaxialError):
    """A request did not come to its end in time."""


class Overloaded(CoaxialError):
    """More is asked for at this moment than this machine can do at once."""


class DamagedTransfer(CoaxialError):
    """What came is not what was sent: its checksum is another one."""


class ChangedMeanwhile(CoaxialError):
    """What a change was made for is not what is there any more."""


class StorageFailure(CoaxialError):
    """The data directory cannot be read or written: full disk, no permission, damaged database."""


class DatabaseUnreachable(StorageFailure):
    """The database server does not answer; what is there is there, and the work can go on when it does again."""


class UnreadableAudio(CoaxialError):
    """A file is missing, empty, or not audio that can be decoded."""


class UnreadableSource(CoaxialError):
    """An import source is missing, or neither a folder, a transcript nor a ZIP that can be understood."""


class UnsafeArchive(CoaxialError):
    """A ZIP that would write outside its folder, or unpack to far more than it should."""


class UnsupportedLanguage(CoaxialError):
    """espeak-ng has no voice for a language, or the tag is not a language tag."""


class EmptyDataset(CoaxialError):
    """Nothing usable is left to prepare or to train on."""


class UnreadableCheckpoint(CoaxialError):
    """A checkpoint is truncated, not a checkpoint at all, or damaged."""


class UnsafeCheckpoint(CoaxialError):
    """A checkpoint carries code; it was not run."""


class DownloadFailed(CoaxialError):
    """A file could not be fetched, or what came is not the file that was asked for."""


class ForbiddenAddress(CoaxialError):
    """A URL that must not be fetched: no web address, or one that leads into a private network."""


class BaseMismatch(CoaxialError):
    """A base checkpoint is of another tier, sample rate or network than the dataset needs."""


class TrainingDiverged(CoaxialError):
    """Losses became NaN or exploded; the last good checkpoint is kept."""


class OutOfMemory(CoaxialError):
    """Not even one clip at a time fits into the device's memory."""


class LostWorker(CoaxialError):
    """A process that worked along is gone: it was killed, or its device failed."""


class UnreadableVoice(CoaxialError):
    """A voice's `.onnx` or `.onnx.json` is missing its other half, damaged, or not a Piper voice."""


class ExportRejected(CoaxialError):
    """An exported voice did not prove itself: wrong output, or Piper's runtime will not speak with it."""
