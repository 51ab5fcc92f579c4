"""The shape of `wirewatch.yaml`: every section and key, with their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from wirewatch.access_settings import AccessSettings, AdaptiveSetting
from wirewatch.model import AfterReading, Archiving, FirstPoll, Pages, Zone
from wirewatch.policy_schema import (
    AlarmSettings,
    ChannelSettings,
    NoticeSettings,
    PaceSettings,
    RouteSettings,
    check_public_url,
)
from wirewatch.shapes import Duration, Strict, Text, TimeZone, as_text
from wirewatch.source_checks import LOCATION_KEYS, check_fields, check_location, check_selector


class NetworkSettings(Strict):
    """What requests may reach, and how politely."""

    allow: list[Text] = Field(default_factory=list)
    ports: list[Annotated[int, Field(ge=1, le=65535)]] = Field(default_factory=lambda: [80, 443])
    per_site_delay: Duration = timedelta(seconds=1)
    per_site_limit: int = Field(default=2, ge=1, le=32)
    contact: Text | None = None

    @field_validator("allow")
    @classmethod
    def _are_networks(cls, allow: list[str]) -> list[str]:
        for text in allow:
            try:
                ip_network(text, strict=False)
            except ValueError:
                raise ValueError(f"“{text}” is not a network; write an address range such as 10.0.0.0/8") from None
        return allow


class DefaultSettings(Strict):
    """What sources and terms take where they do not say."""

    channels: list[Text] = Field(default_factory=list)
    every: Duration = timedelta(minutes=15)
    pages: Pages = Pages.AUTO
    first_poll: FirstPoll = FirstPoll.RECENT
    adaptive: AdaptiveSetting = False
    robots: bool = True
    language: Text | None = None
    timezone: TimeZone = "UTC"
    backfill_on_add: bool = False


class RetentionSettings(Strict):
    """How long what is old is kept; null is for ever."""

    articles: Duration | None = None
    hits: Duration | None = None
    raw: Duration | None = timedelta(days=30)
    deliveries: Duration | None = None
    runs: Duration | None = timedelta(days=90)
    prefect: Duration | None = timedelta(days=14)


class SourceSettings(AccessSettings):
    """One source: its name, what it is and where, and how it is read."""

    name: Text
    feed: Text | None = None
    sitemap: Text | None = None
    page: Text | None = None
    select: Text | None = None
    mailbox: Text | None = None
    folder: Text | None = None
    files: list[Text] = Field(default_factory=list)
    fields: dict[str, Text | list[Text]] = Field(default_factory=dict)
    keep_raw: bool = False
    archive: Archiving = Archiving.ALL
    host: Text | None = None
    after: AfterReading = AfterReading.LEAVE
    kind: Text | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    every: Duration | None = None
    pages: Pages | None = None
    first_poll: FirstPoll | None = None
    adaptive: AdaptiveSetting | None = None
    robots: bool | None = None
    language: Text | None = None

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: timedelta | None) -> timedelta | None:
        if every is not None and every < timedelta(seconds=1):
            raise ValueError("too often; 1s is the least")
        return every

    @field_validator("fields")
    @classmethod
    def _are_fields(cls, fields: dict[str, Text | list[Text]]) -> dict[str, Text | list[Text]]:
        check_fields(fields)
        return fields

    @field_validator("select")
    @classmethod
    def _is_selector(cls, select: str | None) -> str | None:
        return select and check_selector(select)

    @model_validator(mode="after")
    def _is_one_source(self) -> SourceSettings:
        said = {key: value for key in LOCATION_KEYS if (value := getattr(self, key)) is not None}
        check_location(said, self.model_fields_set)
        if self.after is (AfterReading.ARCHIVE if self.mailbox else AfterReading.SEEN):
            raise ValueError("`after:` is `leave` or `archive` for a folder, `leave` or `seen` for a mailbox")
        return self


class TermSettings(PaceSettings):
    """One term of the watchlist; a plain text is its name and its query."""

    name: Text
    query: Text
    group: Text | None = None
    backfill_on_add: bool | None = None
    must_hit: list[Text] = Field(default_factory=list)
    must_not_hit: list[Text] = Field(default_factory=list)
    aliases: list[Text] = Field(default_factory=list)
    exclude: list[Text] = Field(default_factory=list)
    min_matches: int = Field(default=1, ge=1)
    zones: list[Zone] = Field(default_factory=list)
    languages: list[Text] = Field(default_factory=list)
    sources: list[Text] = Field(default_factory=list)
    was: Text | None = None

    @field_validator("zones")
    @classmethod
    def _are_searched(cls, zones: list[Zone]) -> list[Zone]:
        if Zone.FURNITURE in zones:
            raise ValueError("furniture is never searched for live hits; leave it out")
        return zones

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        value = as_text(value)
        if isinstance(value, str):
            return {"name": value, "query": value}
        if isinstance(value, dict) and "query" not in value and "name" in value:
            return {**value, "query": value["name"]}
        return value


class GroupSettings(PaceSettings):
    """What all terms of a group take where they do not say."""


class FileSettings(Strict):
    """The whole of `wirewatch.yaml`."""

    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    defaults: DefaultSettings = Field(default_factory=DefaultSettings)
    notices: NoticeSettings = Field(default_factory=NoticeSettings)
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    public_url: Annotated[Text | None, AfterValidator(check_public_url)] = None
    sources: list[SourceSettings] = Field(default_factory=list)
    concepts: dict[str, Text] = Field(default_factory=dict)
    groups: dict[str, GroupSettings] = Field(default_factory=dict)
    terms: list[TermSettings] = Field(default_factory=list)
    routes: list[RouteSettings] = Field(default_factory=list)


ITEM_SETTINGS: dict[str, type[Strict]] = {
    "channels": ChannelSettings,
    "network": NetworkSettings,
    "defaults": DefaultSettings,
    "notices": NoticeSettings,
    "retention": RetentionSettings,
    "alarms": AlarmSettings,
    "sources": SourceSettings,
    "groups": GroupSettings,
    "terms": TermSettings,
    "routes": RouteSettings,
}


def keys_at(path: Sequence[str | int]) -> list[str]:
    """The keys that are valid at a place of the file, under the names that are written there."""
    settings: type[Strict] = ITEM_SETTINGS.get(str(path[0]), FileSettings) if path else FileSettings
    for part in path[1:]:
        field = settings.model_fields.get(str(part))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        settings = next(filter(_is_settings, kinds), settings)
    return [field.alias or name for name, field in settings.model_fields.items()]


def _is_settings(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Strict)
