/** Bad rows, and what is done with them: loaded once more, or thrown away. */
import { Readable } from 'node:stream';
import { SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { pipelineNamed } from '../../operate/connection';
import { contentOf, type RunRow } from '../../operate/ledger';
import { loadedAnew } from '../../operate/loads';
import { discard, planDiscard } from '../../operate/quarantine-discard';
import { planReplay } from '../../operate/quarantine-replay';
import { badRowAt, badRowsIn, badRowsOf, countsText } from '../../operate/quarantine-rows';
import { hadBadRows, quarantineState } from '../../operate/quarantine-state';
import { startRun } from '../../operate/start-run';
import { plural } from '../../operate/text';
import type { RejectedRow } from '../../tasks/common';
import { parsed } from '../server/body';
import { type Context, Download, type Request, type Route } from '../server/route';
import type { BadRow, BadRows, QuarantinedRun, QuarantineShown } from '../types/quarantine';
import { planned } from './planned';
import { LATEST, runs } from './plans';
import { findRow } from './run/shown';

const AT = '/api/quarantine/:pipeline/:runId';
const rowOf = ({ params: { pipeline = '', runId = '' } }: Request, context: Context) =>
  findRow(context, pipeline, runId);
const from = z.coerce.number().int().min(0).default(0);
const discarding = z.strictObject({ source: z.string().optional(), reason: z.string().trim().max(500).optional() });

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/quarantine', handle: (_, context) => quarantineShown(context) },
  {
    method: 'GET',
    path: AT,
    handle: async (request, context) =>
      badRows(context, await rowOf(request, context), parsed(from, request.query.get('from') ?? undefined)),
  },
  {
    method: 'GET',
    path: `${AT}/rows`,
    handle: async (request, context) => {
      const { runId, quarantine = [] } = await rowOf(request, context);
      const lines = linesOf(badRowsIn(context.connection, quarantine));
      return new Download(`${runId}-bad-rows.jsonl`, Readable.from(lines));
    },
  },
  {
    method: 'GET',
    path: `${AT}/rows/:row`,
    handle: async (request, context) => {
      const at = parsed(from, request.params.row);
      const { raw } = await badRowAt(context.connection, await rowOf(request, context), at);
      return new Download(`${request.params.runId}-bad-row-${at + 1}.txt`, raw);
    },
  },
  {
    method: 'GET',
    path: `${AT}/replay`,
    handle: async (request, context) => {
      const row = await rowOf(request, context);
      return planned(() => replaySentences(context, row));
    },
  },
  {
    method: 'POST',
    path: `${AT}/replay`,
    acts: true,
    handle: async (request, context) => replay(context, await rowOf(request, context)),
  },
  {
    method: 'GET',
    path: `${AT}/discard`,
    handle: async (request, context) => {
      const row = await rowOf(request, context);
      return planned(() => discardSentences(context, row));
    },
  },
  {
    method: 'POST',
    path: `${AT}/discard`,
    acts: true,
    handle: async (request, context) => {
      const { source, reason } = parsed(discarding, request.body ?? {});
      const { connection } = context;
      const plan = await planDiscard(connection, await rowOf(request, context), source);
      return discard(connection, await context.stacks(), plan, reason === '' ? undefined : reason);
    },
  },
];

async function quarantineShown(context: Context): Promise<QuarantineShown> {
  const stacks = await context.stacks();
  const all = (await Promise.all(stacks.pipelines.map((at) => runs(context, at)))).flat().filter(hadBadRows);
  const anew = await loadedAnew(context.connection, stacks, all);
  return {
    runs: all
      .map((run) => quarantinedRun(run, anew.get(run.runId)))
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
    lookedAt: LATEST,
  };
}

const quarantinedRun = (run: RunRow, anew: string | undefined): QuarantinedRun => ({
  pipeline: run.pipeline,
  runId: run.runId,
  status: run.status,
  startedAt: run.startedAt,
  content: contentOf(run, CONTENT_WIDTH),
  rejected: run.rejected ?? 0,
  of: quarantineState(run, anew),
});

const CONTENT_WIDTH = 80;
const SHOWN = 50;
/** A row has up to 64 kB, and a page of fifty should stay light. */
const MOST_OF_RAW = 4000;

function shown({ bucket: _, versionId: __, offset: ___, ...row }: RejectedRow): BadRow {
  const { reason, raw } = row;
  return {
    ...row,
    reason: reason.slice(0, MOST_OF_RAW),
    raw: raw.slice(0, MOST_OF_RAW),
    ...(raw.length > MOST_OF_RAW ? { whole: raw.length } : {}),
  };
}

async function* linesOf(rows: AsyncIterable<RejectedRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

async function badRows(context: Context, run: RunRow, first: number): Promise<BadRows> {
  const stacks = await context.stacks();
  const anew = await loadedAnew(context.connection, stacks, [run]);
  const { rows, more } = await badRowsOf(context.connection, run, SHOWN, first);
  return {
    run: quarantinedRun(run, anew.get(run.runId)),
    rows: rows.map(shown),
    from: first,
    more,
    discarded: run.discarded ?? [],
  };
}

async function replaySentences(context: Context, run: RunRow): Promise<string[]> {
  const { counts } = await planReplay(context.connection, await context.stacks(), run);
  const what = counts.size > 0 ? `: ${countsText(counts)}` : '';
  return [
    `A new run loads again what this one has loaded, with ${plural(run.rejected ?? 0, 'bad row')}${what}.`,
    'It reads the same versions of the same files, or the same interval, by the pipeline as it is deployed now, and takes the place of this load: rows that were good are replaced by themselves.',
    'Rows that are bad still are in quarantine again, of the new run.',
  ];
}

async function replay(context: Context, run: RunRow): Promise<{ readonly pipeline: string; readonly runId: string }> {
  const { connection, limits } = context;
  const stacks = await context.stacks();
  const { input } = await planReplay(connection, stacks, run);
  const at = pipelineNamed(stacks, run.pipeline);
  const { wanted } = await limits.start(() =>
    startRun(new SFNClient(connection.client), at, input, () => run.interval),
  );
  return { pipeline: run.pipeline, runId: wanted.executionArn.split(':').at(-1)! };
}

async function discardSentences(context: Context, run: RunRow): Promise<string[]> {
  const { what } = await planDiscard(context.connection, run);
  return [
    `The text of ${what} in quarantine is deleted for good. It cannot be brought back.`,
    'The files that they came from stay as they are. That there were bad rows, how many, and who has discarded them why, stays in the ledger.',
  ];
}
