/** Runs × steps of a pipeline: what has failed is selected here, and run again. */
import { useCallback, useState } from 'preact/hooks';
import type { GridRow, ManyAct } from '../../../types/grid';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { plural } from '../../parts/text';
import { isReadOnly, readOnlyHint } from '../../shell/about';
import { path } from '../../shell/location';
import { useShortcut } from '../../shell/shortcuts';
import type { ViewProps } from '../../views';
import { Backfill } from './backfill';
import { Backfills } from './backfills';
import { Figures } from './figures';
import { Many } from './many';
import { useRows } from './rows';
import { GridTable, type Spot } from './table';

const FAILED = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);
/** As many as the server takes at once. */
const MOST_AT_ONCE = 50;

export default function GridView({ params: { pipeline = '' } }: ViewProps) {
  return <Grid key={pipeline} pipeline={pipeline} />;
}

function Grid({ pipeline }: { readonly pipeline: string }) {
  const { grid, problem, total, at, known, onRange } = useRows(pipeline);
  const [selected, setSelected] = useState<ReadonlyMap<string, GridRow>>(new Map());
  const [spot, setSpot] = useState<Spot>();
  const [open, setOpen] = useState<ManyAct | 'backfill'>();
  const [begun, setBegun] = useState<readonly string[]>([]);
  const onSelect = useCallback((rows: readonly GridRow[], isSelected: boolean) => {
    setSelected((before) => {
      const next = new Map(before);
      for (const row of rows) {
        if (isSelected) next.set(row.key, row);
        else next.delete(row.key);
      }
      return next;
    });
  }, []);
  const all = known().filter(({ status }) => FAILED.has(status));
  useShortcut('f', 'Select what has failed', () => onSelect(all, true));
  useShortcut('b', 'Backfill', () => {
    if (!isReadOnly()) setOpen('backfill');
  });
  if (grid === undefined)
    return problem === undefined ? <Loading label="Reading the runs" /> : <ErrorBox problem={problem} />;
  const { kind, steps } = grid;
  // As they are now: a run that was selected may have ended, or begun anew.
  const now = new Map(known().map((row) => [row.key, row]));
  const rows = [...selected.keys()].map((key) => now.get(key) ?? selected.get(key)!);
  const failed = rows.filter(({ status }) => FAILED.has(status));
  const withRuns = rows.filter(({ runId }) => runId !== undefined);
  const named = (of: readonly GridRow[]) => new Map(of.slice(0, MOST_AT_ONCE).map((row) => [row.runId!, row.content]));
  const hint = readOnlyHint();
  const clear = () => setSelected(new Map());
  const onBegun = (id: string) => setBegun((before) => [...before, id]);
  return (
    <div class="grid-view">
      <div class="title">
        <h1>
          <a href={path('/pipelines', pipeline)}>{pipeline}</a> by step
        </h1>
        <div class="actions">
          <button type="button" disabled={all.length === 0} onClick={() => onSelect(all, true)}>
            Select failed {all.length > 0 ? <span class="quiet">{all.length}</span> : null}
          </button>
          <button type="button" disabled={isReadOnly()} title={hint} onClick={() => setOpen('backfill')}>
            Backfill …
          </button>
        </div>
      </div>
      <Backfills pipeline={pipeline} begun={begun} onBegun={onBegun} />
      {problem === undefined ? null : <ErrorBox problem={problem} />}
      <div class="grid-selection" role="status">
        {rows.length === 0 ? (
          <span class="quiet">
            Space or the boxes select, Shift takes all between; Enter opens.{' '}
            {plural(total, kind === 'intervals' ? 'interval' : 'run')}
            {grid.isWhole ? '' : ' and more'}.
          </span>
        ) : (
          <>
            <strong>{plural(rows.length, 'row')} selected</strong>
            {failed.length === 0 ? null : (
              <button
                type="button"
                class="primary"
                disabled={isReadOnly()}
                title={hint ?? 'Each goes on where it failed'}
                onClick={() => setOpen('redrive')}
              >
                Redrive {plural(Math.min(failed.length, MOST_AT_ONCE), 'failed run')}
              </button>
            )}
            <button
              type="button"
              disabled={withRuns.length === 0 || isReadOnly()}
              title={hint ?? 'Each is loaded again, from the start'}
              onClick={() => setOpen('rerun')}
            >
              Rerun {plural(Math.min(withRuns.length, MOST_AT_ONCE), 'run')}
            </button>
            {kind === 'intervals' ? (
              <button type="button" disabled={isReadOnly()} title={hint} onClick={() => setOpen('backfill')}>
                Backfill {plural(rows.length, 'interval')}
              </button>
            ) : null}
            <button type="button" class="plain" onClick={clear}>
              Clear
            </button>
          </>
        )}
      </div>
      {total === 0 ? (
        <Empty title="There are no runs yet">
          {kind === 'intervals'
            ? 'The schedule has not fired yet. A backfill loads what lies before it.'
            : 'A run begins when a file lands: see Triggers.'}
        </Empty>
      ) : (
        <GridTable
          pipeline={pipeline}
          steps={steps}
          total={total}
          at={at}
          onRange={onRange}
          selected={new Set(selected.keys())}
          onSelect={onSelect}
          onSpot={setSpot}
        />
      )}
      <Figures
        pipeline={pipeline}
        row={spot === undefined ? undefined : at(spot.row)}
        step={spot === undefined ? undefined : steps[spot.column]}
      />
      {open === 'backfill' ? (
        <Backfill
          pipeline={pipeline}
          kind={kind}
          intervals={rows.flatMap(({ interval }) => (interval ? [interval] : []))}
          onClose={() => setOpen(undefined)}
          onStarted={(id) => {
            onBegun(id);
            clear();
          }}
        />
      ) : open === undefined ? null : (
        <Many
          key={open}
          pipeline={pipeline}
          which={open}
          runs={named(open === 'redrive' ? failed : withRuns)}
          onClose={() => setOpen(undefined)}
          onDone={clear}
        />
      )}
    </div>
  );
}
