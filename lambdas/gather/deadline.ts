/** Files that are not whole when they should be: told once for each round, or for each deadline by the clock, be it that nothing has come at all. */
import { ALERT_SEVERITIES } from '../../lib/tasks/alert';
import { ALL, dateOf, dayAfter, type GatherPlan, groupsEndingOn, smallestToken } from '../../lib/tasks/gather';
import { getItem, ledgerKeys } from '../shared/ledger';
import { globsOf } from './adopt';
import { type Gathering, gatheringOf } from './items';
import type { GatherServices } from './services';

/** After so long without a first round's end, or since its latest one. */
export async function tellOverdue(gathering: Gathering, services: GatherServices): Promise<void> {
  const { deadline } = services.plan;
  if (deadline?.kind !== 'within') return;
  await tell(gathering.group, gathering, { services, by: `${spanText(deadline.seconds)} after the first`, key: '' });
}

const DAY_MS = 86_400_000;

/** At a deadline by the clock; `time` is when it is. Answers how many groups are late. */
export async function atDeadline(time: Date, services: GatherServices): Promise<number> {
  const { plan, ledger, pipeline, log } = services;
  const { deadline } = plan;
  if (deadline?.kind !== 'by') return 0;
  if (await getItem(ledger, ledgerKeys.pause(pipeline))) {
    log(`${pipeline} is paused: nobody waits for its files.`);
    return 0;
  }
  const day = dayAfter(dayIn(deadline.timezone, time), -deadline.daysLater);
  let late = 0;
  for (const group of groupsEndingOn(day, smallestToken(plan.patterns))) {
    const gathering = await gatheringOf(ledger, pipeline, group);
    if (isWhole(gathering, time.getTime())) continue;
    late++;
    const by = `by ${deadline.time} (${deadline.timezone})`;
    await tell(group, gathering, { services, by, key: group === ALL ? `@${time.toISOString()}` : '' });
  }
  return late;
}

/** A round of a date has ended; without dates, one has since the deadline of the day before. */
function isWhole(gathering: Gathering | undefined, now: number): boolean {
  if (gathering === undefined) return false;
  const { group, round, closedAt } = gathering;
  return group === ALL ? closedAt !== undefined && Date.parse(closedAt) > now - DAY_MS : round > 1;
}

const dayIn = (timeZone: string, time: Date): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(time);

interface Telling {
  readonly services: GatherServices;
  readonly by: string;
  readonly key: string;
}

async function tell(group: string, gathering: Gathering | undefined, { services, by, key }: Telling): Promise<void> {
  const { pipeline, plan } = services;
  const { files = 0, openedAt, lastAt, round = 1 } = gathering ?? {};
  const date = dateOf(group);
  const which = date === undefined ? 'its files' : `the files of ${date}`;
  const isThere = openedAt !== undefined;
  await services.tell({
    kind: 'late-input',
    severity: ALERT_SEVERITIES['late-input'],
    pipeline,
    title: `${pipeline} waits still: ${which} are not whole ${by}`,
    lines: [
      isThere
        ? `${count(files)} ${files === 1 ? 'has' : 'have'} come since ${minute(openedAt)}, the last at ${minute(lastAt ?? openedAt)}. ${waitsFor(plan, group, files)}`
        : `No file has come. ${waitsFor(plan, group, 0)}`,
      `Its run starts as soon as they are whole${isThere ? '; the command has what is there loaded now' : ''}.`,
    ],
    ...(isThere
      ? { command: `npx stepwell run ${pipeline} --waiting${date === undefined ? '' : ` ${date}`}` }
      : { command: 'npx stepwell pipelines' }),
    dedupeKey: `${group}#${round}${key}`,
  });
}

function waitsFor({ rule }: GatherPlan, group: string, files: number): string {
  if (rule.kind === 'marker') return `It waits for ${globsOf(group, rule.globs).join(' or ')}.`;
  if (rule.kind === 'files') return `It waits for ${count(rule.count)}, and ${count(rule.count - files)} are missing.`;
  return rule.kind === 'quiet' ? `It waits until none comes for ${spanText(rule.seconds)}.` : '';
}

const count = (files: number): string => `${files.toLocaleString('en')} file${files === 1 ? '' : 's'}`;
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

function spanText(seconds: number): string {
  const [n, unit] =
    seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second'];
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}
