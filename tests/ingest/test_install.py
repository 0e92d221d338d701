"""`ingest install`: what it writes for an organisation, and what it leaves alone."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.cli import main
from ingest.install import OURS, UNITS, File, remove, to_write, write
from ingest.receive.limits import LIMITS


def files(name: str) -> dict[str, File]:
    return {file.path.name: file for file in to_write(name, 8100, 8600, "acme.example.org")}


def install_in(root: Path, name: str) -> None:
    for file in files(name).values():
        write(file, root)


def test_an_organisation_has_a_port_a_domain_and_a_dashboard_of_its_own() -> None:
    acme = files("acme")
    assert "ListenStream=127.0.0.1:8100\n" in acme["engagement@acme.socket"].text
    assert "reverse_proxy 127.0.0.1:8100 " in acme["acme.Caddyfile"].text
    assert acme["acme.Caddyfile"].text.startswith("acme.example.org {")
    assert "DASHBOARD_PORT=8600\n" in acme["acme.env"].text


def test_no_more_connections_wait_at_the_socket_than_the_receiver_takes_at_once() -> None:
    assert f"\nBacklog={LIMITS.max_not_accepted}\n" in files("acme")["engagement@acme.socket"].text


def test_organisations_share_all_units_but_the_socket() -> None:
    one, two = files("one"), files("two")
    assert {name for name in one if name not in two} == {
        "engagement@one.socket",
        "one.Caddyfile",
        "one.env",
        "one.secret",
    }
    assert all(one[name] == two[name] for name in one if name in two)


def test_the_secret_and_the_settings_are_for_root_alone(tmp_path: Path) -> None:
    install_in(tmp_path, "acme")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / OURS).iterdir()}
    assert modes == {"acme.env": 0o600, "acme.secret": 0o600, "acme.Caddyfile": 0o644, "alerts.yml": 0o644}


def test_a_second_installation_keeps_the_secret_and_the_settings(tmp_path: Path) -> None:
    install_in(tmp_path, "acme")
    secret = (tmp_path / OURS / "acme.secret").read_text()
    (tmp_path / OURS / "acme.env").write_text("HOST=mine\n")
    install_in(tmp_path, "acme")
    assert (tmp_path / OURS / "acme.secret").read_text() == secret
    assert (tmp_path / OURS / "acme.env").read_text() == "HOST=mine\n"


def test_a_second_installation_without_options_changes_no_port_and_no_domain(tmp_path: Path) -> None:
    """An update is installed with the command's defaults. With these the proxy would refuse every delivery."""
    install_in(tmp_path, "acme")
    kept = [write(file, tmp_path) for file in to_write("acme", 8000, 8501, "events.example.org")]
    assert "8100" in (tmp_path / UNITS / "engagement@acme.socket").read_text()
    assert "acme.example.org {" in (tmp_path / OURS / "acme.Caddyfile").read_text()
    assert kept.count(False) == 4


def test_the_settings_say_where_doctor_finds_the_receiver() -> None:
    assert "PORT=8100\n" in files("acme")["acme.env"].text.splitlines(keepends=True)


def test_the_shared_units_go_with_the_last_organisation(tmp_path: Path) -> None:
    install_in(tmp_path, "one")
    install_in(tmp_path, "two")
    remove("one", tmp_path)
    assert {path.name for path in (tmp_path / UNITS).glob("*.s*")} >= {"engagement@.service", "engagement@two.socket"}
    remove("two", tmp_path)
    assert not list((tmp_path / UNITS).iterdir())
    assert {path.name for path in (tmp_path / OURS).iterdir()} == {"one.env", "one.secret", "two.env", "two.secret"}


def test_print_shows_every_file_and_no_secret() -> None:
    shown = CliRunner().invoke(main, ["install", "acme", "--print"]).output
    for name in files("acme"):
        assert f"/{name}  (0" in shown
    assert "(a new secret)" in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(("--port", "8501"), "a port each"), (("--uninstall",), "choose one")],
    ids=["one port", "print and uninstall"],
)
def test_options_that_contradict_each_other_are_refused(options: tuple[str, ...], sentence: str) -> None:
    refused = CliRunner().invoke(main, ["install", "--print", *options])
    assert refused.exit_code == 2
    assert sentence in refused.output


@pytest.mark.parametrize("name", ["a b", "../x", "Acme", "a@b", "", "a" * 65])
def test_a_name_that_no_unit_can_have_is_refused(name: str) -> None:
    refused = CliRunner().invoke(main, ["install", name, "--print"])
    assert refused.exit_code == 2
    assert "small letters" in refused.output


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "https://events.example.org",
        "events.example.org/x",
        "events.example.org:8443",
        "events example.org",
        "events.example.org\n",
        "a.org {\n}",
        "a..org",
        "-a.org",
        "zoë.org",
        "localhost",
        "10.0.0.1",
    ],
)
def test_what_is_no_public_name_is_refused_in_one_line(domain: str) -> None:
    """It goes into the Caddyfile as it is."""
    result = CliRunner().invoke(main, ["install", "acme", "--print", "--domain", domain])
    assert result.exit_code == 2
    said = "Error: Invalid value for '--domain': a public name is needed, such as events.example.org"
    assert result.output.splitlines()[-1] == said


@pytest.mark.parametrize(
    "domain", ["events.example.org", "a.io", "Events.Example.ORG", "xn--zo-nja.org", "a-b.c-d.org"]
)
def test_a_public_name_goes_into_the_caddyfile(domain: str) -> None:
    result = CliRunner().invoke(main, ["install", "acme", "--print", "--domain", domain])
    assert f"\n{domain} {{\n" in result.output
