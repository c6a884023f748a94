/** What wants a person, above all that goes well by itself. */
import type { ComponentChildren } from 'preact';
import type { Overview, PipelineOverview } from '../../../types/overview';
import { Raw } from '../../parts/raw';
import { kindOf, StatusIcon, type StatusKind, wordOf } from '../../parts/status';
import { countText, durationText } from '../../parts/text';
import { Ago, now } from '../../parts/time';
import { path } from '../../shell/location';
import { isLate } from './freshness';

interface Matter {
  readonly key: string;
  readonly kind: StatusKind;
  readonly about: ComponentChildren;
  readonly text: ComponentChildren;
}

/** `isQuiet`: says nothing where nothing is wrong. */
export function Attention({ overview, isQuiet }: { readonly overview: Overview; readonly isQuiet?: true }) {
  const matters = [...overview.pipelines.flatMap(mattersOf), ...overview.alarms.map(alarmMatter)];
  const isKnown = overview.pipelines.every(({ isUnknown }) => !isUnknown);
  if (matters.length === 0)
    return isQuiet || !isKnown ? null : (
      <p class="calm">
        <StatusIcon kind="good" /> All is well: nothing needs you.
      </p>
    );
  return (
    <section class="attention" aria-labelledby="attention">
      <h2 id="attention">Wants a look</h2>
      <ul>
        {matters.map(({ key, kind, about, text }) => (
          <li key={key}>
            <StatusIcon kind={kind} />
            <span class="about">{about}</span>
            <span class="text">{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function mattersOf(pipeline: PipelineOverview): Matter[] {
  const { name, state, pause, runs, tables, problems, alarms, problem } = pipeline;
  const last = runs.filter(({ status }) => status !== 'RUNNING' && status !== 'WAITING').at(-1);
  const about = <a href={path('/pipelines', name)}>{name}</a>;
  const matters: Matter[] = [];
  const add = (key: string, kind: StatusKind, text: ComponentChildren) =>
    matters.push({ key: `${name} ${key}`, kind, about, text });
  if (problem !== undefined) add('problem', 'bad', <Raw text={problem.message} />);
  if (last !== undefined && ['FAILED', 'TIMED_OUT', 'PARTIAL'].includes(last.status))
    add(
      'run',
      last.status === 'PARTIAL' ? 'partial' : 'bad',
      <>
        <a href={path('/runs', name, last.runId)}>
          <Raw text={last.content || `run ${last.runId.slice(0, 8)}`} /> {last.status === 'PARTIAL' ? 'is' : ''}{' '}
          {wordOf(last.status)}
        </a>{' '}
        <Ago at={last.endedAt ?? last.startedAt} />
        {last.error === undefined ? (
          ''
        ) : (
          <span class="quiet">
            : <Raw text={last.error} />
          </span>
        )}
      </>,
    );
  for (const one of tables.filter((table) => isLate(table, now.value)))
    add(
      `late ${one.table}`,
      'bad',
      <>
        {one.table} is late: its data is {durationText(now.value - Date.parse(one.asOf))} old, and should be at most{' '}
        {durationText(one.withinSeconds! * 1000)}.
      </>,
    );
  for (const sentence of problems) add(`watch ${sentence}`, 'bad', sentence);
  // It says the same as its run.
  const isTold = ({ name: alarm }: { readonly name: string }) =>
    last !== undefined && /-(failed|timed-out)$/.test(alarm) && kindOf(last.status) === 'bad';
  for (const alarm of alarms.filter((one) => !isTold(one))) {
    const { text, kind } = alarmMatter(alarm);
    add(`alarm ${alarm.name}`, kind, text);
  }
  if (state !== 'active')
    add(
      'state',
      'stopped',
      <>
        {state === 'paused' ? 'is paused' : 'was started again, but what came meanwhile was not'}
        {pause === undefined ? (
          ''
        ) : (
          <>
            {' '}
            since <Ago at={pause.since} /> by {pause.by}
            {pause.reason === undefined ? '' : `: ${pause.reason}`}
          </>
        )}
      </>,
    );
  return matters;
}

const alarmMatter = ({ name, since, description }: Overview['alarms'][number]): Matter => ({
  key: name,
  kind: 'bad',
  about: 'foundation',
  text: (
    <>
      <a href={path('/alarms')}>Alarm {name}</a> {since === undefined ? null : <Ago at={since} />}
      {description === undefined ? '' : <span class="quiet">: {description}</span>}
    </>
  ),
});

/** Of all pipelines together. */
export function Sums({ overview, usd }: { readonly overview: Overview; readonly usd: string }) {
  const all = overview.pipelines;
  const sum = (of: (one: PipelineOverview) => number) => all.reduce((total, one) => total + of(one), 0);
  const running = sum(({ runs }) => runs.filter(({ status }) => status === 'RUNNING').length);
  const failed = sum(({ today }) => today.failed);
  const atLeast = all.some(({ today }) => today.isAtLeast) ? '+' : '';
  const figures: readonly (readonly [title: string, figure: string, note?: string])[] = [
    ['Pipelines', countText(all.length)],
    ['Running now', countText(running)],
    [
      'Runs today',
      `${countText(sum(({ today }) => today.runs))}${atLeast}`,
      failed > 0 ? `${countText(failed)} failed` : undefined,
    ],
    ['Rows today', `${countText(sum(({ today }) => today.rows))}${atLeast}`],
    ['Cost today', usd],
  ].map(([title, figure, note]) => [title!, figure!, note] as const);
  return (
    <dl class="sums">
      {figures.map(([title, figure, note]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            {figure} {note === undefined ? null : <span class="late">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
