"""What a lake tells people of its state."""

from tests.lake import lake_of_its_own
from warehouse.postgres import session
from warehouse.storage.lake import lock, state
from warehouse.storage.protocol import Upgrade

LEFT_BY_A_CRASH = "INSERT INTO engagement.upgrade (from_version, to_version, percent) VALUES (2, 8, 40)"


def test_an_upgrade_is_told_while_its_writer_holds_the_lock() -> None:
    with lake_of_its_own() as lake:
        with lock.only_writer(lake), session(lake.catalog, "test") as postgres:
            postgres.execute(LEFT_BY_A_CRASH)
            assert state.upgrade_under_way(lake) == Upgrade(2, 8, 40)
        assert state.upgrade_under_way(lake) is None


def test_another_lake_that_is_written_on_the_server_is_no_upgrade() -> None:
    with lake_of_its_own() as lake, lake_of_its_own() as another:
        with lock.only_writer(lake), session(lake.catalog, "test") as postgres:
            postgres.execute(LEFT_BY_A_CRASH)
        with lock.only_writer(another):
            assert state.upgrade_under_way(lake) is None
