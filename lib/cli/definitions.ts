/** Verbs that need the definitions alone: `pipelines`, `validate`, `compile`. No local cloud is needed. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeFinding, lint } from '../asl';
import {
  type CompiledContract,
  type CompiledPipeline,
  compileTogether,
  contractsOf,
  isCurrentContract,
  writeContracts,
} from '../compiler';
import { UserError } from '../operate/errors';
import {
  compatiblePipelines,
  namedPipelines,
  type PipelineFolder,
  patternsOf,
  pipelineFolders,
  skippedFolders,
} from '../operate/pipelines';
import { plural } from '../operate/text';
import { gatherPlanOf } from '../pipeline/gather';
import { isLive } from '../pipeline/runs-of-stream';
import type { Trigger } from '../pipeline/types';
import { aslText } from './compile';
import { printer, type VerbOptions } from './printer';
import { green, table, yellow } from './terminal';

interface Options {
  readonly json: boolean;
  /** holds a folder for each pipeline; `state-machines/` unless told */
  readonly parent?: string;
}

const shownPath = (file: string): string => path.relative(process.cwd(), file) || '.';
const aslFile = (folder: string): string => path.join(folder, 'state-machine.asl.json');

/** All of them where none is named. */
export async function listPipelines(
  names: readonly string[],
  options: Options & Omit<VerbOptions, 'json'>,
): Promise<void> {
  const folders = namedPipelines(await pipelineFolders(options.parent), names);
  const { pipelineStates, stateText, waitingLines, watchedText } = await import('./pipeline-states');
  const states = await pipelineStates(
    options,
    folders.map(({ pipeline }) => pipeline.name),
  );
  const found = folders.map(({ folder, pipeline }) => ({
    name: pipeline.name,
    description: pipeline.description ?? '',
    folder: shownPath(folder),
    trigger: pipeline.trigger,
    ...(pipeline.stream ? { stream: pipeline.stream.trigger } : {}),
    sources: Object.keys(pipeline.sources),
    models: Object.keys(pipeline.models),
    sinks: pipeline.sinks.map((sink) => ({
      kind: sink.kind,
      table: sink.kind === 'kinesis' ? sink.stream : sink.table,
      model: sink.model,
      write: sink.write.mode,
      ...(isLive(sink) ? { live: true } : {}),
    })),
    checks: pipeline.checks?.length ?? 0,
    ...(states ? { deployed: states.get(pipeline.name)! } : {}),
  }));
  printer(options).print(found, (pipelines) =>
    pipelines.length === 0
      ? ['No pipelines: make a folder in state-machines/ with a pipeline.ts.']
      : pipelines.flatMap((one, index) => [
          ...(index > 0 ? [''] : []),
          `${green(one.name)}  ${one.description}`,
          `  folder    ${one.folder}`,
          ...(one.deployed ? [`  state     ${stateText(one.name, one.deployed)}`] : []),
          ...(one.deployed ? waitingLines(one.deployed) : []),
          ...(one.deployed ? watchedText(one.deployed) : []),
          ...(one.stream ? [`  stream    ${one.stream.stream}: records are taken as they come`] : []),
          `  starts    ${startsWhen(one.trigger)}`,
          `  sources   ${one.sources.join(', ')}`,
          `  models    ${one.models.join(', ')}`,
          `  checks    ${one.checks}`,
          ...table(
            ['sinks', 'table', 'model', 'write'],
            one.sinks.map(({ kind, table: name, model, write, live }) => [
              kind,
              name,
              model,
              live ? `${write}, live` : write,
            ]),
            { indent: 2 },
          ),
        ]),
  );
  if (names.length === 0) tellSkipped(options);
}

/** On standard error: scripts read the JSON on the other. */
function tellSkipped({ parent }: Options): void {
  for (const line of skippedFolders(parent)) console.error(line);
}

/** When a run starts, of files that match patterns. */
function arrivalText(trigger: Trigger): string {
  const rule = gatherPlanOf(trigger)?.rule;
  if (rule === undefined) return 'when a file lands';
  if (rule.kind === 'batch')
    return `when ${plural(rule.maxFiles, 'file')} have landed, or ${rule.windowSeconds} s after the first`;
  if (rule.kind === 'marker') return `when ${rule.globs.join(' or ')} says that these are whole`;
  if (rule.kind === 'files') return `when ${plural(rule.count, 'file')} have landed`;
  return `when no other file has landed for ${rule.seconds} s`;
}

function startsWhen(trigger: { readonly kind: string }): string {
  const patterns = patternsOf(trigger);
  if (patterns.length > 0) return `${arrivalText(trigger as Trigger)}: ${patterns.join(', ')}`;
  if ('cron' in trigger) return `at ${trigger.cron} (${'timezone' in trigger ? trigger.timezone : 'UTC'})`;
  if (trigger.kind === 'after' && 'pipeline' in trigger) return `when ${trigger.pipeline} has published`;
  const settings = Object.entries(trigger).filter(([name]) => name !== 'kind');
  return [trigger.kind, ...settings.map(([name, value]) => (name === trigger.kind ? value : `${name} ${value}`))].join(
    ' ',
  );
}

/** @throws {PipelineError} with every mistake, of one pipeline or between two; {UserError} for a state machine that breaks a rule of the lint */
export async function validate(options: Options): Promise<void> {
  const placed = await compatiblePipelines(options.parent);
  const compiled = await compileTogether(placed);
  const contracts = await contractsOf(placed);
  const found = await Promise.all(
    placed.map(async (one, index) => {
      const { isCurrent, ...rest } = validated(one, compiled[index]!);
      return { ...rest, isCurrent: isCurrent && (await isCurrentContract(one, contracts)) };
    }),
  );
  printer(options).print(found, (pipelines) =>
    pipelines.flatMap(({ name, sources, models, sinks, checks, isCurrent }) => [
      green(
        `✓ ${name}: ${[plural(sources, 'source'), plural(models, 'model'), plural(sinks, 'sink'), plural(checks, 'check')].join(', ')}`,
      ),
      ...(isCurrent
        ? []
        : [yellow('  Its state-machine.asl.json, or its contract, is out of date: npx stepwell compile')]),
    ]),
  );
  tellSkipped(options);
}

function validated({ folder, pipeline }: PipelineFolder, { definition }: CompiledPipeline) {
  const findings = lint(definition).map(describeFinding);
  if (findings.length > 0)
    throw new UserError([`The state machine of '${pipeline.name}' breaks rules:`, ...findings].join('\n  - '));
  const file = aslFile(folder);
  return {
    name: pipeline.name,
    sources: Object.keys(pipeline.sources).length,
    models: Object.keys(pipeline.models).length,
    sinks: pipeline.sinks.length,
    checks: pipeline.checks?.length ?? 0,
    isCurrent: existsSync(file) && readFileSync(file, 'utf8') === aslText(definition),
  };
}

/** Writes the compiled state machine beside each pipeline, and the contract of its stream. */
export async function compileAll(options: Options): Promise<void> {
  const written: string[] = [];
  const placed = await compatiblePipelines(options.parent);
  for (const [index, { definition }] of (await compileTogether(placed)).entries()) {
    const { folder } = placed[index]!;
    await writeFile(aslFile(folder), aslText(definition));
    written.push(shownPath(aslFile(folder)));
  }
  const contracts = await contractsOf(placed);
  written.push(...(await writeContracts(placed, contracts)).map(shownPath));
  printer(options).print(written, (files) => [...files, ...[...contracts.values()].flatMap(changeLines)]);
}

/** What was not compatible is a mistake, and has been told as one. */
const changeLines = ({ read, changes }: CompiledContract): string[] =>
  changes.map((change) => green(`contract ${read.stream}: ${change} (compatible)`));
