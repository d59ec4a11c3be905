"""What findings hold this month against is read from the files of the month before."""

import pytest
from partial_build import build_models

FILES = {
    "A/business_process/IS/benchmark.csv": (
        "reporting_month,party_id,role,business_process,srv,own_volume,own_success_rate,other\n"
        "2026-09,A,IS,Prepayment,ALL,3,0.666667,x\n"
    ),
    "A/alerts/IS/monthly.csv": (
        "reporting_month,party_id,role,alert_code,alert_name,own_volume,own_success_rate\n"
        "2026-09,A,IS,0012,,8,0.875000\n"
        "2026-09,A,IS,8F35,,0,\n"
    ),
    "D/network_operator/ED/credentials_handover.csv": (
        "reporting_month,party_id,role,energy_supplier_id,day,n16_count,met_count,failed_count\n"
        "2026-09,D,ED,A,2026-09-01,9,4,1\n"
        "2026-09,D,ED,Unknown,2026-09-02,9,2,3\n"
    ),
}
TABLES = {
    "fct_previous_benchmarks": [("A", "IS", "Prepayment", "ALL", 3, "0.666667", 1)],
    "fct_previous_alert_months": [("A", "IS", "0012", 8, "0.875000", 1), ("A", "IS", "8F35", 0, None, None)],
    "fct_previous_handovers": [("D", "ED", 10, 4)],
}


@pytest.fixture
def read(tmp_path):
    """What the facts of the month before hold, with a folder of parties and without one."""

    def read(parties):
        selected = [f"+{name}" for name in TABLES]
        connection = build_models(
            tmp_path / "warehouse.duckdb",
            tmp_path,
            selected,
            history_parties=parties,
            reporting_month="2026-10",
        )
        with connection:
            return {
                name: [
                    tuple(str(cell) if "." in str(cell) else cell for cell in row)
                    for row in connection.execute(f"select * from core.{name} order by all").fetchall()
                ]
                for name in TABLES
            }

    return read


def test_each_declared_file_of_the_month_before_is_read_and_none_where_history_is_left_out(read, tmp_path):
    for path, text in FILES.items():
        (tmp_path / "parties" / path).parent.mkdir(parents=True)
        (tmp_path / "parties" / path).write_text(text)
    assert read(str(tmp_path / "parties")) == TABLES
    assert read("") == {name: [] for name in TABLES}
