/** What the pipelines of one project owe each other: each is fine alone, and they would only meet in the cloud. */
import { PipelineError, type Problem, show, suggest } from './errors';
import { isTable } from './runs-of-stream';
import { intervalTokens } from './sources/interval-tokens';
import { streamProblems } from './streams-together';
import type { Pipeline } from './types';

export interface PlacedPipeline {
  /** as it is shown to whoever made the pipeline */
  readonly folder: string;
  readonly pipeline: Pipeline;
}

/** `DailyOrders` of `daily-orders`: the stack is `Stepwell-DailyOrders`. */
export const titleOf = (pipeline: string): string =>
  pipeline
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/**
 * @throws {PipelineError} for the first pipeline that takes a name or a table of one before it, or starts after one that it cannot start
 * after, with all that is wrong with it
 */
export function refuseClashes(pipelines: readonly PlacedPipeline[]): void {
  pipelines.forEach((one, index) => {
    const problems = pipelines
      .slice(0, index)
      .flatMap((other) => [...sameName(one, other), ...sameStack(one, other), ...sameTables(one, other)]);
    const all = [
      ...problems,
      ...upstreamProblems(one, pipelines),
      ...streamProblems(
        one.pipeline,
        pipelines.map(({ pipeline }) => pipeline),
      ),
    ];
    if (all.length > 0) throw new PipelineError(one.pipeline.name, all);
  });
}

/** What a pipeline starts after, what that starts after, and so on: nearest first, up to the first that comes again. */
export function upstreamsOf(pipeline: Pipeline, all: readonly Pipeline[]): Pipeline[] {
  const found: Pipeline[] = [];
  for (let { trigger } = pipeline; trigger.kind === 'after'; ) {
    const { pipeline: name } = trigger;
    const next = all.find((other) => other.name === name);
    if (next === undefined) break;
    found.push(next);
    if (next.name === pipeline.name || found.indexOf(next) < found.length - 1) break;
    ({ trigger } = next);
  }
  return found;
}

/** Runs of a schedule have data intervals, and so have those that they start. */
export function haveIntervals(pipeline: Pipeline, all: readonly Pipeline[]): boolean {
  return (upstreamsOf(pipeline, all).at(-1) ?? pipeline).trigger.kind === 'cron';
}

function upstreamProblems({ pipeline }: PlacedPipeline, placedPipelines: readonly PlacedPipeline[]): Problem[] {
  const { trigger, name } = pipeline;
  if (trigger.kind !== 'after') return [];
  const all = placedPipelines.map((one) => one.pipeline);
  const upstreams = upstreamsOf(pipeline, all);
  const [nearest] = upstreams;
  const at = { field: 'trigger', value: `after('${trigger.pipeline}')` };
  if (nearest === undefined) {
    const others = all.map((one) => one.name).filter((other) => other !== name);
    return [{ ...at, rule: 'this project has no such pipeline', remedy: suggest(trigger.pipeline, others) }];
  }
  const names = upstreams.map((one) => one.name);
  if (names.includes(name)) {
    const rule = `the pipelines start each other for ever: ${[name, ...names].join(' → ')}`;
    return [{ ...at, rule, remedy: 'Start one of them by cron() or s3Arrival().' }];
  }
  return [
    ...unpublished(pipeline, nearest),
    ...(haveIntervals(pipeline, all) ? [] : withoutIntervals(pipeline, upstreams.at(-1)!)),
  ];
}

function unpublished({ sources }: Pipeline, upstream: Pipeline): Problem[] {
  // What Redshift makes of rows that are there stays there.
  const models = [...new Set(upstream.sinks.map(({ model }) => model))].filter((name) => !isInRedshift(upstream, name));
  return Object.entries(sources).flatMap(([name, source]) => {
    if (source.kind !== 'published' || models.includes(source.model)) return [];
    return [
      {
        field: `sources.${name}`,
        value: `published('${source.pipeline}', '${source.model}')`,
        rule:
          source.model in upstream.models
            ? isInRedshift(upstream, source.model)
              ? 'that model runs in Redshift, so no run has its rows'
              : `no sink of '${source.pipeline}' publishes that model`
            : `'${source.pipeline}' has no such model`,
        remedy: suggest(source.model, models),
      },
    ];
  });
}

function isInRedshift({ models }: Pipeline, name: string): boolean {
  const model = models[name];
  return model?.kind === 'sql' && model.engine === 'redshift';
}

/** What names the interval of a run that has none. What SQL names, the compiler looks at. */
function withoutIntervals({ sources, sinks }: Pipeline, first: Pipeline): Problem[] {
  const rule = `the run has no data interval: files start '${first.name}', the first of the runs before it`;
  const remedy = `Leave it out, or start '${first.name}' by cron().`;
  return [
    ...Object.entries(sources).flatMap(([name, source]): Problem[] => [
      ...('cursor' in source && source.cursor !== undefined
        ? [{ field: `sources.${name}.cursor`, value: show(source.cursor.column), rule, remedy }]
        : []),
      ...('config' in source ? intervalTokens(source.config) : []).map(({ option, text, token }) => ({
        field: `sources.${name}.${option}`,
        value: show(text),
        rule: `${rule}, so ${token} stands for nothing`,
        remedy,
      })),
    ]),
    ...sinks.flatMap(({ write }, index) =>
      write.mode === 'replace' && 'interval' in write && write.interval !== undefined
        ? [
            {
              field: `sinks[${index}].write.interval`,
              value: show(write.interval),
              rule,
              remedy: `Use replace() for the whole table, or merge(key); or start '${first.name}' by cron().`,
            },
          ]
        : [],
    ),
  ];
}

const placed = ({ folder, pipeline }: PlacedPipeline): string => `pipeline '${pipeline.name}' (${folder})`;

function sameName(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  const { name } = one.pipeline;
  if (other.pipeline.name !== name) return [];
  return [
    {
      field: 'name',
      value: show(name),
      rule: `the pipelines in ${other.folder} and ${one.folder} have the same name, which names a stack, a state machine and a database user`,
      remedy: 'Rename one of them.',
    },
  ];
}

/** `v-1` and `v1` would both be the stack `Stepwell-V1`. */
function sameStack(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  const { name } = one.pipeline;
  if (other.pipeline.name === name || titleOf(other.pipeline.name) !== titleOf(name)) return [];
  return [
    {
      field: 'name',
      value: show(name),
      rule: `the stack of ${placed(other)} is called Stepwell-${titleOf(name)} as well as that of ${placed(one)}`,
      remedy: 'Rename one of them.',
    },
  ];
}

const keyspaceIn = ({ table }: { readonly table: string }): string => table.split('.')[0]!;

/** In the lake each pipeline has a database of its own. */
function sameTables(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  const others = other.pipeline.sinks.filter(isTable);
  return one.pipeline.sinks.flatMap((sink, index) => {
    if (!isTable(sink)) return [];
    const { kind, table } = sink;
    if (kind === 'lake') return [];
    if (kind === 'keyspaces' && others.some((each) => each.kind === kind && keyspaceIn(each) === keyspaceIn(sink))) {
      const rule = `${placed(other)} and ${placed(one)} write the same keyspace, which one stack makes`;
      return [
        { field: `sinks[${index}].table`, value: show(table), rule, remedy: 'Give one of them another keyspace.' },
      ];
    }
    if (!others.some((each) => each.kind === kind && each.table === table)) return [];
    return [
      {
        field: `sinks[${index}].table`,
        value: show(table),
        rule: `${placed(other)} and ${placed(one)} write the same ${kind} table, and only the pipeline that creates a table may write it`,
        remedy: 'Give one of them another table, or write it from one pipeline.',
      },
    ];
  });
}
