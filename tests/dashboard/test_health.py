"""Data health: what it says first, and what it says of values that were not taken over."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.page import at, rows, said
from tests.dashboard.rows import TWO_EVENTS, Publish

NOTHING_QUARANTINED = "Of the deliveries in the 24 hours up to the last one, none is quarantined."


def test_the_first_line_says_what_was_quarantined_lately(publish: Publish, app: AppTest) -> None:
    """By reason, most first; what is older than a day before the last delivery is not counted."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES
            (1, '2025-10-01 12:00:00+00'), (2, '2025-09-01 12:00:00+00');
        INSERT INTO raw.quarantine (delivery_id, received_at, reason, detail) VALUES
            (3, '2025-10-01 12:00:01+00', 'missing_field', 'session.id'),
            (4, '2025-10-01 12:00:02+00', 'invalid_minutes', 'timeSpentInMinutes'),
            (5, '2025-10-01 12:00:03+00', 'invalid_minutes', 'timeSpentInMinutes'),
            (6, '2025-09-01 12:00:00+00', 'not_json', NULL);
        """
    )

    page = at(app, "health")

    [warning] = page.warning
    assert warning.value == (
        "Quarantined in the 24 hours up to the last delivery: 3 of 4 deliveries (2 `invalid_minutes`, 1 "
        "`missing_field`). No figure counts them. They are kept, and each rebuild tries them again."
    )
    assert NOTHING_QUARANTINED not in said(page)


def test_the_first_line_says_that_nothing_was_quarantined_lately(publish: Publish, app: AppTest) -> None:
    """A month after the last quarantined delivery."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES (1, '2025-10-01 12:00:00+00');
        INSERT INTO raw.quarantine (delivery_id, received_at, reason) VALUES (2, '2025-09-01 12:00:00+00', 'not_json');
        """
    )

    page = at(app, "health")

    assert not page.warning
    assert NOTHING_QUARANTINED in said(page)


def test_values_that_could_not_be_taken_over_are_counted_by_field(publish: Publish, app: AppTest) -> None:
    """With what became of them."""
    publish(
        f"""
        {TWO_EVENTS};
        INSERT INTO raw.deliveries (delivery_id, received_at) VALUES
            (1, '2025-10-01 12:00:00+00'), (2, '2025-10-02 12:00:00+00');
        INSERT INTO staging.field_faults VALUES
            (1, 'session.startDateTime', 'unreadable'), (2, 'session.startDateTime', 'unreadable'),
            (1, 'session.tags', 'cut');
        """
    )

    assert rows(at(app, "health"), "field", "fault", "value_count") == [
        ("session.startDateTime", "unreadable: left empty", 2),
        ("session.tags", "too long: its beginning is kept", 1),
    ]


def test_where_every_value_was_taken_over_the_page_says_so(publish: Publish, app: AppTest) -> None:
    publish(TWO_EVENTS)

    assert "Every value is in the tables as it was sent." in said(at(app, "health"))


def test_the_repeat_policy_of_the_file_is_shown(publish: Publish, app: AppTest) -> None:
    """Not the one in the dashboard's environment."""
    publish(f"{TWO_EVENTS}; DELETE FROM raw.settings; INSERT INTO raw.settings VALUES ('sum')")

    assert "Several actions for one attendee and session: their minutes are added up" in said(at(app, "health"))


def test_what_is_wrong_with_the_names_of_speakers_is_shown(publish: Publish, app: AppTest, data_dir: Path) -> None:
    """Below the first line, as text, whatever the file holds."""
    publish(TWO_EVENTS)
    (data_dir / "speakers.csv").mkdir()

    page = at(app, "health")

    assert [warning.value for warning in page.warning] == ["`speakers.csv` can't be used as it is."]
    assert page.code[0].value == "speakers.csv is no file: no speaker has a name"


@pytest.mark.parametrize("content", [None, "speaker_id,speaker_name\np1,Grace Hopper\n"])
def test_of_names_that_can_be_used_nothing_is_said(
    publish: Publish, app: AppTest, data_dir: Path, content: str | None
) -> None:
    publish(TWO_EVENTS)
    if content:
        (data_dir / "speakers.csv").write_text(content, encoding="utf-8")

    assert not at(app, "health").warning
