"""
The Spark job of every model: reads staged Parquet, runs the model, writes Parquet into a folder of this attempt alone, and last of all a
document that says what it has written. Plain Spark 3.5, as in EMR 7.

    spark-submit run_model.py s3://bucket/plan.json s3://bucket/folder-of-this-attempt

Tests of models give more than one plan, each with its folder.
"""
import importlib
import json
import re
import sys
import traceback

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DecimalType, DoubleType, FloatType
from pyspark.errors import PySparkException

SETTINGS = {
    # As everywhere in Stepwell: no value becomes NULL, or another one, in silence.
    'spark.sql.ansi.enabled': 'true',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
    'spark.sql.parquet.compression.codec': 'zstd',
    'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
    'spark.sql.parquet.datetimeRebaseModeInRead': 'CORRECTED',
}

QUOTED_NAMES = 'spark.sql.ansi.doubleQuotedIdentifiers'


class ModelError(Exception):
    """The model is wrong, or its input: another attempt would fail the same way."""


def main(*addresses):
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel('WARN')
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    for plan_address, output in zip(addresses[::2], addresses[1::2]):
        plan = json.loads(read_text(spark, plan_address))
        perform(spark, plan, output)
        for one in plan['inputs']:
            spark.catalog.dropTempView(one['name'])


def perform(spark, plan, output):
    try:
        rows = transform(spark, plan, output)
    except ModelError as error:
        print(f"Model {plan['model']} failed: {error}", flush=True)
        write_text(spark, f'{output}/_result.json', json.dumps({'error': str(error)}))
        return
    parts = parts_of(spark, output)
    write_text(spark, f'{output}/_result.json', json.dumps({'rows': rows, 'parts': parts}))
    print(f"Model {plan['model']}: {rows} rows in {len(parts)} files", flush=True)


def transform(spark, plan, output):
    inputs = {one['name']: read_input(spark, one) for one in plan['inputs']}
    for name, frame in inputs.items():
        frame.createOrReplaceTempView(name)
    counted = Observation('written')
    try:
        made = run_sql(spark, plan) if 'sql' in plan else run_python(spark, plan, inputs)
        result = made.select(*(as_column(made, one) for one in plan['columns'])).observe(counted, F.count(F.lit(1)).alias('rows'))
        result.write.mode('error').parquet(output)
    except ModelError:
        raise
    except Exception as error:
        said = what_the_model_did(error)
        if said is None:
            raise
        raise ModelError(said) from error
    return counted.get['rows']


def read_input(spark, one):
    """In the contract's columns and types: an input without parts is there, without rows."""
    if not one['files']:
        schema = ', '.join(f"`{column['name']}` {column['type']}" for column in one['columns'])
        return spark.createDataFrame([], schema)
    read = spark.read.parquet(*one['files'])
    return read.select(*(F.col(f"`{column['name']}`").cast(column['type']) for column in one['columns']))


def as_column(made, one):
    """In the declared type. Spark cuts fractions off where DuckDB rounds: decimals half up, floating point half to even."""
    column = F.col(f"`{one['name']}`")
    if one['type'] in ('int', 'bigint'):
        source = made.select(column).schema[0].dataType
        if isinstance(source, DecimalType) and source.scale > 0:
            column = F.round(column)
        elif isinstance(source, (DoubleType, FloatType)):
            column = F.bround(column)
    return column.cast(one['type']).alias(one['name'])


def run_sql(spark, plan):
    # A name in double quotes is one, as everywhere in Stepwell: Spark would read it as a text, and take it for each row's value.
    spark.conf.set(QUOTED_NAMES, 'true')
    try:
        return spark.sql(plan['sql'])
    finally:
        spark.conf.unset(QUOTED_NAMES)


def run_python(spark, plan, inputs):
    """`model(spark, inputs)` of the user's module, whose last line in the traceback is told."""
    try:
        made = importlib.import_module(plan['python']).model(spark, inputs)
    except MemoryError:
        raise
    except PySparkException as error:
        raise ModelError(f'{place_in(error, plan)}{first_of(str(error))}') from error
    except Exception as error:
        raise ModelError(f'{place_in(error, plan)}{type(error).__name__}: {error}') from error
    if not isinstance(made, DataFrame):
        raise ModelError(f"{plan['python']}.model() returned {type(made).__name__}, which is no DataFrame")
    return made


def place_in(error, plan):
    file = f"{plan['python']}.py"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(file)]
    return f'{file}, line {lines[-1]}: ' if lines else ''


# Spark's own classes for what a value or an expression does wrong; everything else is the machine's matter.
OF_VALUES = re.compile(
    r'org\.apache\.spark\.(?:Spark(?:Arithmetic|DateTime|NumberFormat|ArrayIndexOutOfBounds|Runtime|IllegalArgument'
    r'|NoSuchElement|UnsupportedOperation)Exception|sql\.AnalysisException): ((?:\[[A-Z_.]+\])?.*)'
)
OF_PYTHON = re.compile(r'PythonException: .*?((?:[A-Za-z_.]+(?:Error|Exception)): [^\n]*)\n\s*\n', re.S)


def what_the_model_did(error):
    """Spark's words; None where it was not the model."""
    name = type(error).__name__
    if name in ('AnalysisException', 'ParseException'):
        return first_of(str(error))
    text = str(error)
    if 'OutOfMemoryError' in text:
        return None
    java = getattr(error, 'java_exception', None) or getattr(error, '_origin', None)
    if java is not None:
        text = f'{text}\n{java.toString()}'
        cause = java.getCause()
        while cause is not None:
            text += f'\n{cause.toString()}\n'
            cause = cause.getCause()
    found = OF_VALUES.search(text)
    if found:
        return first_of(found.group(1))
    found = OF_PYTHON.search(text)
    if found:
        return first_of(found.group(1))
    if name in ('ArithmeticException', 'NumberFormatException', 'DateTimeException', 'ArrayIndexOutOfBoundsException',
                'SparkRuntimeException', 'PythonException'):
        return first_of(str(error))
    return None


def first_of(text):
    """Without the plan and the stack below it."""
    kept = []
    for line in text.strip().splitlines():
        if re.match(r"^(\s+at |'?[+*:\\-]*\s*'?[A-Z]\w+ \[|JVM stacktrace|== DataFrame)", line) or (kept and line.startswith("'")):
            break
        kept.append(line.rstrip())
    return re.sub(r'\s+', ' ', ' '.join(kept)).strip().rstrip('.; ')[:1500]


def parts_of(spark, output):
    system, path = file_system(spark, output)
    return [
        {'name': status.getPath().getName(), 'length': status.getLen()}
        for status in system.listStatus(path)
        if status.getPath().getName().startswith('part-')
    ]


def file_system(spark, address):
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(address)
    return path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()), path


def read_text(spark, address):
    return spark.sparkContext.wholeTextFiles(address).first()[1]


def write_text(spark, address, text):
    system, path = file_system(spark, address)
    stream = system.create(path, False)
    stream.write(bytearray(text, 'utf-8'))
    stream.close()


if __name__ == '__main__':
    main(*sys.argv[1:])
