"""The alert rules ring for what they name, and for nothing else. Prometheus' own promtool judges them."""

import json
import re
import subprocess
from pathlib import Path

from tests.programs import program

RULES = Path(__file__).parents[2] / "ingest" / "deploy" / "alerts.yml"
QUARANTINED = 'loader_deliveries_total{outcome="quarantined",reason="missing_field"}'


# A series, the interval and the values of its scrapes, when Prometheus is asked, and the alert that rings, if any.
CASES = {
    "quarantined": (QUARANTINED, "1m", "0 0 200+0x20", "5m", "DeliveriesQuarantined"),
    "quarantined in a lake": (QUARANTINED.replace("loader", "lake"), "1m", "0 0 7+0x20", "5m", "DeliveriesQuarantined"),
    "only stored": ('loader_deliveries_total{outcome="stored"}', "1m", "0 0 200+0x20", "5m", None),
    "quarantined yesterday": (QUARANTINED, "1m", "0 200+0x60", "40m", None),
    "loader restarts again and again": ("loader_restarts_total", "1m", "0+1x20", "10m", "LoaderRestarts"),
    "loader restarted once": ("loader_restarts_total", "1m", "0 1+0x20", "10m", None),
    "a task fails again and again": ("background_task_failures_total", "1m", "0+1x20", "10m", "BackgroundTaskFails"),
    "a task failed once": ("background_task_failures_total", "1m", "0 1+0x20", "10m", None),
    "set aside dropped": ("ingest_set_aside_plausible_dropped_total", "1m", "0 0 7+0x20", "5m", "SetAsideDropped"),
    "a scanner's requests dropped": ("ingest_set_aside_dropped_total", "1m", "0 0 7+0x20", "5m", None),
    "set aside nearly full": ("ingest_set_aside_bytes", "1m", "900000000+0x20", "5m", "SetAsideGrows"),
    "never backed up": ("backup_last_success_timestamp_seconds", "1h", "0+0x240", "216h", "BackupIsOld"),
    "backed up a week ago": ("backup_last_success_timestamp_seconds", "1h", "0+0x240", "168h", None),
    "log held by a reader": ("ingest_inbox_wal_bytes", "1m", "578000000+0x20", "10m", "WriteAheadLogGrows"),
    "log in a burst": ("ingest_inbox_wal_bytes", "1m", "4000000+0x20", "10m", None),
    "inbox unreadable": ("ingest_inbox_readable", "1m", "1 0+0x20", "5m", "InboxUnreadable"),
    "inbox replaced": ("ingest_inbox_replaced_total", "1m", "0 1+0x20", "5m", "InboxReplaced"),
    "inbox renewed": ("ingest_inbox_renewed_total", "1m", "0 1+0x20", "5m", "InboxRenewed"),
    "PostgreSQL away for long": ("lake_reachable", "1m", "1 0+0x20", "15m", "LakeUnreachable"),
    "PostgreSQL restarted": ("lake_reachable", "1m", "1 0 0 1+0x20", "15m", None),
    "shared inbox nearly full": ("lake_inbox_deliveries", "1m", "4500000+0x20", "5m", "LakeInboxFills"),
    "files that nobody merges": ("lake_live_files", "1m", "12000+0x20", "5m", "LakeFilesGrow"),
    "backlog that can't be read": ("ingest_inbox_backlog_age_seconds", "1m", "NaN+0x20", "10m", None),
}


def test_each_alert_rings_for_what_it_names_and_no_other_does(tmp_path: Path) -> None:
    """One run of promtool for all cases: it takes seconds to start."""
    promtool = program("promtool", "prometheus")
    rules = RULES.read_text("utf-8")
    (tmp_path / "rules.yml").write_text(rules, "utf-8")
    alerts = re.findall(r"alert: (\w+)", rules)
    assert {alert for *_, alert in CASES.values()} - {None} <= set(alerts)
    tests = [
        {
            "interval": interval,
            "input_series": [{"series": series, "values": values}],
            "alert_rule_test": [
                {
                    "eval_time": at,
                    "alertname": alert,
                    # The rule for quarantined deliveries leaves out the reason; increase() leaves out the name.
                    "exp_alerts": [{"exp_labels": dict(re.findall(r'(outcome)="(\w+)"', series))}]
                    if alert == expected
                    else [],
                }
                for alert in alerts
            ],
        }
        for series, interval, values, at, expected in CASES.values()
    ]
    command = [promtool, "test", "rules"]
    # Rules are evaluated as often as their series are scraped: every minute of nine days would take 20 seconds.
    for interval in ("1m", "1h"):
        some = [test for test in tests if test["interval"] == interval]
        content = {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": some}
        (tmp_path / f"{interval}.yml").write_text(json.dumps(content), "utf-8")
        command.append(f"{interval}.yml")
    judged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
