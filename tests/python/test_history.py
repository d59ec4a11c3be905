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
OF_INDUSTRY = {
    "measures.csv": (
        "reporting_month,measure_id,business_process,srv,segment,split,split_value,pending,value,later\n"
        "2026-09,PM1.1,,,ALL,subject,'=cmd,,,x\n"
        "2026-09,PP1,Prepayment,2.2,SMETS2,ALL,ALL,4,0.990000,x\n"
    ),
    "process_availability.csv": (
        "reporting_month,business_process,variant,segment,level,previous_level,status,state\n"
        "2026-09,Prepayment,ALL,Central,0.999950,,Available,Reported\n"
    ),
}
TABLES = {
    "fct_previous_measures": [
        ("PM1.1", None, "=cmd", None, None, None),
        ("PP1", "Prepayment", "ALL", 4, "0.990000", None),
    ],
    "fct_previous_process_availability": [("Prepayment", "ALL", "Central", "0.999950", "Reported")],
    "fct_previous_benchmarks": [("A", "IS", "Prepayment", "ALL", 3, "0.666667", 1)],
    "fct_previous_alert_months": [("A", "IS", "0012", 8, "0.875000", 1), ("A", "IS", "8F35", 0, None, None)],
    "fct_previous_handovers": [("D", "ED", 10, 4)],
}


# Columns that are looked at, where not all are. The file lacks the last.
COLUMNS = {
    "fct_previous_measures": "measure_id, business_process, split_value, pending, value, commentary_given"
}


@pytest.fixture
def read(tmp_path):
    """What the facts of the month before hold, with a folder of parties and without one."""

    def read(parties, industry):
        selected = [f"+{name}" for name in TABLES]
        connection = build_models(
            tmp_path / "warehouse.duckdb",
            tmp_path,
            selected,
            history_parties=parties,
            history_industry=industry,
            reporting_month="2026-10",
        )
        with connection:
            return {
                name: [
                    tuple(cell if isinstance(cell, int) or cell is None else str(cell) for cell in row)
                    for row in connection.execute(
                        f"select {COLUMNS.get(name, '*')} from core.{name} order by all"
                    ).fetchall()
                ]
                for name in TABLES
            }

    return read


@pytest.mark.turn(0)
def test_each_declared_file_of_the_month_before_is_read_and_none_where_history_is_left_out(read, tmp_path):
    for path, text in FILES.items():
        (tmp_path / "parties" / path).parent.mkdir(parents=True)
        (tmp_path / "parties" / path).write_text(text)
    (tmp_path / "industry").mkdir()
    for path, text in OF_INDUSTRY.items():
        (tmp_path / "industry" / path).write_text(text)
    assert read(str(tmp_path / "parties"), str(tmp_path / "industry")) == TABLES
    # A release without the industry's report is one without its rows alone.
    of_industry = {"fct_previous_measures": [], "fct_previous_process_availability": []}
    assert read(str(tmp_path / "parties"), "") == {**TABLES, **of_industry}
    assert read("", "") == {name: [] for name in TABLES}
