from pyspark.sql import functions as F


def model(spark, inputs):
    sales = inputs['sales']
    note = sales.first()['note']
    if note == 'no column':
        return sales.select('id', F.col('shares'))
    return sales.selectExpr('id', 'id div (id - 2) AS share')
