/** `npm start`: synthesize, bring up the local cloud, drop the samples, follow the runs, say what came of them. */
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { RunningConsole } from '../console/server/server';
import { type Cloud, startCloud } from '../local/cloud';
import { giveBackWhenQuiet } from '../local/rest';
import {
  type Connection,
  type Deployed,
  deployed,
  pipelineNamed,
  requireFreePort,
  requireNoneUp,
} from '../operate/connection';
import { runQuery } from '../operate/database-query';
import { Interrupted } from '../operate/errors';
import { intervalOption } from '../operate/intervals';
import { localClientOptions } from '../operate/local';
import { stateOf } from '../operate/pause-note';
import { type PipelineFolder, patternsOf, pipelineFolders } from '../operate/pipelines';
import { duration } from '../operate/text';
import { intervalAt } from '../tasks/fires';
import { followChain, runsAfter } from './chains';
import { chosenPipelines } from './chosen';
import { fedRuns } from './fed-runs';
import { type Interruption, onInterrupt } from './interrupt';
import { loginsOf } from './logins';
import { DEFAULT_PORT } from './printer';
import { type SampleServices, startSampleServices } from './sample-services';
import { hasSamples } from './samples';
import { type Stages, stagesOn } from './stages';
import { startRuns } from './start-runs';
import { judge, type Summary, summaryLines } from './summary';
import { requireWritable, synthesize } from './synth';
import { watchRuns } from './watch';

export interface StartOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly port: number;
  readonly stateDir: string;
  /** false: no policy is evaluated */
  readonly iam: boolean;
  /** callers of Step Functions are held to AWS's quotas */
  readonly throttle: boolean;
  /** where the templates go */
  readonly output: string;
  /** run these on their samples; all if none is named. Deployed are all in any case */
  readonly pipelines: readonly string[];
}

export async function start(options: StartOptions): Promise<void> {
  const stream = options.json ? process.stderr : process.stdout;
  const say = (line: string) => stream.write(`${line}\n`);
  const stages = stagesOn(stream);
  const began = Date.now();
  const interruption = onInterrupt(() => process.stderr.write('\nStopping the local cloud …\n'));
  let starting: Promise<Cloud> | undefined;
  let services: SampleServices | undefined;
  let shown: RunningConsole | undefined;
  try {
    requireWritable(options.stateDir);
    await requireNoneUp(options.stateDir);
    await requireFreePort(options.port);
    const folders = await pipelineFolders();
    const chosen = chosenPipelines(folders, options);
    const synthesized = synthesize(options.output, interruption.signal);
    // Its databases start meanwhile.
    const { stateDir, port, iam, throttle } = options;
    starting = startCloud({
      stateDir,
      port,
      iam,
      throttle,
      assembly: synthesized.then(() => options.output),
      prepare: async (endpoint) => {
        services = await startSampleServices(folders, { client: localClientOptions(endpoint) });
      },
    });
    starting.catch(() => {});
    await timed(stages, 'Synthesizing the stacks', 'Stacks synthesized', () => synthesized);
    const cloud = await bringUp(stages, starting, options);
    if (interruption.signal.aborted) throw new Interrupted();
    if (!options.once) {
      giveBackWhenQuiet();
      shown = await showConsole(stages, cloud, options);
    }
    await tellLeftOut(folders, chosen, options, stages);
    const missing = (services?.missing ?? []).filter(({ pipeline }) =>
      chosen.some((one) => one.pipeline.name === pipeline),
    );
    const summary = await runSamples(
      cloud,
      chosen,
      { secrets: services?.secrets ?? [], missing, notes: services?.notes ?? [] },
      {
        stages,
        options,
        began,
        signal: interruption.signal,
      },
    );
    if (options.json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    else
      for (const line of summaryLines(summary, { stops: options.once, restart: `npm start${restartOptions(options)}` }))
        say(line);
    process.exitCode = summary.ok ? 0 : 1;
    if (!options.once)
      await stayUp(chosen, options, { endpoint: summary.endpoint, console: shown?.url }, interruption, say);
  } finally {
    await shown?.close();
    await (await starting?.catch(() => undefined))?.stop();
    await services?.close();
    interruption.release();
  }
}

function bringUp(stages: Stages, starting: Promise<Cloud>, { iam }: StartOptions): Promise<Cloud> {
  return stages.run('Starting the local cloud', async () => {
    const began = Date.now();
    const cloud = await starting;
    const off = iam ? '' : '. IAM is off: every call is allowed, also what AWS will refuse';
    return { title: `Local cloud ready at ${cloud.endpoint} in ${duration(Date.now() - began)}${off}`, value: cloud };
  });
}

/** Said before the runs begin, so that they can be watched. It loads its code at the first request: who does not look waits for nothing. */
function showConsole(stages: Stages, cloud: Cloud, { stateDir }: StartOptions): Promise<RunningConsole> {
  return stages.run('Starting the console', async () => {
    const connection: Connection = {
      client: localClientOptions(cloud.endpoint),
      target: { kind: 'local', endpoint: cloud.endpoint, stateDir: path.resolve(stateDir) },
    };
    const { startConsole } = await import('../console/server/server');
    const value = await startConsole({ connection: () => connection, readOnly: false });
    return { title: `Watch it in a browser: ${value.url}`, value };
  });
}

function timed(stages: Stages, title: string, done: string, work: () => Promise<void>): Promise<void> {
  return stages.run(title, async () => {
    const began = Date.now();
    await work();
    return { title: `${done} in ${duration(Date.now() - began)}`, value: undefined };
  });
}

interface Context {
  readonly stages: Stages;
  readonly options: StartOptions;
  readonly began: number;
  readonly signal: AbortSignal;
}

async function runSamples(
  cloud: Cloud,
  folders: readonly PipelineFolder[],
  { secrets, missing, notes }: Pick<SampleServices, 'secrets' | 'missing' | 'notes'>,
  { stages, options, began, signal }: Context,
): Promise<Summary> {
  const client = localClientOptions(cloud.endpoint);
  const stepFunctions = new SFNClient(client);
  const stacks = await deployed({ client });
  const since = new Date();
  const started = await startRuns(await notPaused(folders.filter(hasSamples), { client, stacks, stages }), stacks, {
    client,
    stages,
    s3: new S3Client({ ...client, forcePathStyle: true }),
    stepFunctions,
    signal,
    secrets,
  });
  const chained = (await pipelineFolders()).filter(
    ({ pipeline: { trigger, stream } }) => trigger.kind === 'after' || stream !== undefined,
  );
  const going = chained.length === 0 ? [] : await notPaused(chained, { client, stacks, stages });
  const pipelines = going.map(({ pipeline }) => pipeline);
  const feeding = { connection: { client }, stacks, pipelines, since, signal };
  const { followed, awaited } = await followChain(
    started,
    async (ended, run) => [...runsAfter(ended, run, pipelines, stacks), ...(await fedRuns(run, feeding))],
    (wave, onEnd) => {
      const names = [...new Set(wave.map(({ pipeline }) => pipeline))];
      const wanted = wave.map((one) => one.wanted);
      return watchRuns(stages, names, stepFunctions, wanted, { signal, since, onEnd });
    },
  );
  const runs = judge(followed, awaited);
  const state = path.resolve(options.stateDir);
  await logInOnce({ client }, stacks);
  const logins = await loginsOf(
    cloud.databases,
    stacks.pipelines.map(({ name }) => name),
    new SecretsManagerClient(client),
  );
  return {
    ok: missing.length === 0 && runs.every((run) => run.asExpected),
    endpoint: cloud.endpoint,
    seconds: (Date.now() - began) / 1000,
    runs,
    secrets,
    missing,
    notes,
    databases: cloud.databases,
    logins,
    buckets: {
      landing: stacks.foundation.LandingBucketName ?? '',
      quarantine: `s3://${stacks.foundation.WorkBucketName}/quarantine/`,
      lake: `s3://${stacks.foundation.LakeBucketName}/`,
    },
    mail: path.join(state, 'mail'),
    state,
  };
}

/** Pipelines that `--once` leaves out unless they are named. */
async function tellLeftOut(
  all: readonly PipelineFolder[],
  chosen: readonly PipelineFolder[],
  { pipelines, once }: StartOptions,
  stages: Stages,
): Promise<void> {
  const left = all.filter((one) => !chosen.includes(one)).map(({ pipeline }) => pipeline.name);
  if (!once || pipelines.length > 0 || left.length === 0) return;
  const title = `${left.join(', ')}: deployed, not run with --once unless named: npm start -- --once ${left.join(' ')}`;
  await stages.run(title, async () => ({ title, value: undefined }));
}

/** A file that lands starts no run of a paused pipeline: there would be none to follow. */
async function notPaused(
  folders: readonly PipelineFolder[],
  { client, stacks, stages }: Pick<Connection, 'client'> & { readonly stacks: Deployed; readonly stages: Stages },
): Promise<PipelineFolder[]> {
  const states = await Promise.all(
    folders.map(({ pipeline }) => stateOf({ client }, stacks, pipelineNamed(stacks, pipeline.name))),
  );
  for (const [index, { pipeline }] of folders.entries()) {
    if (states[index]!.state !== 'paused') continue;
    const what = pipeline.trigger.kind === 'after' ? 'no run starts it' : 'its samples are not run';
    const title = `${pipeline.name} is paused: ${what}. To resume it: npx stepwell resume ${pipeline.name}`;
    await stages.run(title, async () => ({ title, value: undefined }));
  }
  return folders.filter((_, index) => states[index]!.state !== 'paused');
}

/**
 * Redshift's users get their password as a hash that PostgreSQL cannot check; the local cloud adopts the password itself at the first
 * login through the Data API. After this `psql` can log in as well.
 */
async function logInOnce(connection: Pick<Connection, 'client'>, stacks: Deployed): Promise<void> {
  const users = (await pipelineFolders()).filter(({ pipeline }) =>
    pipeline.sinks.some(({ kind }) => kind === 'redshift'),
  );
  await Promise.all(
    users.map(({ pipeline }) =>
      runQuery(connection, stacks, { database: 'redshift', pipeline: pipeline.name }, 'SELECT 1'),
    ),
  );
}

/** Those of this start that the next one needs to find the same state. */
function restartOptions({ stateDir, port, pipelines, iam, throttle }: StartOptions): string {
  const given = [
    ...pipelines,
    ...(path.basename(stateDir) === '.stepwell' ? [] : ['--state-dir', stateDir]),
    ...(port === DEFAULT_PORT ? [] : ['--port', String(port)]),
    ...(iam ? [] : ['--no-iam']),
    ...(throttle ? ['--throttle'] : []),
  ];
  return given.length > 0 ? ` -- ${given.join(' ')}` : '';
}

/** The latest interval of a schedule has just been run: one before it has something to load. */
function earlierInterval(folders: readonly PipelineFolder[]): string | undefined {
  for (const { pipeline } of folders) {
    if (pipeline.trigger.kind !== 'cron') continue;
    const latest = intervalAt(pipeline.trigger, new Date());
    const earlier = latest && intervalAt(pipeline.trigger, new Date(latest.start));
    if (earlier) return `${pipeline.name} --interval ${intervalOption(earlier)}`;
  }
  return undefined;
}

async function stayUp(
  folders: readonly PipelineFolder[],
  { stateDir }: StartOptions,
  at: { readonly endpoint: string; readonly console: string | undefined },
  { asked }: Interruption,
  say: (line: string) => void,
): Promise<void> {
  const byFile = folders.find(({ pipeline }) => !pipeline.stream && patternsOf(pipeline.trigger).length > 0)?.pipeline;
  const [pattern = ''] = byFile ? patternsOf(byFile.trigger) : [];
  const there = path.basename(stateDir) === '.stepwell' ? '' : ` --state-dir ${stateDir}`;
  say('');
  if (at.console) say(`See every run, and act on it, in a browser: ${at.console}`);
  say('The local cloud stays up; end it with Ctrl-C. Meanwhile, in another terminal:');
  if (byFile)
    say(`  npx stepwell drop more${/(\.[a-z]+)+$/.exec(pattern)?.[0] ?? '.csv'} --pipeline ${byFile.name}${there}`);
  const earlier = earlierInterval(folders);
  if (earlier) say(`  npx stepwell run ${earlier}${there}`);
  say(`  npx stepwell runs${there}`);
  say(`  npx stepwell --help`);
  say('Any AWS client does as well, and any credentials:');
  say(
    `  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 aws --endpoint-url ${at.endpoint} s3 ls`,
  );
  await asked;
}
