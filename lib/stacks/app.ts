/** The whole CDK app: the foundation, and a stack for each folder of `state-machines/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib/core';
import { type CompiledPipeline, compileTogether, withLineage } from '../compiler';
import { bundleAll } from '../constructs/bundle';
import { PROJECT_ROOT } from '../constructs/cache';
import { tellSettings } from '../constructs/settings';
import { type Settings, settingsOf } from '../pipeline/schema/settings';
import { refuseClashes, titleOf } from '../pipeline/together';
import type { Pipeline } from '../pipeline/types';
import { FoundationStack } from './foundation';
import { PipelineStack } from './pipeline';

export interface AppOptions {
  /** holds a folder for each pipeline */
  readonly folder?: string;
  /** where the assembly goes; `cdk.out`, or where the CDK's CLI says, unless told */
  readonly outdir?: string;
  /** as `-c` of the CDK's CLI */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** @throws {PipelineError} for a pipeline that does not compile, or takes another's name or table; {SettingError} */
export async function createApp({
  folder = join(PROJECT_ROOT, 'state-machines'),
  outdir,
  context,
}: AppOptions = {}): Promise<App> {
  const settings = settingsIn(context);
  const found = await pipelinesIn(folder);
  refuseClashes(found.map(({ path, pipeline }) => ({ folder: relative(process.cwd(), path), pipeline })));
  const compiled = await compileTogether(
    found.map(({ path, pipeline }) => ({ folder: path, pipeline })),
    settings.environment,
  );
  return appOf(compiled, { outdir, context });
}

/** Compiled pipelines in, stacks out. They are compiled for the environment that the context names. @throws {SettingError} */
export function appOf(given: readonly CompiledPipeline[], { outdir, context }: Omit<AppOptions, 'folder'> = {}): App {
  const settings = settingsIn(context);
  const pipelines = withSettings(given, settings);
  const app = new App({
    outdir: outdir ?? process.env.CDK_OUTDIR ?? join(PROJECT_ROOT, 'cdk.out'),
    // The CDK's CLI hands cdk.json's context on; run directly, the app takes it from there itself: the same templates.
    context: { ...configuredContext(), ...context },
  });
  tellSettings(app, settings);
  bundleAll([
    'bootstrap',
    'sweep',
    'conclude-backfill',
    'watch',
    ...pipelines.flatMap(({ functions }) =>
      functions.map(({ task, userCode }) => ({ task, userFile: userCode?.file })),
    ),
  ]);
  const { environment, account, region, sourceVpc, alertEmails } = settings;
  const named = (stack: string) => ['Stepwell', ...(environment ? [titleOf(environment)] : []), stack].join('-');
  const common = { ...(account || region ? { env: { account, region } } : {}) };
  const foundation = new FoundationStack(app, named('Foundation'), {
    ...common,
    alertEmails: [...new Set(alertEmails ?? pipelines.flatMap(({ alerts }) => alarmAddresses(alerts)))].sort(),
    ...(sourceVpc ? { sourceVpc } : {}),
  });
  const stacks = new Map<string, PipelineStack>();
  for (const compiled of pipelines) {
    const pipeline = alertEmails
      ? { ...compiled, alerts: { ...compiled.alerts, email: alertEmails, routed: [] } }
      : compiled;
    const stack = new PipelineStack(app, named(pipeline.title), { ...common, pipeline, foundation });
    Tags.of(stack).add('stepwell:pipeline', pipeline.name);
    stacks.set(pipeline.name, stack);
  }
  // Whose tables another pipeline may read has its database user first.
  for (const { name, postgres } of pipelines)
    for (const { pipeline } of postgres?.reads ?? []) stacks.get(name)!.addStackDependency(stacks.get(pipeline)!);
  if (environment) {
    Tags.of(app).add('stepwell:environment', environment);
    for (const stack of app.node.children.filter(Stack.isStack))
      new CfnOutput(stack, 'Environment', { value: environment });
  }
  return app;
}

/** What the settings add to each pipeline. */
function withSettings(pipelines: readonly CompiledPipeline[], { lineage, environment }: Settings) {
  if (lineage === undefined) return pipelines;
  const namespace = lineage.namespace ?? (environment === undefined ? 'stepwell' : `stepwell-${environment}`);
  return pipelines.map((pipeline) => withLineage(pipeline, { ...lineage, namespace }, version()));
}

function version(): string {
  return (JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Who hears of alarms. */
const alarmAddresses = ({ email, routed = [] }: CompiledPipeline['alerts']): string[] => [
  ...email,
  ...routed.flatMap(({ address, kinds }) => (kinds.includes('alarm') ? [address] : [])),
];

async function pipelinesIn(folder: string): Promise<{ readonly path: string; readonly pipeline: Pipeline }[]> {
  const folders = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'pipeline.ts')))
    .map(({ name }) => join(folder, name))
    .sort();
  return Promise.all(
    folders.map(async (path) => {
      const module = (await import(join(path, 'pipeline.ts'))) as { default: Pipeline | { default: Pipeline } };
      // `import` of a CommonJS module may wrap its exports, `default` and all, into another `default`.
      const pipeline = 'default' in module.default ? module.default.default : module.default;
      return { path, pipeline };
    }),
  );
}

/** As the CDK's CLI hands the context on, with what is said on the command line. @throws {SettingError} */
function settingsIn(context: AppOptions['context']): Settings {
  const configured = configuredContext();
  const asked = new App({ context: { ...configured, ...context }, treeMetadata: false, autoSynth: false });
  return settingsOf(asked.node.getAllContext() as Record<string, unknown>, configured);
}

function configuredContext(): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')) as {
    context?: Record<string, unknown>;
  };
  return context ?? {};
}
