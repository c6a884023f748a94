import os
import sys
import time

from shares import share_of


def model(spark, inputs):
    cleaned, places = inputs['cleaned'], inputs['places']
    rows = (
        cleaned.join(places, 'place')
        .select('id', 'place', 'amount', share_of('amount', 'total').alias('share'), 'note')
    )
    fault = next_fault()
    print(f'ranked: {fault}', flush=True)
    if fault == 'memory':
        # The first of two files has been written when the second is too much.
        large = "if(id < 500, 'x', repeat('x', 2000000000)) AS note"
        spark.range(0, 1000, 1, 2).selectExpr('id', large).write.parquet(sys.argv[2])
    if fault in ('dies', 'sleeps'):
        rows.limit(500).write.parquet(sys.argv[2])
        if fault == 'sleeps':
            time.sleep(600)
        os._exit(1)
    return rows


def next_fault():
    """Of the file that FAULTS names: a word for each job."""
    with open(os.environ['FAULTS'], 'r+') as file:
        fault, *others = file.read().split() or ['none']
        file.seek(0)
        file.truncate()
        file.write(' '.join(others))
    return fault
