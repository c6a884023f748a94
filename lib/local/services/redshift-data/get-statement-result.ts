import type { GetStatementResultRequest, GetStatementResultResponse } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { field, metadata } from './columns';
import { csvOnly } from './errors';
import { resultPage } from './result-page';
import { accessToStatement, type RedshiftData } from './state';

export const GetStatementResult: OperationOf<RedshiftData, GetStatementResultRequest, GetStatementResultResponse> = (
  current,
) => ({
  authorize: (_input, context) => accessToStatement('GetStatementResult', context),

  async handle(input, context) {
    const { statement, columns, rows, total, nextToken } = await resultPage(current(), input, context);
    if (statement.resultFormat === 'CSV') throw csvOnly();
    return {
      Records: rows.map((row) => row.map((raw, index) => field(raw, columns[index]!))),
      ColumnMetadata: columns.map(metadata),
      TotalNumRows: total,
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});
