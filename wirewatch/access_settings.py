"""The settings of a source that say how its site is asked: login, headers, cookies, proxy, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from wirewatch.access import Access, cookie_problem, header_problem, proxy_problem, suggestion
from wirewatch.cadence import Adaptive
from wirewatch.secrets import NAME
from wirewatch.shapes import Duration, Strict, Text

T = TypeVar("T")

LEAST_BY_ITSELF, MOST_BY_ITSELF = timedelta(minutes=1), timedelta(hours=6)


class AuthSettings(Strict):
    """A login: user and password, or a token."""

    user: Text | None = None
    password: Text | None = None
    token: Text | None = None

    @model_validator(mode="after")
    def _is_one_login(self) -> AuthSettings:
        if (self.token is None) == (self.user is None or self.password is None) or (self.token and self.user):
            raise ValueError("a login is either `user:` and `password:`, or `token:`")
        for name, value in (("password", self.password), ("token", self.token)):
            if value is not None and not NAME.search(value):
                raise ValueError(
                    f"`{name}` is written out; put it in the environment and write {suggestion(f'site {name}')}"
                )
        return self


class AdaptiveSettings(Strict):
    """The bounds between which a source is polled as often as it publishes."""

    least: Duration
    most: Duration

    @model_validator(mode="after")
    def _are_bounds(self) -> AdaptiveSettings:
        if not timedelta(seconds=1) <= self.least <= self.most:
            raise ValueError("`least` is the shorter time between two polls, 1s or more, `most` the longer one")
        return self


def _as_adaptive(value: object) -> object:
    """One error, where a choice of two shapes would give one for each."""
    if isinstance(value, bool | None | AdaptiveSettings):
        return value
    try:
        return AdaptiveSettings.model_validate(value)
    except ValidationError as error:
        reasons = "; ".join(str(detail.get("ctx", {}).get("error") or detail["msg"]) for detail in error.errors())
        raise ValueError(f"write true, false, or {{least: 5m, most: 6h}} ({reasons})") from None


AdaptiveSetting = Annotated[AdaptiveSettings | bool, BeforeValidator(_as_adaptive)]


class AccessSettings(Strict):
    """What only sources that are fetched have."""

    auth: AuthSettings | None = None
    headers: dict[str, Text] = Field(default_factory=dict)
    cookies: dict[str, Text] = Field(default_factory=dict)
    proxy: Text | None = None

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str]) -> dict[str, str]:
        return _sound(headers, header_problem(headers))

    @field_validator("cookies")
    @classmethod
    def _can_be_kept(cls, cookies: dict[str, str]) -> dict[str, str]:
        return _sound(cookies, cookie_problem(cookies))

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, proxy: str | None) -> str | None:
        return _sound(proxy, proxy and proxy_problem(proxy))

    def access(self) -> Access | None:
        """As a value; None where nothing is said."""
        auth = self.auth or AuthSettings.model_construct()
        access = Access(
            user=auth.user,
            password=auth.password,
            token=auth.token,
            headers=tuple(self.headers.items()),
            cookies=tuple(self.cookies.items()),
            proxy=self.proxy,
        )
        return None if access == Access() else access


def adaptive_between(setting: AdaptiveSettings | bool, every: timedelta) -> Adaptive | None:
    """The bounds, chosen around `every` where only `true` is said; None where a source is polled by its `every`."""
    if isinstance(setting, AdaptiveSettings):
        return Adaptive(setting.least, setting.most)
    if not setting:
        return None
    least = min(every, max(every / 4, LEAST_BY_ITSELF))
    return Adaptive(least, max(every, min(every * 8, MOST_BY_ITSELF)))


def _sound(value: T, problem: str | None) -> T:
    if problem:
        raise ValueError(problem)
    return value
