"""Settings of one installation: environment variables with the prefix HEMIFACE_, or an .env file beside the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_dir
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import HemifaceError
from core.video.limits import VideoLimits


class Settings(BaseSettings):
    """What an installation may choose; each field is an environment variable, e.g. ``HEMIFACE_DATA_DIR``.

    The fields of ``video`` are written with two underscores: ``HEMIFACE_VIDEO__MAX_DURATION_S=900``. Names in a list
    are separated by commas: ``HEMIFACE_ALLOWED_HOSTS=localhost,hemiface.clinic.example``.
    """

    model_config = SettingsConfigDict(
        env_prefix="HEMIFACE_", env_nested_delimiter="__", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(user_data_dir("hemiface", appauthor=False)),
        description="folder of the database, recordings, tracks, caches and logs",
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; empty is the SQLite file in data_dir")
    models_dir: Path | None = Field(default=None, description="folder of optional model files; none is data_dir/models")
    video: VideoLimits = Field(default_factory=VideoLimits, description="limits on what is accepted as a video")
    iris_mm: float = Field(
        default=11.7,
        ge=9.0,
        le=14.0,
        description="true horizontal iris diameter of the millimetre scale (reference B4); never change it between visits",
    )
    parallel_analyses: int = Field(default=1, ge=1, le=8, description="analyses that run at the same time")
    clinician: str = Field(
        default="",
        max_length=60,
        description="name under which entries are kept, offered in every browser session; empty asks for it",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("localhost", "127.0.0.1", "::1"),
        description="host names under which the app answers (reliability T18)",
    )
    role: Literal["clinic", "home"] = Field(
        default="clinic",
        description="clinic serves every page; home serves the page of home recordings and nothing else",
    )
    home_url: str = Field(
        default="http://localhost:8501",
        description="address at the start of links for home recordings; never taken from a request (reliability T21)",
    )

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _absolute(cls, folder: Path | None) -> Path | None:
        return folder.expanduser().absolute() if folder is not None else None

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, names: object) -> object:
        return tuple(part.strip() for part in names.split(",") if part.strip()) if isinstance(names, str) else names

    @field_validator("home_url")
    @classmethod
    def _web_address(cls, address: str) -> str:
        parts = urlsplit(address)
        plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise ValueError("an address such as https://home.clinic.example is needed, without anything behind it")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def home_is_public(self) -> bool:
        """Whether patients can open links from elsewhere and their camera works: browsers want https for that."""
        return self.home_url.startswith("https://")

    @property
    def models_folder(self) -> Path:
        """Where optional model files are looked for."""
        return self.models_dir or self.data_dir / "models"

    @property
    def resolved_database_url(self) -> str:
        """``database_url``, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'hemiface.sqlite3').as_posix()}"


def load_settings(data_dir: Path | None = None) -> Settings:
    """Settings from the environment; ``data_dir`` overrides the folder.

    Raises:
        HemifaceError: a variable has a value that cannot be used; the sentence names it.
    """
    try:
        return Settings() if data_dir is None else Settings(data_dir=data_dir)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = "HEMIFACE_" + "__".join(str(part) for part in first["loc"]).upper()
        raise HemifaceError(
            f"The setting {name} cannot be used: {first['msg']}.",
            hint="Correct it in the environment or in the file .env and start again.",
            code="settings",
        ) from problem
