"""What holds for all tests: the database, skips in CI, deprecations."""

import os
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = (ROOT / "tests", *ROOT.glob("social_consent_monitoring*"))
IN_CI = os.environ.get("CI") == "true"

# Time says nothing on a noisy machine; examples are found anew in each run.
hypothesis.settings.register_profile(
    "sandbox",
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("sandbox")

# Deprecations in our own code; pytest's hook for warnings gets no config to keep them in.
recorded = []


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    """Name the prepared database before pytest-odoo reads its options."""
    if database := os.environ.get("SANDBOX_DATABASE"):
        config.option.odoo_database = database
        config.option.odoo_http = True
    yield


@pytest.fixture(scope="session")
def bluesky(tmp_path_factory):
    """One real Bluesky network for all tests, with our own account `brand.test` in it."""
    from counterparts.bluesky import Bluesky, is_there

    if not is_there():
        pytest.skip("The Bluesky network is missing: install Node.js 18 or newer with npm.")
    with Bluesky(tmp_path_factory.mktemp("bluesky")) as network:
        network.add_user("brand")
        yield network


# A skip in CI would hide that something is not tested at all.


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    fail_skip_in_ci(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    fail_skip_in_ci(outcome.get_result())


def fail_skip_in_ci(report):
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI. {reason}"


# What is deprecated now is gone in the next Odoo. The file decides whose
# warning it is: filters by module miss those with another stack level.


def pytest_warning_recorded(warning_message, nodeid):
    deprecated = (DeprecationWarning, PendingDeprecationWarning)
    if issubclass(warning_message.category, deprecated) and is_ours(warning_message.filename):
        where = f"{warning_message.filename}:{warning_message.lineno}"
        found = f"{where}: {warning_message.message} ({nodeid})"
        recorded.append(found)


def is_ours(filename):
    path = Path(filename)
    return any(folder in path.parents for folder in OURS)


def pytest_sessionfinish(session, exitstatus):
    if recorded and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if recorded:
        terminalreporter.section("Deprecated, and used by our own code", red=True)
        for found in recorded:
            terminalreporter.line(found)
