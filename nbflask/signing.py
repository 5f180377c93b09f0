"""Signs sessions and checks their signatures as itsdangerous does, in fewer steps.

A signature is a keyed hash. The key is derived and the hash begun once for each
secret, and both are copied for each signature. What such a signature does not fit is
judged by itsdangerous: it knows what to raise, and other ways to write the same.
"""

from __future__ import annotations

import hmac
from binascii import a2b_base64, b2a_base64
from contextlib import suppress
from functools import lru_cache
from typing import Any
from zlib import compress

from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import int_to_bytes

from .memory import remember

#: So many texts, none longer than this, are remembered to be signed rightly.
MOST_SEALED = 256
LONGEST_SEALED = 4_096
#: What is signed in both ways, to see whether they are the same.
PROBE = b"probe"
#: The two characters of base 64 that would mean something else in a URL.
INTO_URL = bytes.maketrans(b"+/", b"-_")
FROM_URL = bytes.maketrans(b"-_", b"+/")


def in_base64(data: bytes) -> bytes:
    """Return data in base 64 as it may stand in a URL, without padding."""
    return b2a_base64(data, newline=False).translate(INTO_URL).rstrip(b"=")


def from_base64(text: bytes) -> bytes:
    """Return what was written so. Raises ValueError if it was not."""
    # As much padding as is ever missing: too much of it does no harm.
    return a2b_base64(text.translate(FROM_URL) + b"==")


class Seal:
    """Signs with one secret. Raises ValueError if it would not sign as `signer` does:
    its key may be derived, and its hash be made, in any way."""

    def __init__(self, signer: Any, secret: bytes) -> None:
        try:
            key = signer.derive_key(secret)
            # By name it is OpenSSL's, which takes half the time.
            self._begun = hmac.new(key, digestmod=signer.digest_method().name)
            expected = signer.algorithm.get_signature(key, PROBE)
        except (AttributeError, TypeError) as error:
            raise ValueError("no key, or no hash function with a name") from error
        if self.sign(PROBE) != in_base64(expected):
            raise ValueError("not signed by a keyed hash")

    def sign(self, value: bytes) -> bytes:
        """Return the signature of a value, in base 64."""
        begun = self._begun.copy()
        begun.update(value)
        return in_base64(begun.digest())


class SigningSerializer(URLSafeTimedSerializer):
    """Keeps its signer and its seals, which are the same every time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._signer: Any = self.make_signer(self.salt)
        self._seals: list[Seal] = []
        if self.is_text_serializer:
            # The secret that signs comes last, and is tried first.
            with suppress(ValueError):
                self._seals = [Seal(self._signer, s) for s in self.secret_keys[::-1]]
        self._sealed: dict[str, tuple[bytes, int]] = {}

    def loads(  # type: ignore[override]
        self,
        s: Any,
        max_age: int | None = None,
        return_timestamp: bool = False,
        salt: str | bytes | None = None,
    ) -> Any:
        """Return what was signed. Raises BadSignature unless it was, by one of the
        secrets, and at most `max_age` seconds ago."""
        if max_age is not None and not return_timestamp and salt is None:
            payload = self._payload(s, max_age)
            if payload is not None:
                return self.load_payload(payload)
        return super().loads(s, max_age, return_timestamp, salt)

    def load_payload(self, payload: bytes, *args: Any, **kwargs: Any) -> Any:
        """Return the object in a payload. Raises BadPayload if there is none."""
        if self._seals and not payload.startswith(b".") and not args and not kwargs:
            try:
                return self.serializer.loads(from_base64(payload).decode())
            except Exception:
                # It goes wrong there as well, and is called by its name.
                pass
        return super().load_payload(payload, *args, **kwargs)

    def dump_payload(self, obj: Any) -> bytes:
        """Return an object as text in base 64, packed where that is shorter."""
        if not self._seals:
            return super().dump_payload(obj)
        text = self.serializer.dumps(obj, **self.serializer_kwargs).encode()
        packed = compress(text)
        if len(packed) < len(text) - 1:
            return b"." + in_base64(packed)
        return in_base64(text)

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        """Return an object as text that is signed, with the time."""
        if salt is not None or not self._seals:
            return super().dumps(obj, salt)
        payload = self.dump_payload(obj)
        stamp = in_base64(int_to_bytes(self._signer.get_timestamp()))
        value = b"%b.%b" % (payload, stamp)
        return f"{value.decode()}.{self._seals[0].sign(value).decode()}"

    def _payload(self, text: str, max_age: int) -> bytes | None:
        """Return what is signed, or None if it takes a closer look to judge it."""
        if type(text) is not str or not text.isascii():
            return None
        known = self._sealed.get(text) or self._open(text)
        if known is None:
            return None
        payload, signed_at = known
        age = self._signer.get_timestamp() - signed_at
        return payload if 0 <= age <= max_age else None

    def _open(self, text: str) -> tuple[bytes, int] | None:
        """Return what is signed and when, in seconds, if the signature is right.

        It is right each time: whoever comes back brings the same until it changes.
        """
        value, _, signature = text.encode().rpartition(b".")
        if not any(hmac.compare_digest(s.sign(value), signature) for s in self._seals):
            return None
        payload, _, stamp = value.rpartition(b".")
        try:
            opened = payload, int.from_bytes(from_base64(stamp), "big")
        except ValueError:
            return None
        if len(text) <= LONGEST_SEALED:
            remember(self._sealed, text, opened, MOST_SEALED)
        return opened


def make_signing_serializer(
    keys: tuple[str | bytes, ...],
    salt: str | bytes,
    key_derivation: str,
    digest_method: Any,
    serializer: Any,
) -> URLSafeTimedSerializer:
    """Return what signs with the last of these keys, and checks by all of them."""
    return SigningSerializer(
        list(keys),
        salt=salt,
        serializer=serializer,
        signer_kwargs={
            "key_derivation": key_derivation,
            "digest_method": digest_method,
        },
    )


#: By its parts, so that changing any of them needs no notice.
remembered_signing_serializer = lru_cache(maxsize=64)(make_signing_serializer)
