import time

from pyspark.sql import functions as F


def model(spark, inputs):
    sales = inputs['sales']
    fault = sales.first()['note']
    if fault == 'no column':
        return sales.select('id', F.col('shares'))
    if fault == 'value':
        return sales.selectExpr('id', 'id div (id - 2) AS share')
    if fault == 'memory':
        rows = "repeat('x', 300000000 + cast(id AS int))"
        return spark.sql(f'SELECT 1 AS id, size(collect_list({rows})) AS share FROM range(16)')
    if fault == 'sleep':
        time.sleep(600)
    return sales.selectExpr('id', 'id AS share')
