from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.requirements.needs import CHECKS, PROFILES, Need, profile_text, read_needs

NEED = {"use": "links", "check": "influence", "verdict": "supported"}


def read(**change: Any) -> Need:
    given = {key: value for key, value in {**NEED, **change}.items() if value is not None}
    return read_needs([given]).needs[0]


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_are_whole(name: str, tmp_path: Path) -> None:
    found = read_needs(name)
    assert found.needs
    assert found.use != name
    copy = tmp_path / "needs.toml"
    copy.write_text(profile_text(name), encoding="utf-8")
    again = read_needs(copy)
    assert (again.needs, again.random_model, again.use) == (found.needs, found.random_model, found.use)


def test_profiles_that_claim_a_reading_run_on_a_random_model() -> None:
    for name in PROFILES:
        claims = any(
            one.check in ("licence", "influence", "judge") and not one.of_two for one in read_needs(name).needs
        )
        assert read_needs(name).random_model == claims, name


def test_every_number_is_taken() -> None:
    need = read(verdict=None, statistic="rho", at_least=0, layers=3, kind="head 3.7")
    assert (need.at_least, need.layers, need.kind) == (0.0, [3], "head 3.7")
    assert need.bound == "rho: at least 0"
    assert read(verdict=None, statistic="gain", change_at_most=0.02).of_two


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"use": None}, "has no use"),
        ({"use": " "}, "has no use"),
        ({"check": "influense"}, r"check 'influense' is not known \(did you mean 'influence'\?\)"),
        ({"check": 3}, "check: expected a string"),
        ({"verdikt": "supported"}, r"'verdikt' is not known \(did you mean 'verdict'\?\)"),
        ({"verdict": "suported"}, r"verdict 'suported' is not known \(did you mean 'supported'\?\)"),
        ({"verdict": None}, "expected either a verdict, or a statistic with"),
        ({"statistic": "rho", "at_least": 0.3}, "expected either a verdict, or a statistic with"),
        ({"verdict": None, "statistic": "rhoo", "at_least": 0.3}, r"'rhoo' is not known \(did you mean 'rho'\?\)"),
        ({"verdict": None, "statistic": "rho", "at_least": True}, "at_least: expected a number"),
        ({"verdict": None, "statistic": "rho", "at_least": float("nan")}, "at_least: expected a number"),
        ({"verdict": None, "statistic": "rho", "at_least": 0.1, "change_at_most": 0.1}, "one a need"),
        ({"verdict": None, "statistic": "rho", "change_at_most": 0.0}, "change_at_most: expected above 0"),
        ({"kind": "atention"}, r"kind 'atention' is not known \(did you mean 'attention'\?\)"),
        ({"layers": "first"}, "layers: expected all, any, last, or a list of numbers"),
        ({"layers": [1.5]}, "layers: expected all, any, last, or a list of numbers"),
        ({"layers": []}, "layers: expected all, any, last, or a list of numbers"),
        ({"check": "flips"}, "flips has no verdicts"),
        ({"verdict": "undecided"}, "verdict 'undecided' is not known"),
        ({"verdict": None, "at_least": 0.1}, "has a bound and no statistic"),
        ({"verdict": None, "statistic": "rho", "at_least": 10**400}, "at_least: expected a number"),
        ({"statistic": "rho"}, "statistic beside a verdict: would not count for influence"),
        ({"method": "shap"}, "method: would not count for influence"),
        ({"contrast": "hyper against coord"}, "contrast: would not count for influence"),
        ({"share": 0.5}, "share and heads: would not count for influence"),
        ({"check": "judge"}, "judge: has no method"),
        ({"check": "judge", "method": "shap", "layers": "last"}, "layers: would not count for judge"),
        (
            {
                "check": "judge",
                "method": "shap",
                "verdict": None,
                "statistic": "share of ceiling",
                "change_at_most": 0.1,
            },
            "the change of rho alone",
        ),
        (
            {
                "check": "activations",
                "kind": "hidden state",
                "verdict": None,
                "statistic": "agreement",
                "at_least": 0.9,
            },
            "hidden state has no agreement; leave kind out",
        ),
        (
            {"check": "heads", "verdict": None, "statistic": "change", "at_most": 0.1, "heads": ["9" * 5000 + ".1"]},
            "heads: expected a",
        ),
        (
            {"check": "heads", "verdict": None, "statistic": "change", "at_most": 0.1, "heads": ["1.2"], "share": 0.1},
            "heads beside a share: would not count",
        ),
        ({"check": "licence", "verdict": None, "statistic": "rho", "at_least": 0.1}, "licence has verdicts alone"),
        (
            {"check": "heads", "verdict": None, "statistic": "change", "at_most": 0.1, "heads": ["3"]},
            "heads: expected a",
        ),
        ({"check": "heads", "verdict": None, "statistic": "change", "at_most": 0.1, "share": 1.0}, "share: expected"),
    ],
)
def test_bad_needs_get_one_line(change: Any, said: str) -> None:
    with pytest.raises(ei.InputError, match=said) as error:
        read(**change)
    assert str(error.value).startswith("needs, need 1: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no .*need"),
        ("need = 3", "has no .*need"),
        ("[[nead]]\nuse='x'", "'nead' is not known"),
        ("use = 3\n[[need]]\nuse='x'\ncheck='influence'\nverdict='supported'", "expected use as words"),
        ("[[need]\n", "not TOML"),
        ("\xff".encode("latin-1"), "not UTF-8"),
        ("x = " + "9" * 5000, "not TOML"),
        ("a." * 100_000 + "a = 1", "is larger than|has more than|bytes"),
    ],
)
def test_bad_files_get_one_line(tmp_path: Path, content: str | bytes, said: str) -> None:
    path = tmp_path / "needs.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ei.InputError, match=said) as error:
        read_needs(path)
    assert str(error.value).startswith(str(path))


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "needs.toml"
    path.write_text("\ufeff[[need]]\nuse='x'\ncheck='influence'\nverdict='supported'\n", encoding="utf-8")
    assert len(read_needs(path).needs) == 1


def test_unknown_profiles_get_the_nearest_name() -> None:
    with pytest.raises(ei.InputError, match=r"no file and no profile \(did you mean 'quantise'\?\)"):
        read_needs("quantize")
    with pytest.raises(ei.InputError, match="expected a file, a profile's name, or a list"):
        read_needs({"use": "x"})  # type: ignore[arg-type]


def test_the_schema_knows_what_the_reader_knows() -> None:
    """Editors complete and check needs.toml by the JSON schema that ships with the package."""
    from importlib import resources

    text = (resources.files("edgeinterp.requirements") / "needs.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert set(schema["properties"]) == {"use", "random_model", "need"}
    need = schema["properties"]["need"]["items"]
    assert set(need["properties"]) == set(Need.__dataclass_fields__)
    assert set(need["required"]) == {"use", "check"}
    assert set(need["properties"]["check"]["enum"]) == set(CHECKS)
    assert set(need["properties"]["statistic"]["enum"]) == {one for _, known in CHECKS.values() for one in known}
    assert schema["additionalProperties"] is need["additionalProperties"] is False
