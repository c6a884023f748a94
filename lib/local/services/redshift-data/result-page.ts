import type { CallContext } from '../../service';
import { notFound, validation } from './errors';
import { findStatement, type RedshiftData } from './state';
import type { Column, Statement } from './statement';

export interface ResultPage {
  readonly statement: Statement;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly first: boolean;
  readonly total: number;
  readonly nextToken?: string;
}

/** A page of a statement's result, for both forms that it can be fetched in. */
export async function resultPage(
  state: RedshiftData,
  { Id, NextToken, WaitTimeSeconds }: { Id: string | undefined; NextToken?: string; WaitTimeSeconds?: number },
  context: CallContext,
): Promise<ResultPage> {
  const { statement, part } = await findStatement(state, Id, context, WaitTimeSeconds);
  // The rows of a transaction that has not committed are nobody's business.
  const finished = statement.autoCommit ? part?.status === 'FINISHED' : statement.status === 'FINISHED';
  if (!finished || !part?.columns) {
    throw validation('Query does not have result. Please check query status with DescribeStatement.');
  }
  const number = NextToken ? Number(Buffer.from(NextToken, 'base64url').toString()) : 0;
  if (!Number.isSafeInteger(number) || number < 0) throw validation('Invalid NextToken');
  const page = await state.journal.page(part.id, number);
  if (!page) throw NextToken ? validation('Invalid NextToken') : notFound(Id!);
  return {
    statement,
    columns: part.columns,
    rows: page.rows,
    first: number === 0,
    total: part.rows,
    ...(page.more ? { nextToken: Buffer.from(String(number + 1)).toString('base64url') } : {}),
  };
}
