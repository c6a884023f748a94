/** Backfills of the pipeline: those that go on, live; and how the last have ended. */
import { useState } from 'preact/hooks';
import type { BackfillShown, Backfills as BackfillsAnswer } from '../../../types/grid';
import { Raw } from '../../parts/raw';
import { Status } from '../../parts/status';
import { countText, plural } from '../../parts/text';
import { Ago } from '../../parts/time';
import { useLive } from '../../shell/live';
import { path, place, setQuery } from '../../shell/location';
import { BackfillButtons } from './backfill-acts';

export interface BackfillsProps {
  readonly pipeline: string;
  /** that were begun here: they are shown when they have ended as well */
  readonly begun: readonly string[];
  readonly onBegun: (id: string) => void;
}

const HOUR_MS = 3_600_000;

export function Backfills({ pipeline, begun, onBegun }: BackfillsProps) {
  const api = path('/api/pipelines', pipeline, 'backfills');
  const { data } = useLive<BackfillsAnswer>(`backfills:${pipeline}`, api);
  const [openedAt] = useState(Date.now);
  const all = data?.backfills ?? [];
  const isOfLate = ({ id, endedAt }: BackfillShown) =>
    endedAt === undefined || begun.includes(id) || openedAt - Date.parse(endedAt) < HOUR_MS;
  const ofLate = all.filter(isOfLate);
  const isAll = place.value.query.get('backfills') === 'all';
  const shown = isAll ? all : ofLate;
  const earlier = all.length - ofLate.length;
  if (all.length === 0) return null;
  return (
    <section class="backfills" aria-label="Backfills">
      {shown.map((one) => (
        <Backfill key={one.id} pipeline={pipeline} api={path(api, one.id)} of={one} onBegun={onBegun} />
      ))}
      {earlier === 0 ? null : (
        <button
          type="button"
          class="plain small"
          aria-expanded={isAll}
          onClick={() => setQuery({ backfills: isAll ? undefined : 'all' })}
        >
          {isAll ? 'Hide' : 'Show'} {plural(earlier, 'earlier backfill')}
        </button>
      )}
    </section>
  );
}

const STATUS: Readonly<Record<string, string>> = { PAUSED: 'WAITING', CANCELLED: 'ABORTED' };

interface BackfillProps extends Pick<BackfillsProps, 'pipeline' | 'onBegun'> {
  readonly api: string;
  readonly of: BackfillShown;
}

function Backfill({ pipeline, api, of, onBegun }: BackfillProps) {
  const { id, status, extent, runs, maxActive, succeeded, failed, running, partial, startedAt, failures, stopped } = of;
  const ended = succeeded + failed;
  const isOpen = status === 'RUNNING' || status === 'PAUSED';
  return (
    <div class="backfill panel">
      <div class="backfill-head">
        <p>
          <strong>
            Backfill <code>{id}</code>
          </strong>{' '}
          <span aria-live="polite">
            <Status status={STATUS[status] ?? status} word={status.toLowerCase()} />
          </span>{' '}
          <Raw text={extent} />,{' '}
          <span class="backfill-count">
            {countText(ended)} of {plural(runs, 'run')} ended
          </span>
          {failed > 0 ? <span class="grid-error">, {countText(failed)} failed</span> : null}
          {partial > 0 ? `, ${countText(partial)} without some partitions` : ''}
          {running > 0 ? `, ${countText(running)} under way` : ''}
          {isOpen ? `, ${countText(maxActive)} at a time` : ''}{' '}
          <span class="quiet">
            begun <Ago at={startedAt} />
            {of.rerunOf === undefined ? '' : `, of what failed of ${of.rerunOf}`}
          </span>
        </p>
        <BackfillButtons api={api} of={of} onBegun={onBegun} />
      </div>
      <progress max={runs} value={ended} aria-label={`Backfill ${id}`} />
      {stopped === undefined ? null : (
        <p>
          <Raw text={stopped} />
        </p>
      )}
      {failures.map(({ runId, title, error, cause }) => (
        <p key={runId} class="grid-error">
          <a href={path('/runs', pipeline, runId)}>
            <Raw text={title || runId} />
          </a>{' '}
          <Raw text={`${error}: ${cause}`} />
        </p>
      ))}
    </div>
  );
}
