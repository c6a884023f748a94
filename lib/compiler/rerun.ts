/**
 * Of a pipeline whose runs can be partial: how a rerun of the missing partitions passes by what an earlier run has extracted. Admit's
 * answer is in the variable `reused`, by source; it is empty for a run that starts anew.
 */
import { createHash } from 'node:crypto';
import type { ChoiceRule, JsonObject, MapState, State, SubMachine, TaskState } from '../asl/types';
import type { Pipeline, Source } from '../pipeline/types';
import { toleratesFailures } from './functions';
import type { Plan } from './plan';

/** Only the run of a schedule can be run again in part. */
export const canBePartial = (pipeline: Pipeline): boolean =>
  toleratesFailures(pipeline) && pipeline.trigger.kind === 'cron';

/** Puts a choice before the branch of a source: what an earlier run has extracted of it is kept, what that lacks is extracted. */
export function reusing(name: string, source: Source, branch: SubMachine): SubMachine {
  const reused = `$lookup($reused, '${name}')`;
  const isTolerant = 'tolerate' in source && (source.tolerate ?? 0) > 0;
  const start = `Rerun ${name}?`;
  const keep = `Keep ${name}`;
  const map = `Extract ${name}`;
  const missing: ChoiceRule = {
    Condition: `{% $count(${reused}.failed) > 0 %}`,
    // The Map of landed files reads its items from a document: Plan writes one of those that are missing.
    ...(source.kind === 'landedFiles'
      ? { Next: branch.StartAt }
      : { Output: { partitions: `{% [${reused}.failed] %}` }, Next: map }),
  };
  const counts = Object.fromEntries(
    ['manifest', 'rows', 'bytes', 'rejected'].map((member) => [member, `{% ${reused}.kept.${member} %}`]),
  );
  return {
    StartAt: start,
    States: {
      [start]: {
        Type: 'Choice',
        Comment: 'By the run that this one is a rerun of',
        Choices: [...(isTolerant ? [missing] : []), { Condition: `{% $exists(${reused}) %}`, Next: keep }],
        Default: branch.StartAt,
      },
      ...branch.States,
      ...(isTolerant ? addMissing(name, reused, branch) : {}),
      ...(isTolerant && source.kind === 'landedFiles' ? planMissing(name, reused, branch) : {}),
      [keep]: { Type: 'Succeed', Output: isTolerant ? { ...counts, failed: [], failedCount: 0 } : [counts] },
    },
  };
}

/** Of as many partitions as there may be. */
const ALL_BUT_ONE = 99.999;

/**
 * Step Functions counts failures by this Map alone, of a rerun only the missing partitions: there they may fail again, as they did
 * before, but not all of them. Then the run fails, and can be redriven.
 */
function addMissing(name: string, reused: string, { States }: SubMachine): Record<string, State> {
  const map = States[`Extract ${name}`] as MapState;
  const collect = States[`Collect ${name}`] as TaskState;
  const selector = map.ItemSelector as JsonObject;
  const count = map.ItemReader ? '$states.input.partitions' : '$count($states.input.partitions)';
  const call = collect.Arguments as { readonly Payload: JsonObject };
  return {
    [`Extract ${name}`]: {
      ...map,
      ToleratedFailurePercentage: `{% $exists(${reused}) ? ${ALL_BUT_ONE} : ${map.ToleratedFailurePercentage} %}`,
      ItemSelector: {
        ...selector,
        // of the source, not of this Map
        partitions: `{% ${count} + ($exists(${reused}) ? ${reused}.kept.partitions : 0) %}`,
      },
    },
    [`Collect ${name}`]: {
      ...collect,
      Arguments: {
        ...call,
        Payload: { ...call.Payload, kept: `{% $exists(${reused}) ? ${reused}.kept : null %}` },
      },
    },
  };
}

function planMissing(name: string, reused: string, { States }: SubMachine): Record<string, State> {
  const plan = States[`Plan ${name}`] as TaskState;
  const call = plan.Arguments as { readonly Payload: JsonObject };
  const again = `{% $exists(${reused}) ? [${reused}.failed] : null %}`;
  return { [`Plan ${name}`]: { ...plan, Arguments: { ...call, Payload: { ...call.Payload, again } } } };
}

/**
 * By source: a digest of what makes its rows what they are, so that rows of one run are not mixed with those of another definition.
 * How fast and how often a source is asked, and by what login, is none of it.
 */
export function sourceDigests({ sources }: Pipeline, plan: Plan): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [
      name,
      createHash('sha256')
        .update(JSON.stringify({ ...rowsOf(source), datasets: plan.datasets.get(name) ?? [] }))
        .digest('hex')
        .slice(0, 16),
    ]),
  );
}

const NOT_OF_THE_ROWS: ReadonlySet<string> = new Set([
  'auth',
  'secret',
  'rateLimit',
  'timeoutSeconds',
  'concurrency',
  'attempts',
]);

function rowsOf(source: Source): JsonObject {
  const columns = Object.entries(source.columns).map(([name, { type, isNullable, header, protection }]) => [
    name,
    type,
    isNullable,
    header ?? null,
    protection ?? null,
  ]);
  const described: Readonly<Record<string, unknown>> =
    source.kind === 'landedFiles'
      ? { files: source.files }
      : 'config' in source
        ? { cursor: source.cursor ?? null, ...source.config }
        : { pipeline: source.pipeline, model: source.model };
  const config = Object.fromEntries(Object.entries(described).filter(([name]) => !NOT_OF_THE_ROWS.has(name)));
  return { columns, config } as unknown as JsonObject;
}
