"""Before the tests run, a message says which will be skipped and what to install."""

from pathlib import Path

import pytest

import installed
from cstokg.engine.workers import sandbox

ROOT = Path(__file__).parents[1]


def test_what_is_missing_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 5)
    for variable in installed.FOLDERS:
        monkeypatch.setenv(variable, str(tmp_path / "nothing"))
    programs, *others = installed.missing()
    assert "apt-get install apache2 bash chromium curl default-jdk-headless" in programs
    assert [variable for variable in installed.FOLDERS if variable not in " ".join(others)] == []
    assert "Landlock" in others[-1]


def test_nothing_is_said_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in installed.PROGRAMS:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(installed, "FILES", {})
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 6)
    for variable in installed.FOLDERS:
        monkeypatch.setenv(variable, str(tmp_path))
    assert list(installed.missing()) == []


def test_continuous_integration_installs_all_of_it() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").split()
    packages = {*installed.PROGRAMS.values(), *installed.FILES.values()} - {"bash"}
    assert packages <= set(script)
