"""Where each delivery went: its load, and the first delivery of a repeat; through rebuilds and erasures as well."""

from tests.kinds import Action, Load, Query
from tests.storages import opened_to_write
from warehouse.commands.erase import erase
from warehouse.commands.person import Person
from warehouse.commands.rebuild import rebuild
from warehouse.settings import WarehouseSettings

REPEATS = "SELECT delivery_id, first_delivery_id, load_id FROM raw.repeats ORDER BY delivery_id"
LOADS = "SELECT delivery_id, load_id FROM raw.deliveries UNION ALL SELECT delivery_id, load_id FROM raw.quarantine"


def test_each_delivery_tells_its_load(load: Load, action: Action, query: Query) -> None:
    load(action(actionId="a"), b"no json")
    load(action(actionId="b"))

    assert sorted(query(LOADS)) == [(1, 1), (2, 1), (3, 2)]


def test_a_repeat_tells_which_delivery_it_repeats(load: Load, action: Action, query: Query) -> None:
    """In the same load, in a later one, and of what is quarantined."""
    load(action(actionId="a"), b"no json", action(actionId="a"))
    load(action(actionId="a"), b"no json", action(actionId="b"))

    assert query(REPEATS) == [(3, 1, 1), (4, 1, 2), (5, 2, 2)]
    assert query("SELECT delivery_id FROM raw.deliveries ORDER BY ALL") == [(1,), (6,)]


def test_a_delivery_after_repeats_has_an_id_of_its_own(load: Load, action: Action, query: Query) -> None:
    load(action(actionId="a"), action(actionId="a"))
    load(action(actionId="b"))

    assert query("SELECT delivery_id FROM raw.deliveries ORDER BY ALL") == [(1,), (3,)]


def test_a_rebuild_keeps_loads_and_repeats(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action(actionId="a"), b"no json", action(actionId="a"))
    load(action(actionId="b"), action(actionId="a"))
    before = (query(REPEATS), sorted(query(LOADS)), query("FROM raw.loads ORDER BY load_id"))

    rebuild(settings)

    assert (query(REPEATS), sorted(query(LOADS)), query("FROM raw.loads ORDER BY load_id")) == before


def test_an_erasure_takes_the_repeats_of_what_it_erases(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action("ada", actionId="a"), action("ada", actionId="a"))
    load(action(actionId="b"), action(actionId="b"))

    receipt = erase(settings, Person({"ada"}))

    assert query(REPEATS) == [(4, 3, 2)]
    assert receipt.removed_rows["raw.repeats"] == 1


def test_a_warehouse_of_an_older_release_has_no_loads_to_tell(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    load(action(actionId="a"))
    _make_older(settings)

    load(action(actionId="a"))

    assert query(LOADS) == [(1, None)]
    assert query(REPEATS) == [(2, 1, 2)]


def _make_older(settings: WarehouseSettings) -> None:
    """The warehouse as schema version 10 had it, as far as these tables go."""
    with opened_to_write(settings) as connection:
        connection.execute("""
            ALTER TABLE raw.deliveries DROP COLUMN load_id;
            ALTER TABLE raw.quarantine DROP COLUMN load_id;
            DROP TABLE raw.repeats;
            UPDATE raw.schema_version SET schema_version = 10;
        """)
