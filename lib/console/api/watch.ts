/** Alarms with their history, charts of metrics, and the mailbox of the local cloud. */
import path from 'node:path';
import { z } from 'zod';
import { alarmHistory, alarmsOf, pipelineOfAlarm } from '../../operate/alarms';
import { pipelineNamed } from '../../operate/connection';
import { mailFiles, mailFolder, readMail } from '../../operate/mailbox';
import { parsed } from '../server/body';
import { ConsoleError } from '../server/errors';
import type { Topic } from '../server/live';
import type { Context, Route } from '../server/route';
import type { AlarmsShown, Mailbox, MailShown } from '../types/watch';
import { metricsShown, SPANS } from './watch/charts';

const span = z.enum(SPANS).default('day');

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/alarms', handle: (_, context) => alarmsShown(context) },
  {
    method: 'GET',
    path: '/api/metrics/:pipeline',
    handle: async ({ params, query }, context) => {
      const at = pipelineNamed(await context.stacks(), params.pipeline!);
      return metricsShown(context, at, parsed(span, query.get('span') ?? undefined));
    },
  },
  { method: 'GET', path: '/api/mail', handle: (_, context) => mailbox(context) },
  { method: 'GET', path: '/api/mail/:id', handle: ({ params }, context) => mailShown(context, params.id!) },
];

export const topics: readonly Topic[] = [
  { name: 'alarms', everyMs: { local: 3000, account: 30_000 }, read: alarmsShown },
  { name: 'mail', everyMs: { local: 2000, account: 60_000 }, read: mailbox },
];

const CHANGES = 100;
const ALARMS_MS = 1000;

async function alarmsShown(context: Context): Promise<AlarmsShown> {
  const { connection, cached } = context;
  const names = (await context.stacks()).pipelines.map(({ name }) => name);
  return cached('alarms', ALARMS_MS, async () => {
    const [alarms, history] = await Promise.all([alarmsOf(connection), alarmHistory(connection, { limit: CHANGES })]);
    return {
      alarms: alarms.map((alarm) => {
        const pipeline = pipelineOfAlarm(alarm.name, names, connection);
        return { ...alarm, ...(pipeline === undefined ? {} : { pipeline }) };
      }),
      history,
    };
  });
}

const MAILS = 200;
/** Characters: a mail says in words what is wrong, and is no report. */
const MOST_OF_MAIL = 100_000;

/** @throws {ConsoleError} for an account: AWS keeps no mails */
function folderOf({ connection: { target } }: Context): string {
  if (target.kind === 'local') return mailFolder(target.stateDir);
  throw new ConsoleError('not-found', 'AWS keeps no mails: they are where they were sent to.');
}

async function mailbox(context: Context): Promise<Mailbox> {
  const folder = folderOf(context);
  const names = await mailFiles(folder);
  const mails = await Promise.all(
    names.slice(0, MAILS).map(async (id) => {
      const { to, subject, date } = await readMail(path.join(folder, id));
      return { id, to, subject: subject.slice(0, 1000), date };
    }),
  );
  return { mails, total: names.length, folder };
}

async function mailShown(context: Context, id: string): Promise<MailShown> {
  const folder = folderOf(context);
  // A name of the list, so that none leads out of the folder.
  if (!(await mailFiles(folder)).includes(id)) throw new ConsoleError('not-found', `There is no mail '${id}'.`);
  const { from, to, subject, date, text } = await readMail(path.join(folder, id));
  const isCut = text.length > MOST_OF_MAIL;
  return { id, from, to, subject, date, text: isCut ? text.slice(0, MOST_OF_MAIL) : text, isCut };
}
