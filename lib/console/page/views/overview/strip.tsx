/** The last runs as bars: how long each took by its height, what came of it by colour and by form. */
import { useRef, useState } from 'preact/hooks';
import type { RunMark } from '../../../types/overview';
import { Raw } from '../../parts/raw';
import { kindOf, Status, wordOf } from '../../parts/status';
import { countText, durationText, momentText, plural } from '../../parts/text';
import { now } from '../../parts/time';
import { path } from '../../shell/location';

const FULL_PX = 26;
const LEAST_PX = 5;

export function Strip({ pipeline, runs }: { readonly pipeline: string; readonly runs: readonly RunMark[] }) {
  const [shown, setShown] = useState<string>();
  const [at, setAt] = useState<string>();
  const list = useRef<HTMLUListElement>(null);
  const longest = Math.max(1, ...runs.map(tookMs));
  const current = runs.find(({ runId }) => runId === at) ?? runs.at(-1);
  const tip = runs.find(({ runId }) => runId === shown);
  // One stop for the Tab key; arrows go from run to run.
  function onKeyDown(event: KeyboardEvent) {
    const index = current === undefined ? -1 : runs.indexOf(current);
    const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: runs.length - 1 }[event.key];
    const run = to === undefined ? undefined : runs[to];
    if (event.key === 'Escape') setShown(undefined);
    if (run === undefined) return;
    event.preventDefault();
    setAt(run.runId);
    list.current?.querySelectorAll('a')[to!]?.focus();
  }
  return (
    <div class="strip-box">
      <ul class="strip" ref={list} aria-label={`Last runs of ${pipeline}, the latest at the end`} onKeyDown={onKeyDown}>
        {runs.map((run) => (
          <li key={run.runId}>
            <a
              class={`bar is-${kindOf(run.status)}`}
              href={path('/runs', pipeline, run.runId)}
              tabIndex={run === current ? 0 : -1}
              style={{ height: `${LEAST_PX + (FULL_PX - LEAST_PX) * Math.sqrt(tookMs(run) / longest)}px` }}
              onMouseEnter={() => setShown(run.runId)}
              onMouseLeave={() => setShown(undefined)}
              onFocus={() => setShown(run.runId)}
              onBlur={() => setShown(undefined)}
            >
              <span class="hidden">{labelOf(run)}</span>
            </a>
          </li>
        ))}
      </ul>
      {tip === undefined ? null : <Tip run={tip} place={runs.indexOf(tip) / Math.max(1, runs.length - 1)} />}
    </div>
  );
}

const tookMs = ({ startedAt, endedAt }: RunMark): number =>
  Math.max(0, (endedAt === undefined ? now.value : Date.parse(endedAt)) - Date.parse(startedAt));

const labelOf = (run: RunMark): string =>
  `${run.content || run.runId.slice(0, 8)}: ${wordOf(run.status)}, ${momentText(run.startedAt)}, ${durationText(tookMs(run))}${run.rows === undefined ? '' : `, ${plural(run.rows, 'row')}`}`;

/** The link's label says the same. */
const Tip = ({ run, place }: { readonly run: RunMark; readonly place: number }) => (
  <div class={`tip ${place > 0.5 ? 'tip-left' : ''}`} aria-hidden="true">
    <p>
      <Status status={run.status} /> <span class="mono quiet">{run.runId.slice(0, 8)}</span>
    </p>
    <p class="pre">
      <Raw text={run.content} />
    </p>
    <p class="quiet">
      {momentText(run.startedAt, now.value)} · {durationText(tookMs(run))}
      {run.rows === undefined ? '' : ` · ${plural(run.rows, 'row')}`}
      {run.rejected ? ` · ${countText(run.rejected)} rejected` : ''}
    </p>
    {run.error === undefined ? null : (
      <p class="pre">
        <Raw text={run.error} />
      </p>
    )}
  </div>
);
