from pyspark.sql import functions as F


@F.udf('double')
def percent(part, whole):
    return float(part) / float(whole)


def share_of(part, whole):
    return percent(F.col(part), F.col(whole))
