/** Bad rows: where they lie, and what they say. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Connection, connect, deployed, pipelineNamed } from './connection';
import { contentOf, findRun, latestRuns, type RunRow } from './ledger';
import { type Printer, printer, type VerbOptions } from './printer';
import { count, moment, oneLine, shorten, table } from './text';

export interface BadRow {
  /** of the file; null where the source answers in rows: then `source`, `partition` and `row` say where */
  readonly key: string | null;
  readonly source?: string;
  readonly partition?: string;
  readonly row?: number;
  readonly line: number | null;
  readonly column: string | null;
  readonly reason: string;
  readonly raw: string;
}

export async function listQuarantine(
  pipeline: string | undefined,
  options: VerbOptions & { limit: number },
): Promise<void> {
  const connection = await connect(options.stateDir);
  const stacks = await deployed(connection);
  const pipelines = pipeline === undefined ? stacks.pipelines : [pipelineNamed(stacks, pipeline)];
  const runs = (await Promise.all(pipelines.map((one) => latestRuns(connection, stacks, one, options.limit))))
    .flat()
    .filter(({ quarantine }) => (quarantine?.length ?? 0) > 0);
  const bucket = stacks.foundation.WorkBucketName!;
  printer(options).print(
    runs.map(({ pipeline: name, runId, files, interval, rejected, status, startedAt, quarantine }) => ({
      pipeline: name,
      runId,
      status,
      files,
      ...(interval ? { interval } : {}),
      rejected,
      startedAt,
      quarantine: quarantine!.map((key) => `s3://${bucket}/${key}`),
    })),
    (rows) =>
      rows.length === 0
        ? ['No bad rows.']
        : [
            ...table(
              ['Run', 'Pipeline', 'Status', 'Bad rows', 'Started', 'File or interval'],
              rows.map((run) => [
                run.runId.slice(0, 8),
                run.pipeline,
                run.status.toLowerCase(),
                count(run.rejected),
                moment(run.startedAt),
                contentOf(run, 40),
              ]),
              { right: [3] },
            ),
            '',
            'See the rows of one: npx stepwell quarantine show <run>',
          ],
  );
}

export async function showQuarantine(run: string, options: VerbOptions & { limit: number }): Promise<void> {
  const connection = await connect(options.stateDir);
  const found = await findRun(connection, run);
  const { rows, more } = await badRowsOf(connection, found, options.limit);
  const out: Printer = printer(options);
  out.print({ pipeline: found.pipeline, runId: found.runId, rows, more }, () =>
    rows.length === 0
      ? [`The run ${found.runId} has no bad rows.`]
      : [...badRowLines(rows), ...(more ? ['', 'There are more: --limit <n>'] : [])],
  );
}

export function badRowLines(rows: readonly BadRow[]): string[] {
  return rows.flatMap(({ column, reason, raw, ...place }) => [
    `${placeOf(place)}${column === null ? '' : `, column ${column}`}: ${oneLine(reason)}`,
    `    ${shorten(oneLine(raw), 110)}`,
  ]);
}

function placeOf({ key, line, source, partition, row }: Pick<BadRow, 'key' | 'line' | 'source' | 'partition' | 'row'>) {
  if (key !== null) return `${key}${line === null ? '' : `, line ${line}`}`;
  return `${source ?? 'a source'}, partition ${partition ?? '?'}${row === undefined ? '' : `, row ${row}`}`;
}

/** Read object by object, line by line, until there are enough. */
export async function badRowsOf(
  connection: Connection,
  { quarantine = [] }: RunRow,
  limit: number,
): Promise<{ rows: BadRow[]; more: boolean }> {
  if (quarantine.length === 0) return { rows: [], more: false };
  const { foundation } = await deployed(connection);
  const s3 = new S3Client({ ...connection.client, forcePathStyle: true });
  const rows: BadRow[] = [];
  for (const key of quarantine) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: foundation.WorkBucketName, Key: key }));
    const stream = Body as NodeJS.ReadableStream & { destroy(): void };
    let rest = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') rows.push(JSON.parse(line) as BadRow);
      if (rows.length > limit) break;
    }
    stream.destroy();
    if (rows.length > limit) return { rows: rows.slice(0, limit), more: true };
  }
  return { rows, more: false };
}
