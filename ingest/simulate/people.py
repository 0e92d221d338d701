"""Who attends: an unlimited number of people, each known by a number, and made when needed."""

from random import Random
from typing import NamedTuple

from ingest.simulate.countries import COUNTRIES, Country
from ingest.simulate.ids import uuid_from
from ingest.simulate.vocabulary import BIOS, COMPANIES, DESIGNATIONS, Company, zipf

COUNTRY_WEIGHTS, COMPANY_WEIGHTS = zipf(COUNTRIES), zipf(COMPANIES)
DESIGNATION_WEIGHTS = zipf(DESIGNATIONS, 0.6)
WITHOUT_COMPANY = 0.06  # share of the people


class Person(NamedTuple):
    """Someone who may come to several events, with a registration for each, but one actor id and mail address."""

    actor_id: str
    first_name: str
    last_name: str
    email: str
    phone_number: str
    country: Country
    company: Company | None  # None: without a job, or not told
    designation: str
    bio: str
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
    return Person(
        actor_id=uuid_from(generator),
        first_name=first_name.written,
        last_name=last_name.written,
        email=f"{first_name.ascii}.{last_name.ascii}{number}@{domain}",
        phone_number=f"{country.dialling_code} 555 {number:07}",
        country=country,
        company=employer,
        designation=designation,
        bio=" ".join(generator.sample(BIOS, generator.choice((0, 0, 1, 1, 2)))),
        years_in_role=int(generator.expovariate(1 / 4)),
    )
