/** The real app, synthesized and running in a local cloud of its own, with what a user would drive and look at it with. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { type CopyObjectCommandInput, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Cloud, type CloudOptions, startCloud } from '../../lib/local/cloud';
import { localClientOptions } from '../../lib/operate/local';
import { synthesizedApp } from '../fixtures/synthesized-app';

export const PIPELINE = 'orders';

export interface Addresses {
  readonly endpoint: string;
  readonly outputs: Cloud['outputs'];
  readonly databases: Cloud['databases'];
}

export interface Workspace {
  readonly assembly: string;
  readonly stateDir: string;
  remove(): void;
}

/** An assembly as `cdk synth` writes it, and a state folder of its own. */
export async function createWorkspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-e2e-'));
  const stateDir = join(folder, 'state');
  const assembly = await synthesizedApp();
  return {
    assembly,
    stateDir,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function startIn(workspace: Workspace, options: CloudOptions = {}): Promise<Cloud> {
  return startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0, ...options });
}

export interface Drop {
  readonly key: string;
  readonly versionId: string;
}

export interface EndedRun {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly input: string;
  readonly redriveCount: number;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as the last state left it
  readonly output: any;
}

/** What a person does with the pipeline, by the AWS APIs alone. */
export class Orders {
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly glue: GlueClient;
  readonly dynamo: DynamoDBClient;
  readonly landing: string;
  readonly stateMachineArn: string;

  constructor(readonly at: Addresses) {
    const client = localClientOptions(at.endpoint);
    this.s3 = new S3Client({ ...client, forcePathStyle: true });
    this.sfn = new SFNClient(client);
    this.glue = new GlueClient(client);
    this.dynamo = new DynamoDBClient(client);
    this.landing = this.output('Stepwell-Orders', 'LandingBucketName');
    this.stateMachineArn = this.output('Stepwell-Orders', 'StateMachineArn');
  }

  output(stack: string, name: string): string {
    const value = this.at.outputs[stack]?.[name];
    if (value === undefined) throw new Error(`The stack ${stack} has no output ${name}.`);
    return value;
  }

  async drop(key: string, body: Buffer): Promise<Drop> {
    const { VersionId } = await this.s3.send(new PutObjectCommand({ Bucket: this.landing, Key: key, Body: body }));
    return { key, versionId: VersionId ?? '' };
  }

  /** `CopySource` as the API wants it. */
  copySource(key: string): Required<Pick<CopyObjectCommandInput, 'CopySource'>> {
    return { CopySource: `${this.landing}/${encodeURIComponent(key)}` };
  }

  /** The execution that the version has started. */
  async startedBy({ versionId }: Drop): Promise<string> {
    const seen = new Set<string>();
    for (;;) {
      const { executions = [] } = await this.sfn.send(
        new ListExecutionsCommand({ stateMachineArn: this.stateMachineArn, maxResults: 100 }),
      );
      for (const { executionArn = '' } of executions) {
        if (seen.has(executionArn)) continue;
        seen.add(executionArn);
        const { input = '' } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (input.includes(versionId)) return executionArn;
      }
      await pause();
    }
  }

  async ended(arn: string): Promise<EndedRun> {
    for (;;) {
      const run = await this.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
      if (run.status !== 'RUNNING' && run.status !== 'PENDING_REDRIVE') {
        return {
          arn,
          name: run.name ?? '',
          status: run.status ?? '',
          input: run.input ?? '',
          redriveCount: run.redriveCount ?? 0,
          error: run.error,
          cause: run.cause,
          output: run.output === undefined ? undefined : JSON.parse(run.output),
        };
      }
      await pause();
    }
  }

  async runOf(drop: Drop): Promise<EndedRun> {
    return this.ended(await this.startedBy(drop));
  }

  async dropAndRun(key: string, body: Buffer): Promise<EndedRun> {
    return this.runOf(await this.drop(key, body));
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.sfn.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  }

  /** What the ledger says of a run. */
  async ledger(runId: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.dynamo.send(
      new GetItemCommand({
        TableName: this.output('Stepwell-Foundation', 'LedgerTableName'),
        Key: { pk: { S: `pipeline#${PIPELINE}` }, sk: { S: `run#${runId}` } },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : unmarshall(Item);
  }

  close(): void {
    for (const client of [this.s3, this.sfn, this.glue, this.dynamo]) client.destroy();
  }
}

export const pause = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until there is an answer; the test's own timeout is the end of patience. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause();
  }
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The mails that mention the words, oldest first; quoted-printable taken off. */
export function mails(stateDir: string, ...words: string[]): Mail[] {
  const folder = join(stateDir, 'mail');
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
  } catch {
    // None was sent yet.
  }
  return names
    .sort()
    .map((name) => readMail(readFileSync(join(folder, name), 'utf8')))
    .filter(({ subject, text }) => words.every((word) => subject.includes(word) || text.includes(word)));
}

/** Those that say that the run has failed: a recovery, later, names it as well. */
export const failureMails = (stateDir: string, runId: string): Mail[] =>
  mails(stateDir, runId).filter(({ subject }) => / (failed|timed out|was stopped)\b/.test(subject));

function readMail(message: string): Mail {
  const at = message.indexOf('\r\n\r\n');
  const unquoted = message
    .slice(at + 4)
    .replace(/=\r\n/g, '')
    .replace(/((?:=[0-9A-F]{2})+)/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'))
    .replaceAll('\r\n', '\n');
  const header = (name: string) =>
    new RegExp(`^${name}: (.*(?:\\r\\n .*)*)`, 'm').exec(message.slice(0, at))?.[1] ?? '';
  return { to: header('To'), subject: header('Subject'), text: unquoted };
}
