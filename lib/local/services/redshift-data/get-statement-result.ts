import type { GetStatementResultRequest, GetStatementResultResponse } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { field, metadata } from './columns';
import { notFound, validation } from './errors';
import { accessToStatement, findStatement, type RedshiftData } from './state';

export const GetStatementResult: OperationOf<RedshiftData, GetStatementResultRequest, GetStatementResultResponse> = (
  current,
) => ({
  authorize: (_input, context) => accessToStatement('GetStatementResult', context),

  async handle({ Id, NextToken, WaitTimeSeconds }, context) {
    const state = current();
    const { statement, part } = await findStatement(state, Id, context, WaitTimeSeconds);
    // The rows of a transaction that has not committed are nobody's business.
    if (statement.status !== 'FINISHED' || !part?.columns) {
      throw validation('Query does not have result. Please check query status with DescribeStatement.');
    }
    const number = NextToken ? Number(Buffer.from(NextToken, 'base64url').toString()) : 0;
    if (!Number.isSafeInteger(number) || number < 0) throw validation('Invalid NextToken');
    const page = await state.journal.page(part.id, number);
    if (!page) throw NextToken ? validation('Invalid NextToken') : notFound(Id!);
    const { columns } = part;
    return {
      Records: page.rows.map((row) => row.map((raw, index) => field(raw, columns[index]!))),
      ColumnMetadata: columns.map(metadata),
      TotalNumRows: part.rows,
      ...(page.more ? { NextToken: Buffer.from(String(number + 1)).toString('base64url') } : {}),
    };
  },
});
