"""The portable queries say the same on Spark as on DuckDB. Trino's texts are generated alike and were not run."""

import datetime as dt
import shutil
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hubposture.posture.queries import QUERIES, query
from needs import need
from posture.posture_world import Between, State, drawn_states, parameters, small, whole

FOLDER = Path(__file__).parents[2] / "src" / "hubposture" / "posture" / "sql" / "spark"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One small Spark in this machine, which listens on the loopback address alone."""
    java = shutil.which("java")
    need(find_spec("pyspark"), "pyspark", "pip install pyspark (dependency group `spark`)")
    need(java, "Java 17 or newer", "apt-get install default-jre-headless")
    from pyspark.sql import SparkSession

    here = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pyspark says of itself
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master("local[1]").appName("portable queries")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.timestampType": "TIMESTAMP_NTZ",
            "spark.sql.warehouse.dir": str(here / "warehouse"),
            "spark.local.dir": str(here / "local"),
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than these small tables do
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.ui.showConsoleProgress": "false",
        }.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def lake() -> Iterator[Between]:
    opened = Between()
    yield opened
    opened.close()


def tables(lake: Between) -> list[str]:
    return [
        name
        for (name,) in lake.connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        ).fetchall()
    ]


def at_utc(value: object) -> object:
    """Times with their zone: Spark takes one without for local time."""
    return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value


def compare(spark: Any, lake: Between, folder: Path) -> None:
    """Run every query on both engines over the same Parquet files."""
    for name in tables(lake):
        file = folder / f"{name}.parquet"
        lake.connection.execute(f"COPY {name} TO '{file}' (FORMAT parquet)")
        spark.read.parquet(str(file)).createOrReplaceTempView(name)
    for name in QUERIES:
        wanted = lake.execute(query(name), parameters(name))
        values = {key: at_utc(value) for key, value in parameters(name).items()}
        found = spark.sql((FOLDER / f"{name}.sql").read_text(encoding="utf-8"), args=values).collect()
        assert [tuple(row) for row in found] == wanted, name


def test_all_queries_give_the_same_rows_in_the_same_order(spark: Any, lake: Between, tmp_path: Path) -> None:
    before = small(*whole(a_r1_c1="FAILED", a_r2_c2="WARNING"))
    after = small(*whole(a_r1_c2="FAILED", b_r1_c2="FAILED")).having(decisions=[{"subject": "b/r1/c2/x"}])
    lake.between(before, after).show(after)
    assert all(lake.execute(query(name), parameters(name)) for name in QUERIES)
    compare(spark, lake, tmp_path)


@settings(
    max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(before=drawn_states(), after=drawn_states())
def test_drawn_worlds_give_the_same_rows(
    spark: Any, lake: Between, tmp_path_factory: pytest.TempPathFactory, before: State, after: State
) -> None:
    lake.between(before, after).show(after)
    compare(spark, lake, tmp_path_factory.mktemp("drawn"))
