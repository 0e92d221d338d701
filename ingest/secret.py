"""The webhook's secret: where it is read from, and what is wrong or doubtful about it. Nothing here prints it."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.settings import SettingsError

HOW_TO_GET_ONE = (
    "copy it from the webhook's settings in Zuddl, or make one that both sides use: "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
)
MIN_CHARACTERS = 16
# No secret is so long. What is longer is another file.
MAX_FILE_BYTES = 65_536
# The last five are those that a word processor makes of the plain ones.
QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019"


@dataclass(frozen=True)
class WebhookSecret:
    """One secret, or several with commas between them. Its repr shows none of it."""

    text: str = field(repr=False)  # as it was written
    source: str  # what a message calls it: a variable or a file
    is_open: bool = False  # every user of this machine may read or change the file

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The secrets, each once.

        Raises:
            SettingsError: there is none, or one can't be what Zuddl shows.
        """
        secrets = [secret for secret in self._parts if secret]
        if not any(secret.strip(QUOTES) for secret in secrets):
            raise SettingsError(f"{self.source} holds no secret: {HOW_TO_GET_ONE}")
        for secret in secrets:
            if not secret.strip(QUOTES):
                raise SettingsError(f"{self.source} holds quotes with nothing between them")
            if "\n" in secret or "\r" in secret:
                raise SettingsError(f"{self.source} holds a line break: separate several secrets by commas")
            # Surrogates (Cs) stand for bytes that are no UTF-8; Cc and Cf are control characters and invisible ones.
            if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in secret):
                raise SettingsError(
                    f"{self.source} holds an invisible character, such as a zero-width blank, or bytes that are no "
                    "UTF-8: type it instead of pasting it"
                )
        return tuple(dict.fromkeys(secret.encode() for secret in secrets))

    def doubts(self) -> Iterator[str]:
        """What is probably wrong although it can be used: sentences without the secret."""
        if self.is_open:
            yield f"{self.source} can be read or changed by every user of this machine: chmod 600, or 400, closes it"
        if "" in self._parts:
            yield f"{self.source} has a comma with nothing before or after it: is one of the secrets missing?"
        if len(set(self._parts)) < len(self._parts):
            yield f"{self.source} holds the same secret twice"
        secrets = list(filter(None, self._parts))
        if any(secret[0] in QUOTES or secret[-1] in QUOTES for secret in secrets):
            yield f"{self.source} holds a secret in quotes, and the quotes count as part of it: remove them"
        if any(len(secret) < MIN_CHARACTERS for secret in secrets):
            yield (
                f"{self.source} holds a secret of fewer than {MIN_CHARACTERS} characters, which can be guessed: is it "
                "complete?"
            )

    @property
    def _parts(self) -> list[str]:
        return [part.strip() for part in self.text.split(",")]


def read_secret(file: Path, named_by: str) -> WebhookSecret:
    """The secret that a file holds. A line break at the end is no part of it. The pipe of `<(…)` is read, too.

    Nothing else is opened that is no regular file: a pipe with a name may have nobody who writes to it.

    Args:
        file: its path.
        named_by: the variable that names it.

    Raises:
        SettingsError: it can't be read, or holds no text; the message names the variable, and the file if it is a path.
    """
    source = f"{file} (from {named_by})"
    try:
        mode = file.stat().st_mode
        is_open_pipe = stat.S_ISFIFO(mode) and file.resolve().parent == Path(f"/proc/{os.getpid()}/fd")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or is_open_pipe):  # a folder is named as one below
            raise SettingsError(f"{source} is no regular file")
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
        text = content.decode("utf-8-sig")  # an editor on Windows may begin the file with a byte order mark
    except OSError as error:
        if "/" not in str(file):  # perhaps it is the secret itself
            source = f"the file that {named_by} names"
        raise SettingsError(f"{source} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{source} is no UTF-8 text") from None
    if len(content) > MAX_FILE_BYTES:
        raise SettingsError(f"{source} is larger than {MAX_FILE_BYTES:,} bytes: it can't be a secret")
    if not text.strip():
        raise SettingsError(f"{source} is empty")
    return WebhookSecret(text.strip(), source, is_open=stat.S_ISREG(mode) and bool(mode & stat.S_IRWXO))
