"""What a station knows about tokens by itself: the local list and the authorization cache."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

ACCEPTED = "Accepted"


@dataclass(frozen=True)
class Token:
    value: str
    type: str = "ISO14443"

    @property
    def key(self) -> str:
        return self.value.upper()

    @property
    def masked(self) -> str:
        return f"…{self.value[-3:]}"


@dataclass(frozen=True)
class TokenInfo:
    status: str
    group: str | None = None
    expires_at: datetime | None = None

    def status_at(self, now: datetime) -> str:
        if self.status == ACCEPTED and self.expires_at and self.expires_at <= now:
            return "Expired"
        return self.status


@dataclass
class TokenBook:
    version: int = 0
    listed: dict[str, TokenInfo] = field(default_factory=dict)
    cached: dict[str, TokenInfo] = field(default_factory=dict)

    def replace(self, version: int, entries: dict[str, TokenInfo]) -> None:
        self.version, self.listed = version, entries

    def update(self, version: int, entries: dict[str, TokenInfo | None]) -> None:
        """None takes an entry out."""
        self.version = version
        for key, info in entries.items():
            if info is None:
                self.listed.pop(key, None)
            else:
                self.listed[key] = info

    def learn(self, token: Token, info: TokenInfo) -> None:
        """The cache learns every answer, unless the list already has a say."""
        if token.key not in self.listed:
            self.cached[token.key] = info

    def known(self, token: Token) -> TokenInfo | None:
        return self.listed.get(token.key) or self.cached.get(token.key)

    def group_of(self, token: Token) -> str | None:
        info = self.known(token)
        return info.group if info else None


def read_instant(text: str | None) -> datetime | None:
    return None if text is None else instant_of(text)


def instant_of(text: str) -> datetime:
    """A time without a zone is in UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
