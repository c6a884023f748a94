import os
import sys

from shares import share_of


def model(spark, inputs):
    cleaned, places = inputs['cleaned'], inputs['places']
    rows = (
        cleaned.join(places, 'place')
        .select('id', 'place', 'amount', share_of('amount', 'total').alias('share'), 'note')
    )
    die_halfway_once(rows)
    return rows


def die_halfway_once(rows):
    """With half of its output in its place, and without a word."""
    marker = os.environ.get('DIED_HALFWAY')
    if marker and not os.path.exists(marker):
        open(marker, 'w').close()
        rows.limit(500).write.parquet(sys.argv[2])
        os._exit(1)
