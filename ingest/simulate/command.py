"""`ingest simulate`: posts a made-up organisation's deliveries."""

import click

from ingest.send.command import concurrency_option, deliver, rate_option, url_option
from ingest.simulate import conference, organisation

WAIT_SECONDS = 30.0  # `make demo` starts the receiver at the same time


@click.command()
@click.option(
    "--attendees",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="People who attend each event, for about 24 deliveries each.",
)
@click.option(
    "--sessions", type=click.IntRange(1), default=40, show_default=True, help="Talks and keynotes in each event."
)
@click.option(
    "--events", type=click.IntRange(1, 100), default=2, show_default=True, help="Conferences, nine weeks apart."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another conference.")
@click.option(
    "--only-time-spent", is_flag=True, help="Only the time spent in sessions: ten deliveries for each attendee."
)
@rate_option
@url_option
@concurrency_option
def simulate(  # noqa: PLR0913 -- each is an option
    *,
    attendees: int,
    sessions: int,
    events: int,
    seed: int,
    only_time_spent: bool,
    rate: float | None,
    url: str | None,
    concurrency: int,
) -> None:
    """Post what a made-up organisation's events bring, as Zuddl does.

    By default these are about 48,000 deliveries from two events: invitations, registrations, arrivals, questions,
    booths, leads, recordings, and one hour after the end of each event the time spent. With --only-time-spent they
    are about 20,000, nearly all of them time spent in sessions. The same options make the same deliveries: posted
    twice, they are duplicates the second time. Waits up to 30 seconds for the receiver. Signs with the first secret of
    ZUDDL_WEBHOOK_SECRET, and sends the header of ZUDDL_AUTH_HEADER. Ends with status 0 if each delivery was answered
    with 200, else with 1.
    """
    if only_time_spent:
        deliveries, count = conference.conference, conference.expected_count
    else:
        deliveries, count = organisation.organisation, organisation.expected_count
    deliver(
        deliveries(attendees=attendees, sessions=sessions, events=events, seed=seed),
        total=count(attendees=attendees, sessions=sessions, events=events, seed=seed),
        url=url,
        concurrency=concurrency,
        rate=rate,
        wait_seconds=WAIT_SECONDS,
    )
