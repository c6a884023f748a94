/** The cell under the pointer, or at the keyboard, in figures: asked for when somebody stays there. */
import { useEffect, useState } from 'preact/hooks';
import type { GridFigures, GridRow } from '../../../types/grid';
import { Raw } from '../../parts/raw';
import { Status } from '../../parts/status';
import { countText, plural } from '../../parts/text';
import { Duration, Moment } from '../../parts/time';
import { useApi } from '../../shell/api';
import { path } from '../../shell/location';
import { CELL_WORDS, linkOf, statusWord } from './table';

const STAYS_MS = 180;

export interface FiguresProps {
  readonly pipeline: string;
  readonly row: GridRow | undefined;
  readonly step: string | undefined;
}

export function Figures({ pipeline, row, step }: FiguresProps) {
  const runId = row?.runId;
  const [wanted, setWanted] = useState<string>();
  useEffect(() => {
    const timer = setTimeout(() => setWanted(runId), STAYS_MS);
    return () => clearTimeout(timer);
  }, [runId]);
  const { data } = useApi<GridFigures>(
    wanted === undefined || wanted !== runId ? undefined : path('/api/pipelines', pipeline, 'grid', wanted),
    JSON.stringify([row?.status, row?.cells]),
  );
  if (row === undefined) return <p class="grid-figures quiet panel">Point at a cell, or go there by the arrow keys.</p>;
  const figures = wanted === runId ? data?.steps.find((one) => one.step === step) : undefined;
  const link = linkOf(pipeline, row, true);
  return (
    <div class="grid-figures panel" aria-live="off">
      <p>
        <strong>
          <Raw text={row.content} />
        </strong>{' '}
        <Status status={row.status === 'MISSING' ? 'SKIPPED' : row.status} word={statusWord(row.status)} />{' '}
        {row.startedAt === undefined ? null : (
          <>
            <Moment at={row.startedAt} />, <Duration from={row.startedAt} to={row.endedAt} />
          </>
        )}{' '}
        {row.rows === undefined ? null : plural(row.rows, 'row')}
        {row.rejected ? `, ${countText(row.rejected)} rejected` : ''}{' '}
        {link === undefined ? null : <a href={link}>Open the run</a>}
      </p>
      {step === undefined ? null : (
        <p>
          <strong>{step}</strong>{' '}
          {figures === undefined ? (
            <span class="quiet">{data === undefined && runId !== undefined ? '…' : 'not reached'}</span>
          ) : (
            <>
              {CELL_WORDS[figures.status]}
              {figures.startedAt === undefined ? null : (
                <>
                  , begun <Moment at={figures.startedAt} />, <Duration from={figures.startedAt} to={figures.endedAt} />
                </>
              )}
              {figures.total > 1 ? `, ${countText(figures.done)} of ${plural(figures.total, 'task')}` : ''}
              {figures.failures > 0 ? `, ${plural(figures.failures, 'failed attempt')}` : ''}
            </>
          )}
        </p>
      )}
      {row.error === undefined ? null : (
        <p class="grid-error">
          <strong>{row.error.name}</strong>
          {row.error.step === undefined ? '' : ` in ${row.error.step}`}: <Raw text={row.error.cause} />
        </p>
      )}
    </div>
  );
}
