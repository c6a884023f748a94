/** What is measured at each look, with its dimensions: by pipeline, by pipeline and table, by pipeline and source; some of all pipelines together. */
import type { WatchInput } from '../../lib/tasks/watch';
import { embeddedLine } from '../shared/embedded-metrics';
import { ageSeconds, type Facts, type Problem } from './judge';

export interface Measure {
  readonly name: MeasureName;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

const UNITS = {
  /** how many things are wrong; without dimensions: the most of any pipeline */
  Problems: 'Count',
  /** deadlines that were missed, as long as they are */
  DeadlinesMissed: 'Count',
  /** runs that take far longer than usual; where there are any */
  StuckRuns: 'Count',
  /** how old published data are */
  PublishedAge: 'Seconds',
  /** how long ago the newest file of a source arrived */
  InputAge: 'Seconds',
  /** 1 while it is paused, and nothing else */
  Paused: 'Count',
} as const;
export type MeasureName = keyof typeof UNITS;

export function measuresOf(
  { pipeline, now, sinks, deadline, inputs }: WatchInput,
  facts: Facts,
  problems: readonly Problem[],
): Measure[] {
  const of = (name: MeasureName, value: number, more: Measure['dimensions'] = {}): Measure => ({
    name,
    value,
    dimensions: { pipeline, ...more },
  });
  const kind = (wanted: Problem['kind']) => problems.filter((one) => one.kind === wanted).length;
  const tables = sinks.flatMap((sink) => {
    const asOf = facts.published.find((one) => one.sink === sink)?.asOf;
    return asOf === undefined ? [] : [{ sink, age: ageSeconds(now, asOf) }];
  });
  const arrived = inputs.flatMap(({ source }) => {
    const arrivedAt = facts.inputs[source]?.arrivedAt;
    return arrivedAt === undefined ? [] : [of('InputAge', ageSeconds(now, arrivedAt), { source })];
  });
  return [
    of('Problems', problems.length),
    { name: 'Problems', value: problems.length, dimensions: {} },
    // A metric costs for each hour that it has data: what is nearly always nothing is measured where it is something.
    ...(kind('stuck') > 0 ? [of('StuckRuns', kind('stuck'))] : []),
    ...(deadline ? [of('DeadlinesMissed', kind('deadline'))] : []),
    ...(facts.isPaused ? [of('Paused', 1)] : []),
    // The oldest of its tables is how old a pipeline's data are.
    ...(tables.length > 0 ? [of('PublishedAge', Math.max(...tables.map(({ age }) => age)))] : []),
    ...tables.map(({ sink, age }) => of('PublishedAge', age, { table: sink })),
    ...arrived,
  ];
}

/** As lines for the log, one for each set of dimensions. A request for each metric would cost more than to keep it. */
export function embedded(measures: readonly Measure[], namespace: string, timestamp: number): string[] {
  return [...groups(measures).values()].map((set) =>
    embeddedLine({
      namespace,
      timestamp,
      dimensions: set[0]!.dimensions,
      metrics: set.map(({ name, value }) => ({ name, unit: UNITS[name], value })),
    }),
  );
}

function groups(measures: readonly Measure[]): Map<string, Measure[]> {
  const sets = new Map<string, Measure[]>();
  for (const one of measures) {
    const key = JSON.stringify(one.dimensions);
    sets.set(key, [...(sets.get(key) ?? []), one]);
  }
  return sets;
}
