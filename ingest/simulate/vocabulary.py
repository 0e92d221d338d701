"""The words that the conference is made of. Lists are sorted from frequent to rare (see `zipf`)."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from ingest.simulate.countries import ascii_of


class Company(NamedTuple):
    """An employer. Its domain is under a suffix that nobody can register."""

    name: str
    industry: str
    domain: str


class Channel(NamedTuple):
    """How somebody came to register."""

    source_type: str
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None


class Ticket(NamedTuple):
    """What somebody registers for."""

    name: str
    is_in_person: bool


class Topic(NamedTuple):
    """A tag, and the subjects of talks that have it."""

    tag: str
    subjects: tuple[str, ...]


def zipf(ranked: Sequence[object], exponent: float = 0.9) -> list[float]:
    """Cumulative weights for `random.choices`: the first is the most frequent, with a long tail."""
    return list(accumulate((rank + 1) ** -exponent for rank in range(len(ranked))))


def _company(name: str, industry: str) -> Company:
    return Company(name, industry, "".join(filter(str.isalnum, ascii_of(name))) + ".example")


COMPANIES = (
    _company("Nordwind GmbH", "Logistics"), _company("Brightloom", "Retail"),
    _company("Castellane & Cie", "Insurance"), _company("Kestrel Bank", "Banking"),
    _company("Papaya Commerce", "Retail"), _company("Helio Health", "Healthcare"),
    _company("Tidewater Media", "Media"), _company("Orchard Mobile", "Telecommunications"),
    _company("Fjordkraft Analytics", "Software"), _company("Maple & Main", "Retail"),
    _company("Atlas Freight", "Logistics"), _company("Quillworks", "Software"),
    _company("Solstice Energy", "Energy"), _company("Blue Heron Foods", "Consumer goods"),
    _company("Lumen Agency", "Advertising"), _company("Copperfield Press", "Media"),
    _company("Vantage Motors", "Automotive"), _company("Open Ledger", "Banking"),
    _company("Wanderly", "Travel"), _company("Städtische Werke", "Public sector"),
    _company("Zenith Robotics", "Manufacturing"), _company("Halcyon Pharma", "Healthcare"),
    _company("Northgate University", "Education"), _company("Pixel Parade", "Games"),
    _company("Terra Cotta", "Construction"), _company("Good Neighbours", "Non-profit"),
    _company("Sable & Finch", "Advertising"), _company("Riverside Council", "Public sector"),
    _company("Monsoon Telecom", "Telecommunications"), _company("Caravel Air", "Travel"),
)  # fmt: skip

DESIGNATIONS = (
    "Marketing Manager", "Data Analyst", "Data Engineer", "Head of Data", "Analytics Engineer", "Product Manager",
    "CRM Lead", "Growth Marketer", "Chief Marketing Officer", "Data Scientist", "Marketing Operations Lead",
    "Machine Learning Engineer", "Founder", "Brand Strategist", "Privacy Counsel", "Student",
)  # fmt: skip

BIOS = (
    "Has spent ten years between marketing and data, translating in both directions.",
    "Builds pipelines that somebody else can read.",
    "Believes that a dashboard nobody opens is a bug.",
    "Moved from print to programmatic and still prefers paper for thinking.",
    'Runs the local data meetup: "bring your own CSV".',
    "Once deleted production, and tells the story to every new colleague.",
    "Writes about measurement, incrementality & other ways of being wrong in public.",
    "Looks after 400 reports and would like to look after 40.",
)  # fmt: skip

TOPICS = (
    Topic("Generative AI", ("language models", "AI copilots", "retrieval", "prompt evaluation")),
    Topic(
        "Attribution",
        ("multi-touch attribution", "marketing mix models", "incrementality tests", "the last click"),
    ),
    Topic("Streaming", ("event streams", "real-time segments", "late data", "change data capture")),
    Topic("Personalisation", ("next best action", "recommendations", "dynamic content", "look-alike audiences")),
    Topic("Data platforms", ("the lakehouse", "small data", "the warehouse bill", "open table formats")),
    Topic("Experimentation", ("A/B tests", "bandits", "geo experiments", "peeking")),
    Topic("Customer data", ("identity resolution", "the customer 360", "reverse ETL", "first-party data")),
    Topic(
        "Analytics engineering",
        ("semantic layers", "data contracts", "slowly changing dimensions", "test-driven SQL"),
    ),
    Topic("Measurement", ("brand lift", "customer lifetime value", "churn models", "vanity metrics")),
    Topic("Email", ("deliverability", "lifecycle journeys", "send-time optimisation", "the welcome series")),
    Topic("Privacy", ("consent", "clean rooms", "server-side tagging", "differential privacy")),
    Topic(
        "Storytelling",
        ("charts that persuade", "the quarterly review", "data journalism", "the one-page report"),
    ),
    Topic("Governance", ("lineage", "data catalogues", "retention rules", "ownership")),
)

# `{}` is a subject; the first letter of a title becomes a capital.
TITLES = (
    "{} without tears", "{} in production: what broke first", "What we learned from {}", "{}: a field guide",
    "The unreasonable effectiveness of {}", "Stop fearing {}", "{} on a shoestring", "How we halved the cost of {}",
    '{} – "live" & unrehearsed',  # noqa: RUF001 -- a dash, as in the vendor's sample
    "An honest history of {}", "{} for teams of two", "Ten myths about {}",
)  # fmt: skip

DESCRIPTIONS = (
    "<p>No slides, one terminal, and the numbers as they came out.</p>",
    "<p>We tell what we planned, what we measured &amp; what we would do <em>differently</em>.</p>",
    "<p>A case from retail, with code to take home. <b>No prior knowledge needed.</b></p>",
    "<p>Three teams, three answers to the same question, and a fair comparison at the end.</p>",
    "<p>For everyone who was told that it would take a quarter.</p>",
    "<p>Bring a question: the second half belongs to the audience.</p>",
)

STAGES = (
    "Main stage",
    "Harbour hall",
    "Loft",
    "Workshop A",
    "Workshop B",
    "Library",
    "Garden room",
    "Studio",
)

EVENT_NAMES = (
    "Data Harbour 2026",
    "Signal & Story 2026",
    "Warehouse Days",
    "Growth Atlas",
    "Funnel & Fjord",
    "Metrics by the Sea",
)

# The sponsors, the greatest first, with the name of whoever stands at the booth.
SPONSORS = (
    ("Kestrel Bank", "Ines"),
    ("Fjordkraft Analytics", "Tom"),
    ("Quillworks", "Mara"),
    ("Orchard Mobile", "Dev"),
    ("Lumen Agency", "Sam"),
    ("Open Ledger", "Noor"),
)

CHANNELS = (
    Channel("LANDING_PAGE", "newsletter", "email", "save-the-date"),
    Channel("LANDING_PAGE", "linkedin", "social", "speakers"),
    Channel("LANDING_PAGE", "google", "cpc", "brand"),
    Channel("ZUDDL_API", "partner", "referral", "sponsors"),
    Channel("LANDING_PAGE"),
    Channel("CSV_UPLOAD"),
)

TICKETS = (
    Ticket("Full pass", is_in_person=True),
    Ticket("Early bird", is_in_person=True),
    Ticket("Day pass", is_in_person=True),
    Ticket("Online", is_in_person=False),
    Ticket("Online, free", is_in_person=False),
)

JOB_LEVELS = ("Manager", "Specialist", "Director", "Specialist", "Executive")

QUESTIONS = (
    "Does it scale to a team of two?",
    "What did it cost in the first year?",
    "Which part would you leave out next time?",
    "How do you test that?",
    "What do the lawyers say?",
    "Is the code public?",
    "And if the data comes late?",
    "Wie lange hat die Einführung gedauert?",
    "Où peut-on voir les chiffres ?",
)

# Each with its options.
POLLS = (
    ("Which tool do you use today?", ("A spreadsheet", "SQL", "Something else")),
    ("Who owns the numbers in your company?", ("Marketing", "Data", "Nobody")),
    ("How fresh must a figure be?", ("A minute", "A day", "A month")),
)

SURVEY_OPTIONS = ("good", "good", "fair", "poor")
CTAS = ("Slides", "Code", "Book a demo", "Newsletter")
