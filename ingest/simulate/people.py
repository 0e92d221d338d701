"""Who attends: an unlimited number of people, each known by a number, and made when needed."""

from random import Random
from typing import NamedTuple

from ingest.simulate.countries import COUNTRIES
from ingest.simulate.ids import uuid_from
from ingest.simulate.vocabulary import BIOS, COMPANIES, DESIGNATIONS, zipf

COUNTRY_WEIGHTS, COMPANY_WEIGHTS = zipf(COUNTRIES), zipf(COMPANIES)
DESIGNATION_WEIGHTS = zipf(DESIGNATIONS, 0.6)
WITHOUT_COMPANY = 0.06  # share of the people


class Person(NamedTuple):
    """Someone who may come to several events, with a registration for each, but one actor id and profile."""

    actor_id: str
    profile: dict[str, str | None]  # as Zuddl sends it; no company: without a job, or not told
    city: str
    years_in_role: int


def person(seed: int, number: int) -> Person:
    """The person of a number, always the same for the same seed: so memory need not hold the people."""
    generator = Random(f"{seed}, person {number}")
    (country,) = generator.choices(COUNTRIES, cum_weights=COUNTRY_WEIGHTS)
    (company,) = generator.choices(COMPANIES, cum_weights=COMPANY_WEIGHTS)
    (designation,) = generator.choices(DESIGNATIONS, cum_weights=DESIGNATION_WEIGHTS)
    first_name, last_name = generator.choice(country.given_names), generator.choice(country.family_names)
    employer = None if generator.random() < WITHOUT_COMPANY else company
    domain = employer.domain if employer else "mail.example"
    actor_id = uuid_from(generator)
    bio = " ".join(generator.sample(BIOS, generator.choice((0, 0, 1, 1, 2))))
    profile = {
        "firstName": first_name.written,
        "lastName": last_name.written,
        "email": f"{first_name.ascii}.{last_name.ascii}{number}@{domain}",
        "company": employer.name if employer else None,
        "designation": designation,
        "bio": bio,
        "headline": f"{designation} at {employer.name}" if employer and bio else None,
        "industry": employer.industry if employer else None,
        "country": country.name,
        "phoneNumber": f"{country.dialling_code} 555 {number:07}",
    }
    return Person(actor_id, profile, country.city, years_in_role=int(generator.expovariate(1 / 4)))
