"""The set-up tooling keeps its promises; none of these tests needs Odoo."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import axe_package
import bluesky_package
import debian
import measure
import odoo_source
import places
import setup_plan
import steps
import verb_test

SANDBOX_SCRIPT = places.TESTS / "sandbox"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A sandbox of the test's own."""
    for name in ("STAMPS", "LOGS"):
        monkeypatch.setattr(places, name, tmp_path / name.lower())
    monkeypatch.setattr(places, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path


# Steps


def make_step(make, inputs=(1,)):
    return steps.Step("example", "An example", lambda: list(inputs), make)


def test_step_that_is_done_is_not_done_again(folder, capsys):
    made = []
    for _ in range(2):
        steps.run_steps([make_step(made.append)])
    assert len(made) == 1
    assert "[1/1] An example ... done in 0 s" in capsys.readouterr().out


def test_step_is_done_again_when_its_inputs_change(folder):
    made = []
    steps.run_steps([make_step(made.append, [1])])
    steps.run_steps([make_step(made.append, [2])])
    assert len(made) == 2


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, steps.Problem])
def test_interrupted_step_starts_over_by_itself(folder, interruption):
    made = []

    def breaks_off(report):
        raise interruption

    steps.run_steps([make_step(made.append, [1])])
    with pytest.raises(interruption):
        steps.run_steps([make_step(breaks_off, [2])])
    # Even for the inputs that were done before: half of it may be gone.
    steps.run_steps([make_step(made.append, [1])])
    assert len(made) == 2


def test_failing_command_shows_the_end_of_its_output(folder):
    with pytest.raises(steps.Problem, match="no such thing"):
        steps.run(["sh", "-c", "echo no such thing; exit 3"], "example")


def test_missing_tool_is_named_with_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(steps.Problem, match=r"^dpkg-deb is missing: apt-get install dpkg"):
        debian.fetch_and_unpack([], Path("/nowhere"), None)


def test_missing_python_is_named_with_how_to_get_it(tmp_path):
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    result = subprocess.run(
        ["sh", SANDBOX_SCRIPT], env={"PATH": str(tmp_path)}, text=True, capture_output=True
    )
    assert result.returncode == 1
    assert result.stderr.startswith("python3 is missing: install Python 3.10 or newer")


def test_unknown_verb_shows_the_usage():
    result = subprocess.run([SANDBOX_SCRIPT, "dance"], text=True, capture_output=True)
    assert result.returncode == 2
    assert "usage: tests/sandbox VERB" in result.stderr


# Downloads


class FakeApt(debian.Apt):
    """Serves one package without a network."""

    def __init__(self, content, downloaded):
        self.content, self.downloaded = content, downloaded
        self.downloads = 0

    def describe(self, packages):
        digest = hashlib.sha256(self.content).hexdigest()
        return [debian.Deb("tool_1.0_all.deb", len(self.content), digest)]

    @property
    def apt_get(self):
        return "apt-get"

    def _watched(self, command, folder, debs, report):
        self.downloads += 1
        (folder / debs[0].name).write_bytes(self.downloaded)


class Silent:
    def progress(self, text):
        pass


def test_cached_package_is_used_again(folder):
    for expected in (1, 0):
        apt = FakeApt(b"genuine", b"genuine")
        (path,) = apt.get(["tool/sid"], Silent())
        assert path.read_bytes() == b"genuine"
        assert apt.downloads == expected


def test_tampered_package_in_the_cache_is_fetched_again(folder):
    (path,) = FakeApt(b"genuine", b"genuine").get(["tool/sid"], Silent())
    path.write_bytes(b"tampered")
    apt = FakeApt(b"genuine", b"genuine")
    apt.get(["tool/sid"], Silent())
    assert apt.downloads == 1
    assert path.read_bytes() == b"genuine"


def test_download_with_another_checksum_is_refused(folder):
    with pytest.raises(steps.Problem, match="checksum of the signed index"):
        FakeApt(b"genuine", b"tampered").get(["tool/sid"], Silent())
    assert not list((folder / "cache" / "debs").iterdir())


def test_bluesky_is_fetched_for_the_tests_that_start_it_and_for_no_others():
    def fetched(*arguments):
        steps_ = setup_plan.all_steps(verb_test.needs_bluesky(list(arguments)))
        return "bluesky" in [step.name for step in steps_]

    assert fetched()
    assert fetched(str(places.TESTS / "test_connector_bluesky.py"))
    assert fetched(str(places.TESTS))
    assert not fetched(str(places.TESTS / "test_tooling.py"))
    assert "bluesky" not in [step.name for step in setup_plan.all_steps()]


def test_bluesky_is_not_fetched_again_where_another_checkout_did(folder, monkeypatch):
    monkeypatch.setattr(bluesky_package, "FOLDER", folder / "bluesky")
    fetched = []

    def fetch(cached, report):
        fetched.append(cached)
        cached.mkdir(parents=True)
        (cached / "node_modules").mkdir()

    monkeypatch.setattr(bluesky_package, "fetch", fetch)
    for _checkout in range(2):
        bluesky_package.make(Silent())
        assert (bluesky_package.FOLDER / "node_modules").is_dir()
    assert len(fetched) == 1


def test_each_package_of_the_bluesky_network_has_a_version_and_a_checksum():
    named, locked = (
        json.loads((bluesky_package.SCRIPTS / name).read_text()) for name in bluesky_package.FILES
    )
    packages = locked["packages"]
    assert packages.pop("")["dependencies"] == named["dependencies"]
    assert all(each["version"] and each["integrity"] for each in packages.values())


def test_axe_with_another_checksum_is_refused(folder, monkeypatch):
    npm = folder / "npm"
    archive = f"axe-core-{axe_package.VERSION}.tgz"
    npm.write_text(f'#!/bin/sh\necho tampered > "$4/{archive}"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(axe_package, "FOLDER", folder / "axe")
    with pytest.raises(steps.Problem, match="does not have the checksum"):
        axe_package.make(Silent())
    assert not list((folder / "cache" / "npm").iterdir())
    assert not (folder / "axe").exists()


def test_missing_npm_is_named_with_how_to_get_it(folder, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not axe_package.is_wanted()
    with pytest.raises(steps.Problem, match=r"^npm is missing: apt-get install npm"):
        axe_package.make(Silent())


# Odoo


def make_odoo(folder, version):
    (folder / "odoo").mkdir()
    (folder / "odoo" / "release.py").write_text(f"version_info = ({version}, 0, 0, FINAL, 0, '')\n")
    (folder / "setup.py").write_text(
        "setup(install_requires=['psycopg2 >= 2.2', 'PyPDF2', 'python-ldap', 'lxml',"
        " 'pypiwin32 ; sys_platform == \"win32\"'])\n"
    )


def test_other_odoo_version_is_refused_with_what_is_expected(tmp_path, monkeypatch):
    make_odoo(tmp_path, 18)
    monkeypatch.setenv("ODOO", str(tmp_path))
    with pytest.raises(steps.Problem, match=r"holds Odoo 18: expected .* of Odoo 19"):
        odoo_source.check()


def test_folder_without_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO", str(tmp_path))
    with pytest.raises(steps.Problem, match="expected a folder with"):
        odoo_source.check()


def test_requirements_are_those_that_need_no_compiler(tmp_path, monkeypatch):
    make_odoo(tmp_path, 19)
    monkeypatch.setenv("ODOO", str(tmp_path))
    odoo_source.check()
    assert odoo_source.requirements() == [
        "lxml",
        "psycopg2-binary",
        "pypdf",
        'pypiwin32 ; sys_platform == "win32"',
    ]


# Tests


def test_selected_files_without_odoo_need_no_database(tmp_path):
    plain, uses = tmp_path / "test_plain.py", tmp_path / "test_uses.py"
    plain.write_text("import json\n")
    uses.write_text("from common import Common\n")
    assert not verb_test.needs_odoo([f"{plain}::test_it", "-x"])
    assert verb_test.needs_odoo([str(plain), str(uses)])
    assert verb_test.needs_odoo(["-x"])


def test_an_expression_that_is_too_long_for_a_path_is_an_expression():
    long = " or ".join(["test_something_else"] * 30)
    assert verb_test.absolute(long) == long
    assert verb_test.chosen_paths([f"/{long}"]) == []


def test_tests_of_glue_addons_run_in_a_database_of_their_own():
    main, glue = str(places.TESTS / "test_wall.py"), str(verb_test.GLUE / "test_sale.py")
    apart = f"--ignore={verb_test.GLUE}"
    folder = {
        verb_test.DATABASE: ["-x", apart],
        verb_test.GLUE_DATABASE: ["-x", str(verb_test.GLUE)],
    }
    assert verb_test.suites(["-x"]) == folder
    assert verb_test.suites(["-x", main]) == {verb_test.DATABASE: ["-x", apart, main]}
    assert verb_test.suites(["-x", f"{glue}::T"]) == {verb_test.GLUE_DATABASE: ["-x", f"{glue}::T"]}
    assert list(verb_test.suites([main, glue])) == [verb_test.DATABASE, verb_test.GLUE_DATABASE]
    assert verb_test.suites([str(places.TESTS)])[verb_test.GLUE_DATABASE] == [str(verb_test.GLUE)]


@pytest.mark.parametrize(
    ("codes", "failed"),
    [((0, 5), False), ((5, 0), False), ((5, 5), True), ((1, 5), True), ((0, 1), True)],
)
def test_a_selection_may_be_empty_in_one_of_two_databases(monkeypatch, codes, failed):
    results = iter(codes)
    monkeypatch.setattr(verb_test, "prepare_database", lambda name, reuse: [])
    monkeypatch.setattr(verb_test, "run_pytest", lambda name, arguments: next(results))
    assert bool(verb_test.run_suites(["-k", "x"], reuse=True)) == failed


SKIPPING = """
import pytest
def test_left_out():
    pytest.skip("no browser")
"""
DEPRECATED = """
import warnings
def test_of_tomorrow():
    warnings.warn("gone in the next Odoo", DeprecationWarning)
"""


def run_pytest(folder, content, **environment):
    """Run one test with the real conftest, in a folder that counts as ours."""
    shutil.copy(places.TESTS / "conftest.py", folder / "conftest.py")
    (folder / "test_example.py").write_text(content)
    command = [places.PYTHON, "-m", "pytest", "-p", "no:odoo", "-p", "no:cacheprovider"]
    clean = {
        name: value for name, value in os.environ.items() if name not in ("CI", "SANDBOX_DATABASE")
    }
    result = subprocess.run(
        [*command, "--rootdir", folder, "-c", "/dev/null", folder],
        env={**clean, **environment},
        text=True,
        capture_output=True,
    )
    return result.returncode, result.stdout


@pytest.fixture
def tests_folder(tmp_path):
    (tmp_path / "tests").mkdir()
    return tmp_path / "tests"


def test_skip_fails_in_ci_only(tests_folder):
    assert run_pytest(tests_folder, SKIPPING)[0] == 0
    code, output = run_pytest(tests_folder, SKIPPING, CI="true")
    assert code == 1
    assert "Nothing may be skipped in CI. Skipped: no browser" in output


def test_deprecation_in_our_own_code_fails(tests_folder):
    code, output = run_pytest(tests_folder, DEPRECATED)
    assert code == 1
    assert "gone in the next Odoo" in output


# Benchmarks


def is_missed(*ratios, **target):
    return measure.Result("example", ratios, **target).is_missed


def test_a_target_is_missed_where_the_median_lies_beyond_it():
    assert is_missed(2.9, 4.0, 3.1, at_most=3.0)
    assert not is_missed(2.9, 4.0, 3.0, at_most=3.0)
    assert is_missed(1.1, 2.1, 1.9, at_least=2.0)
    assert not is_missed(1.1, 2.1, 2.0, at_least=2.0)


def test_result_names_median_spread_target_and_verdict():
    result = measure.Result("example", (2.0, 5.0, 4.0), at_most=3.0)
    assert str(result) == "example: 4.00 (2.00..5.00), at most 3: missed"


def test_pairs_are_interleaved_and_the_first_one_does_not_count():
    order, said = [], []
    ours = iter([100, 2, 2, 2, 2, 2])

    def side(name, value):
        order.append(name)
        return value()

    result = measure.Measure(say=said.append).compare(
        "example",
        lambda: side("ours", lambda: next(ours)),
        lambda: side("base", lambda: 1),
        at_most=2,
    )
    assert result.ratios == (2, 2, 2, 2, 2)
    assert order == ["base", "ours", "ours", "base"] * 3
    assert said == ["example: 2.00 (2.00..2.00), at most 2: met"]
