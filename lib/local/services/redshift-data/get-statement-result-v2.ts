import type { GetStatementResultV2Request, GetStatementResultV2Response } from '@aws-sdk/client-redshift-data';
import type { OperationOf } from '../stateful';
import { metadata, textOf } from './columns';
import { jsonOnly } from './errors';
import { resultPage } from './result-page';
import { accessToStatement, type RedshiftData } from './state';

/** The result as CSV, of a statement that was submitted with ResultFormat CSV. */
export const GetStatementResultV2: OperationOf<
  RedshiftData,
  GetStatementResultV2Request,
  GetStatementResultV2Response
> = (current) => ({
  authorize: (_input, context) => accessToStatement('GetStatementResult', context),

  async handle(input, context) {
    const { statement, columns, rows, first, total, nextToken } = await resultPage(current(), input, context);
    if (statement.resultFormat !== 'CSV') throw jsonOnly();
    // The first row of the first page are the columns' names.
    const lines = [
      ...(first ? [columns.map(({ name }) => cell(name))] : []),
      ...rows.map((row) => row.map((raw, index) => cell(textOf(raw, columns[index]!)))),
    ];
    return {
      Records: [{ CSVRecords: lines.map((cells) => `${cells.join(',')}\r\n`).join('') }],
      ColumnMetadata: columns.map(metadata),
      TotalNumRows: total,
      ResultFormat: 'CSV',
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});

/** NULL is an empty cell, an empty text a quoted one. */
function cell(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
