import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricDataQuery,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { toMillis } from '../timestamps';
import { evaluateQueries, periodOf } from './queries';
import type { Named } from './series-functions';
import type { MonitoringState } from './state';
import type { Series } from './statistics';

type Output = Omit<GetMetricDataCommandOutput, '$metadata'>;
type Point = readonly [at: number, value: number];

const MAX_DATAPOINTS = 100_800;
const MAX_QUERIES = 500;

export const GetMetricData: OperationOf<MonitoringState, GetMetricDataCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],

  async handle(input) {
    requireMembers(input, 'MetricDataQueries', 'StartTime', 'EndTime');
    const { MetricDataQueries: queries, ScanBy, MaxDatapoints = MAX_DATAPOINTS, NextToken } = input;
    checkQueries(queries);
    const [from, end] = [toMillis(input.StartTime), toMillis(input.EndTime)];
    if (from >= end) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
    const periodMs = periodOf(queries) * 1_000;
    const range = { start: Math.floor(from / periodMs) * periodMs, end };
    const series = evaluateQueries(queries, state().metrics, range);
    const direction = ScanBy === 'TimestampAscending' ? 1 : -1;

    const lines = queries
      .filter(({ ReturnData }) => ReturnData !== false)
      .flatMap((query) => linesOf(query, series.get(query.Id ?? '')))
      .map(({ points, ...line }) => ({ ...line, points: [...points].sort(([a], [b]) => direction * (a - b)) }));
    const { results, next } = page(lines, fromToken(NextToken), MaxDatapoints);
    return { MetricDataResults: results, Messages: [], ...(next !== undefined && { NextToken: toToken(next) }) };
  },
});

interface Line {
  readonly id: string;
  readonly label: string;
  readonly points: readonly Point[];
}

/** An expression that gives several series has a result for each, all with its id. */
function linesOf(
  { Id: id = '', Label, MetricStat }: MetricDataQuery,
  value: Series | readonly Named[] = new Map(),
): readonly Line[] {
  if (Array.isArray(value))
    return (value as readonly Named[]).map(({ label, series }) => ({
      id,
      label: [Label, label].filter(Boolean).join(' ') || id,
      points: [...series],
    }));
  return [{ id, label: Label ?? MetricStat?.Metric?.MetricName ?? id, points: [...(value as Series)] }];
}

/** Counted through all results: a result whose points go on is partial, one without any is on the first page. */
function page(lines: readonly Line[], start: number, limit: number): { results: MetricDataResult[]; next?: number } {
  const results: MetricDataResult[] = [];
  let position = 0;
  let left = limit;
  for (const { id, label, points } of lines) {
    const skipped = Math.max(0, start - position);
    const shown = points.slice(skipped, skipped + left);
    position += points.length;
    const isEmpty = points.length === 0 && start === 0;
    if (shown.length === 0 && !isEmpty) continue;
    left -= shown.length;
    results.push({
      Id: id,
      Label: label,
      Timestamps: shown.map(([at]) => new Date(at)),
      Values: shown.map(([, value]) => value),
      StatusCode: skipped + shown.length < points.length ? 'PartialData' : 'Complete',
    });
  }
  const told = start + limit - left;
  return { results, ...(told < position && { next: told }) };
}

function checkQueries(queries: readonly MetricDataQuery[]): void {
  if (queries.length > MAX_QUERIES)
    throw invalid(`The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`);
  const ids = new Set<string>();
  for (const { Id = '', Expression, MetricStat } of queries) {
    if (!/^[a-z][a-zA-Z0-9_]{0,254}$/.test(Id))
      throw invalid(
        `The value ${Id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    if (ids.has(Id)) throw invalid(`The id ${Id} is used by more than one element of MetricDataQueries.`);
    ids.add(Id);
    if ((Expression === undefined) === (MetricStat === undefined))
      throw invalid(`Exactly one of the parameters Expression and MetricStat must be given for the id ${Id}.`);
  }
}

const toToken = (position: number): string => Buffer.from(String(position)).toString('base64url');

function fromToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const position = Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (Number.isInteger(position) && position > 0) return position;
  throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
}

const invalid = (message: string) => new AwsError('ValidationError', message);
