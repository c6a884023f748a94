/** What rows of a record have to fit into, besides the contract: tables that are written as records come. */
import type { LiveSink, StreamPlan } from '../../../lib/tasks/stream';
import { itemOf } from '../dynamo/item';
import { refuseUnfit } from '../keyspaces/unfit';
import { type RowTexts, Unfit } from '../unfit';
import { type Aggregate, aggregatesOf, refuseCounted } from './aggregates';

export interface Fit {
  readonly model: string;
  /** Why such a row can never be in it, which makes its record a bad one. Completes "the row …". */
  refuses(row: RowTexts): string | undefined;
}

export const fitsOf = (plan: StreamPlan): Fit[] => [
  ...plan.live.map(fitOfSink),
  ...aggregatesOf(plan).map(fitOfAggregate),
];

const fitOfSink = (sink: LiveSink): Fit =>
  sink.kind === 'dynamoTable'
    ? fitOf(sink.model, `DynamoDB table ${sink.table}`, (row) => itemOf(row, sink.columns, sink))
    : fitOf(sink.model, `Keyspaces table ${sink.keyspace}.${sink.table}`, (row) => refuseUnfit(row, sink));

const fitOfAggregate = (aggregate: Aggregate): Fit =>
  fitOf(aggregate.model, `DynamoDB table ${aggregate.table}`, (row) => refuseCounted(row, aggregate));

/** `refuse` throws {Unfit}. */
const fitOf = (model: string, table: string, refuse: (row: RowTexts) => unknown): Fit => ({
  model,
  refuses(row) {
    try {
      refuse(row);
      return undefined;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      const what = error.column === undefined ? error.message : `column ${error.column} ${error.message}`;
      return `does not fit into the ${table}: ${what}`;
    }
  },
});
