/** `stepwell pause` and `stepwell resume`. */
import { deployed, pipelineNamed } from '../operate/connection';
import { MISSED, pausePipeline, type Resumed, resumePipeline } from '../operate/pause';
import type { PauseNote } from '../operate/pause-note';
import { moment, plural } from '../operate/text';
import { connect } from './connect';
import { sinceOf } from './logs';
import { printer, type VerbOptions } from './printer';
import { stagesOn } from './stages';

export { MISSED };

export async function pause(pipeline: string, options: VerbOptions & { readonly reason?: string }): Promise<void> {
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const paused = await pausePipeline(connection, stacks, pipelineNamed(stacks, pipeline), options.reason);
  printer(options).print(paused, () => [
    paused.wasPaused ? `${pipeline} was paused already, ${noteText(paused)}.` : `${pipeline} is paused.`,
    `Runs under way go on. What comes meanwhile is kept; this loads it: npx stepwell resume ${pipeline}`,
  ]);
}

export const noteText = ({ since, by, reason }: PauseNote): string =>
  `since ${moment(since)}, by ${by}${reason === undefined ? '' : `: ${reason}`}`;

export interface ResumeOptions extends VerbOptions {
  /** what is started of that which came meanwhile */
  readonly missed?: (typeof MISSED)[number];
  /** where the ledger has no note of the pause, or another time is meant */
  readonly since?: string;
}

export async function resume(pipeline: string, options: ResumeOptions): Promise<void> {
  const since = options.since === undefined ? undefined : sinceOf(options.since, new Date());
  const connection = await connect(options);
  const stacks = await deployed(connection);
  const at = pipelineNamed(stacks, pipeline);
  const stages = stagesOn(options.json ? process.stderr : process.stdout);
  const resumed = await resumePipeline(connection, stacks, at, { missed: options.missed, since }, (wait) =>
    stages.run('Waiting until EventBridge has heard of it', async () => {
      await wait();
      return { title: 'Rules are enabled', value: undefined };
    }),
  );
  printer(options).print(resumed, () => resumedLines(resumed, at.gatherFunctionArn !== undefined));
}

const LISTED = 10;

function resumedLines({ pipeline, was, since, started, left }: Resumed, isGathered: boolean): string[] {
  return [
    was === 'active' ? `${pipeline} was not paused.` : `${pipeline} is resumed.`,
    ...(since === undefined && was === 'paused'
      ? [`Who paused it left no note of when. To load what came since: npx stepwell resume ${pipeline} --since <time>`]
      : []),
    ...(since === undefined
      ? []
      : [isGathered ? gatheredText(started.length, since) : startedText(started.length, since)]),
    ...started.slice(0, LISTED).map(({ title }) => `  ${title}`),
    ...(started.length > LISTED ? [`  and ${plural(started.length - LISTED, 'other')}`] : []),
    ...(left.length > 0
      ? [
          `Left out: ${plural(left.length, 'run')}. They are to be had still: npx stepwell resume ${pipeline} --since ${since}`,
        ]
      : []),
    ...(started.length > 0 ? [`Follow them: npx stepwell runs ${pipeline}`] : []),
  ];
}

const startedText = (n: number, since: string): string =>
  n === 0
    ? `Nothing is missing since ${moment(since)}.`
    : `${plural(n, 'run')} started, for what came since ${moment(since)}:`;

const gatheredText = (n: number, since: string): string =>
  n === 0
    ? `Nothing is missing since ${moment(since)}.`
    : `${plural(n, 'file')} came since ${moment(since)}, and ${n === 1 ? 'is' : 'are'} gathered now:`;
