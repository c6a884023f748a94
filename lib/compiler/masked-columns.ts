/**
 * Columns that are masked and are to tell rows apart: each of their values is the same. Seen where the SQL passes a masked column on by its
 * name, or through a function that leaves a mask as it is. What else comes of one (a part of it, a row function's result) nobody knows.
 */
import { type Problem, show } from '../pipeline/errors';
import type { Pipeline, Sink } from '../pipeline/types';
import { MASK } from '../tasks/pii';
import type { CompiledModel } from './models';

interface Use {
  readonly field: string;
  readonly model: string;
  readonly columns: readonly string[];
  /** what comes of it */
  readonly so: string;
}

const REMEDY = "Use pii('hash') in the source: the same value has the same hash, and another one another.";

export function maskedProblems({ sinks, checks = [] }: Pipeline, models: readonly CompiledModel[]): Problem[] {
  const uses: Use[] = [
    ...sinks.flatMap((sink, index) => ofSink(sink, `sinks[${index}]`)),
    ...checks.flatMap((check, index): Use[] => {
      const field = `checks[${index}] (${check.kind})`;
      const { model } = check;
      if (check.kind === 'unique')
        return [{ field, model, columns: check.columns, so: 'so it tells no two rows apart' }];
      if (check.kind !== 'foreignKey') return [];
      const { model: other, columns } = check.references;
      const so = 'so it refers to any row, or to none';
      return [
        { field, model, columns: check.columns, so },
        { field: `${field}.references`, model: other, columns, so },
      ];
    }),
  ];
  return uses.flatMap(({ field, model, columns, so }) => {
    const masked = models.find(({ name }) => name === model)?.masked;
    const found = columns.filter((name) => masked?.has(name));
    return found.map((name) => ({
      field,
      value: show(name),
      rule: `it is masked in the source: each of its values is '${MASK}', ${so}`,
      remedy: REMEDY,
    }));
  });
}

function ofSink(sink: Sink, field: string): Use[] {
  const { model, write } = sink;
  const use = (part: string, columns: readonly string[], so: string): Use => ({
    field: `${field}.${part}`,
    model,
    columns,
    so,
  });
  const one = (name: string | undefined): string[] => (name === undefined ? [] : [name]);
  const uses: Use[] = [];
  if (write.mode === 'merge' || write.mode === 'scd2') {
    uses.push(
      use('write.keys', write.keys, 'so it tells no two rows apart'),
      use('write.newestBy', one(write.newestBy), 'so no row is newer than another'),
    );
  }
  if (write.mode === 'scd2') uses.push(use('write.track', write.track ?? [], 'so no change of it would be seen'));
  if (sink.kind === 'lake') uses.push(use('partitionBy', sink.partitionBy, 'so all rows would be in one partition'));
  if (sink.kind === 'kinesis')
    uses.push(use('partitionBy', [sink.partitionBy], 'so all records would be on one shard'));
  if (sink.kind === 'redshift') uses.push(use('distKey', one(sink.distKey), 'so all rows would lie on one node'));
  if (sink.kind === 'dynamoTable' && sink.key) {
    uses.push(use('key', [sink.key.partitionKey, ...one(sink.key.sortKey)], 'so it tells no two rows apart'));
  }
  if (sink.kind === 'keyspaces') uses.push(use('key', sink.key.partitionKey, 'so all rows would be in one partition'));
  return uses;
}
