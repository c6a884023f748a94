/** Backfills of the pipeline: those that go on, live; and how the last has ended. */
import type { BackfillShown, Backfills as BackfillsAnswer } from '../../../types/grid';
import { Status } from '../../parts/status';
import { countText, plural } from '../../parts/text';
import { Ago } from '../../parts/time';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';

export interface BackfillsProps {
  readonly pipeline: string;
  /** that were begun here: they are shown when they have ended as well */
  readonly begun: readonly string[];
}

const HOUR_MS = 3_600_000;

export function Backfills({ pipeline, begun }: BackfillsProps) {
  const { data } = useLive<BackfillsAnswer>(`backfills:${pipeline}`, path('/api/pipelines', pipeline, 'backfills'));
  const isShown = ({ id, endedAt }: BackfillShown) =>
    endedAt === undefined || begun.includes(id) || Date.now() - Date.parse(endedAt) < HOUR_MS;
  const shown = (data?.backfills ?? []).filter(isShown);
  if (shown.length === 0) return null;
  return (
    <section class="backfills" aria-label="Backfills" aria-live="polite">
      {shown.map((one) => (
        <Backfill key={one.id} pipeline={pipeline} of={one} />
      ))}
    </section>
  );
}

const STATUS: Readonly<Record<string, string>> = { PAUSED: 'WAITING', CANCELLED: 'ABORTED' };

function Backfill({ pipeline, of }: { readonly pipeline: string; readonly of: BackfillShown }) {
  const { id, status, extent, runs, succeeded, failed, running, startedAt, failures, stopped } = of;
  const ended = succeeded + failed;
  return (
    <div class="backfill panel">
      <p>
        <strong>
          Backfill <code>{id}</code>
        </strong>{' '}
        <Status status={STATUS[status] ?? status} word={status.toLowerCase()} /> {extent},{' '}
        <span class="backfill-count">
          {countText(ended)} of {plural(runs, 'run')} ended
        </span>
        {failed > 0 ? <span class="grid-error">, {countText(failed)} failed</span> : null}
        {running > 0 ? `, ${countText(running)} under way` : ''}{' '}
        <span class="quiet">
          begun <Ago at={startedAt} />
        </span>
      </p>
      <progress max={runs} value={ended} aria-label={`Backfill ${id}`} />
      {stopped === undefined ? null : <p>{stopped}</p>}
      {failures.map(({ runId, title, error, cause }) => (
        <p key={runId} class="grid-error">
          <a href={path('/runs', pipeline, runId)}>
            <bdi>{title || runId}</bdi>
          </a>{' '}
          {error}: {cause}
        </p>
      ))}
      {status === 'SUCCEEDED' || status === 'RUNNING' ? null : (
        <p class="quiet">
          {status === 'PAUSED' ? 'Let it go on' : 'Run what has not succeeded'}:{' '}
          <code>
            npx stepwell backfill {status === 'PAUSED' ? 'resume' : 'rerun'} {id}
          </code>
        </p>
      )}
    </div>
  );
}
