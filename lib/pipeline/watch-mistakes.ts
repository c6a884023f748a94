/** What the watch could not do: goals for sources that have no files, deadlines by which nothing is due, ledgers that there are not. */
import { deadlineCron, isNeverDue } from '../tasks/deadlines';
import { type Problem, show, suggest } from './errors';

interface Parts {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly sinks: readonly Readonly<Record<string, unknown>>[];
  readonly trigger: Readonly<Record<string, unknown>>;
}

/** `definition` may have any shape: what is wrong with that is told elsewhere. */
export function watchMistakes(definition: Readonly<Record<string, unknown>>, parts: Parts): Problem[] {
  return [
    ...inputsOfFiles(definition, parts),
    ...nothingDue(definition, parts),
    ...nothingToReconcile(definition, parts),
  ];
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function inputsOfFiles({ freshness }: Readonly<Record<string, unknown>>, { sources }: Parts): Problem[] {
  const landed = Object.keys(sources).filter((name) => asRecord(sources[name]).kind === 'landedFiles');
  return Object.keys(asRecord(asRecord(freshness).inputs)).flatMap((name): Problem[] => {
    if (landed.includes(name) || Object.keys(sources).length === 0) return [];
    const isSource = name in sources;
    return [
      {
        field: `freshness.inputs.${name}`,
        value: show(name),
        rule: isSource
          ? `no files land for that source: its ${asRecord(sources[name]).kind === 'streamRecords' ? 'records come from a stream' : 'data are asked for'}`
          : 'no source has that name',
        remedy: isSource
          ? 'Leave it out: freshness: { within: … } tells when nothing new is published.'
          : suggest(name, landed),
      },
    ];
  });
}

function nothingDue({ deadline }: Readonly<Record<string, unknown>>, { trigger }: Parts): Problem[] {
  const { by, timezone = 'UTC', days } = asRecord(deadline);
  const { kind, cron, timezone: ofTrigger = 'UTC' } = trigger;
  if (kind !== 'cron' || typeof by !== 'string' || typeof cron !== 'string') return [];
  try {
    const crontab = deadlineCron({ by, days: typeof days === 'string' ? days : undefined });
    const schedule = { cron, timezone: String(ofTrigger) };
    if (!isNeverDue(schedule, { cron: crontab, timezone: String(timezone) })) return [];
  } catch {
    // No time, or no schedule: a mistake of its own.
    return [];
  }
  return [
    {
      field: 'deadline.by',
      value: show(by),
      rule: `runs start at that very time (${cron}), so that none can have ended by then`,
      remedy: 'Name a time by which a run has ended, e.g. an hour later.',
    },
  ];
}

function nothingToReconcile({ reconcile }: Readonly<Record<string, unknown>>, { sinks }: Parts): Problem[] {
  if (reconcile !== true || sinks.length === 0) return [];
  if (sinks.some(({ kind }) => kind === 'redshift' || kind === 'postgres')) return [];
  return [
    {
      field: 'reconcile',
      value: 'true',
      rule: 'there is no load ledger to compare: Redshift and PostgreSQL have one',
      remedy: 'Leave it out.',
    },
  ];
}
