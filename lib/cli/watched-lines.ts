/** What the watch knows of a pipeline, in lines. */
import { duration, moment } from '../operate/text';
import type { Age, Watched } from '../operate/watched';
import { yellow } from './terminal';

/** Lines of the listing, each with what it is about in front. */
export function watchedLines({
  lookedAt,
  tables,
  inputs,
  deadline,
  problems,
}: Watched): [label: string, text: string][] {
  return [
    ...tables.map((one): [string, string] => ['data', ageLine(one, 'old')]),
    ...inputs.map((one): [string, string] => ['files', ageLine(one, 'ago')]),
    ...(deadline ? [['deadline', deadlineText(deadline)] as [string, string]] : []),
    ...problems.map((title): [string, string] => ['problem', yellow(title)]),
    ...(lookedAt === undefined ? [] : [['looked at', moment(lookedAt)] as [string, string]]),
  ];
}

function ageLine({ name, ageSeconds, withinSeconds }: Age, how: string): string {
  const text = `${name}  ${duration(ageSeconds * 1000)} ${how}`;
  if (withinSeconds === undefined) return text;
  const goal = `${text}, at most ${duration(withinSeconds * 1000)}`;
  return ageSeconds > withinSeconds ? yellow(goal) : goal;
}

function deadlineText({ cron, timezone, isMissed }: NonNullable<Watched['deadline']>): string {
  const [minute = '', hour = '', , , days] = cron.split(' ');
  const by = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')} ${timezone}${days === '*' ? '' : `, ${days}`}`;
  return isMissed ? yellow(`${by}: missed`) : by;
}
