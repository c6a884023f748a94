/** `stepwell rebuild`: says what it would do, asks, and follows the run. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { deployed } from '../operate/connection';
import { planRebuild, rebuildLines, startRebuild } from '../operate/rebuild';
import { confirm } from './confirm';
import { connect } from './connect';
import { followRun } from './follow-run';
import { printOutcome } from './outcome';
import { printer, type VerbOptions } from './printer';

export interface RebuildOptions extends VerbOptions {
  readonly from: string;
  readonly to?: string;
  readonly dryRun: boolean;
  /** do not ask */
  readonly yes: boolean;
  /** false: return when it has started */
  readonly wait: boolean;
}

export async function rebuild(pipeline: string, options: RebuildOptions): Promise<void> {
  const connection = await connect(options);
  const plan = await planRebuild(connection, await deployed(connection), { pipeline, ...options });
  const { from, to, kept, records, tables } = plan;
  const document = { pipeline, from, to, kept, records, tables };
  if (options.dryRun) return printer(options).print(document, () => [...rebuildLines(plan), 'Nothing was done.']);
  process.stderr.write(`${rebuildLines(plan).join('\n')}\n`);
  await confirm('Rebuild it?', { yes: options.yes, no: 'Nothing was done.' });
  const executionArn = await startRebuild(connection, plan);
  if (!options.wait) {
    const runId = executionArn.split(':').at(-1)!;
    printer(options).print({ ...document, runId, executionArn }, () => [
      `Started. Follow it: npx stepwell show ${runId.slice(0, 8)}`,
    ]);
    return;
  }
  const wanted = { key: `${pipeline} from ${from} to ${to}`, executionArn };
  const followed = await followRun(pipeline, new SFNClient(connection.client), wanted, options);
  printOutcome(pipeline, [followed], options);
}
