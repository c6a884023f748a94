/** When each state was at work: a row a state, a bar a visit or an attempt. Time in which the run had ended is left out. */
import { useMemo } from 'preact/hooks';
import type { Bar, Lane, RunShown } from '../../../types/run';
import { StatusIcon } from '../../parts/status';
import { countText, durationText, momentText, plural, utcText } from '../../parts/text';
import { now } from '../../parts/time';
import { KIND, WORD } from './words';

export interface GanttProps {
  readonly run: RunShown;
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
}

const TICKS = 6;
const STEPS_MS = [
  ...[100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000],
  ...[3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000, 86_400_000],
];

/** Milliseconds of the run at work, up to a moment: pauses before a redrive do not count. */
export function workedTime({ startedAt, pauses }: Pick<RunShown, 'startedAt' | 'pauses'>): (at: number) => number {
  const start = Date.parse(startedAt);
  const breaks = pauses.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }));
  return (at) =>
    breaks.reduce((worked, { from, to }) => worked - Math.max(0, Math.min(at, to) - from), Math.max(0, at - start));
}

export function Gantt({ run, selected, onSelect }: GanttProps) {
  const { lanes, endedAt, pauses } = run;
  const worked = useMemo(() => workedTime(run), [run]);
  const end = endedAt === undefined ? now.value : Date.parse(endedAt);
  const latest = Math.max(end, ...lanes.flatMap(({ bars }) => bars.map(({ to }) => (to ? Date.parse(to) : 0))));
  const whole = Math.max(1, worked(latest));
  const step = STEPS_MS.find((ms) => whole / ms <= TICKS) ?? whole / TICKS;
  const ticks = Array.from({ length: Math.floor(whole / step) + 1 }, (_, index) => index * step);
  return (
    <div class="gantt panel">
      <div class="gantt-head" aria-hidden="true">
        <span />
        <div class="gantt-track">
          {ticks.map((ms) => (
            <span key={ms} class="gantt-tick" style={{ left: `${(ms / whole) * 100}%` }}>
              {durationText(ms)}
            </span>
          ))}
        </div>
      </div>
      <ol class="gantt-lanes">
        {lanes.map((lane) => (
          <li key={lane.state} class={lane.state === selected ? 'gantt-lane is-selected' : 'gantt-lane'}>
            <button
              type="button"
              class="plain gantt-label"
              style={{ paddingLeft: `${8 + lane.depth * 14}px` }}
              aria-label={labelOf(lane)}
              aria-pressed={lane.state === selected}
              title={lane.state}
              onClick={() => onSelect(lane.state)}
            >
              <StatusIcon kind={KIND[lane.bars.at(-1)!.status]} />
              <span class="gantt-name">{lane.state}</span>
            </button>
            <div class="gantt-track">
              {ticks.map((ms) => (
                <i key={ms} class="gantt-line" style={{ left: `${(ms / whole) * 100}%` }} />
              ))}
              {pauses.map(({ from, to }) => (
                <i
                  key={from}
                  class="gantt-pause"
                  style={{ left: `${(worked(Date.parse(from)) / whole) * 100}%` }}
                  title={`Ended ${momentText(from)}, redriven ${momentText(to)}`}
                />
              ))}
              {lane.bars.map((bar) => {
                const from = worked(Date.parse(bar.from));
                const to = worked(bar.to === undefined ? latest : Date.parse(bar.to));
                return (
                  <span
                    key={`${bar.from} ${bar.attempt ?? ''}`}
                    class={`gantt-bar is-${KIND[bar.status]}`}
                    style={{ left: `${(from / whole) * 100}%`, width: `${(Math.max(0, to - from) / whole) * 100}%` }}
                    title={barText(bar)}
                  >
                    {bar.attempt === undefined ? '' : bar.attempt}
                  </span>
                );
              })}
            </div>
          </li>
        ))}
      </ol>
      {pauses.length > 0 ? (
        <p class="quiet gantt-note">
          {plural(pauses.length, 'dashed line marks a redrive', 'dashed lines mark redrives')}: the time before it, in
          which the run had ended, is left out.
        </p>
      ) : null}
    </div>
  );
}

const timeOf = ({ from, to }: Bar): string =>
  durationText((to === undefined ? now.value : Date.parse(to)) - Date.parse(from));

function barText(bar: Bar): string {
  const { from, status, attempt, visits, error } = bar;
  return [
    ...(attempt === undefined ? [] : [`Attempt ${attempt}`]),
    ...(visits === undefined ? [] : [`${countText(visits)} at once or overlapping`]),
    `${WORD[status]}${error === undefined ? '' : `: ${error}`}`,
    `from ${momentText(from)} (${utcText(from)})`,
    timeOf(bar),
  ].join('\n');
}

const labelOf = ({ state, bars }: Lane): string =>
  `${state}, ${WORD[bars.at(-1)!.status]}, from ${momentText(bars[0]!.from)}, ${timeOf({ ...bars.at(-1)!, from: bars[0]!.from })}${bars.some(({ attempt }) => attempt) ? `, ${plural(bars.length, 'attempt')}` : ''}`;
