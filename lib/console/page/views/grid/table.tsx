// biome-ignore-all lint/a11y/useSemanticElements: a table of ten thousand rows is made of those in sight
// biome-ignore-all lint/a11y/useFocusableInteractive: one cell is reached by Tab, the others by arrows
/** The grid itself: rows in sight alone are in the document; arrows go from cell to cell, the space bar selects. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CellStatus, GridRow } from '../../../types/grid';
import { Raw } from '../../parts/raw';
import { useSight } from '../../parts/sight';
import { kindOf, StatusIcon, type StatusKind, wordOf } from '../../parts/status';
import { countText } from '../../parts/text';
import { Duration } from '../../parts/time';
import { go, path } from '../../shell/location';

export interface Spot {
  readonly row: number;
  /** of the steps; -1 is the run as a whole */
  readonly column: number;
}

export interface GridTableProps {
  readonly pipeline: string;
  readonly steps: readonly string[];
  readonly total: number;
  readonly at: (index: number) => GridRow | undefined;
  readonly onRange: (first: number, last: number) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (rows: readonly GridRow[], isSelected: boolean) => void;
  readonly onSpot: (spot: Spot | undefined) => void;
}

export const ROW_HEIGHT = 34;
const HEAD_HEIGHT = 34;
const BEYOND = 12;

const KINDS: Readonly<Record<CellStatus, StatusKind>> = {
  done: 'good',
  failed: 'bad',
  running: 'running',
  none: 'idle',
};
export const CELL_WORDS: Readonly<Record<CellStatus, string>> = {
  done: 'done',
  failed: 'failed',
  running: 'at work',
  none: 'not reached',
};

export const statusWord = (status: string): string => (status === 'MISSING' ? 'not loaded' : wordOf(status));

export const linkOf = (pipeline: string, { runId, error }: GridRow, isFailed: boolean): string | undefined =>
  runId === undefined
    ? undefined
    : `${path('/runs', pipeline, runId)}${isFailed && error?.step ? `?${new URLSearchParams({ state: error.step })}` : ''}`;

export function GridTable(props: GridTableProps) {
  const { pipeline, steps, total, at, onRange, selected, onSelect, onSpot } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { first, last, height } = useSight(frame, { total, rowHeight: ROW_HEIGHT, beyond: BEYOND });
  const [wanted, setSpot] = useState<Spot>({ row: 0, column: -1 });
  // There may be fewer than it seemed when one went to the last.
  const spot = { row: Math.min(wanted.row, Math.max(0, total - 1)), column: wanted.column };
  /** where a selection by the shift key begins */
  const anchor = useRef(0);
  /** the keyboard is on its way to the spot */
  const isMoving = useRef(false);
  const pointer = useRef('');
  /** where the pointer was when the keyboard was used last: what moves below it then is not pointed at */
  const resting = useRef<string | undefined>(undefined);
  useEffect(() => onRange(first, last), [first, last, onRange]);
  // A cell takes the focus with it when it is scrolled away, and one that is not here yet cannot have it: until then the grid has the keys.
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const element = frame.current!;
    const { activeElement: before, body } = document;
    const cell = element.querySelector<HTMLElement>(`[data-spot="${spot.row} ${spot.column}"]`);
    const isElsewhere = before !== body && !element.contains(before);
    if (cell !== null || isElsewhere) isMoving.current = false;
    if (!isElsewhere && (cell !== null || before === body)) (cell ?? element).focus({ preventScroll: true });
  });

  function move(to: Spot) {
    isMoving.current = true;
    setSpot(to);
    onSpot(to);
    const element = frame.current!;
    const top = to.row * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight - HEAD_HEIGHT)
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight + HEAD_HEIGHT;
  }

  const track = ({ clientX, clientY }: PointerEvent) => {
    pointer.current = `${clientX} ${clientY}`;
  };
  function point(event: PointerEvent, to: Spot) {
    track(event);
    if (pointer.current === resting.current) return;
    resting.current = undefined;
    onSpot(to);
  }

  function between(from: number, to: number): GridRow[] {
    const [low, high] = from < to ? [from, to] : [to, from];
    return Array.from({ length: high - low + 1 }, (_, index) => at(low + index)).filter((row) => row !== undefined);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = spot;
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 2);
    const to = {
      ArrowDown: { row: row + 1, column },
      ArrowUp: { row: row - 1, column },
      ArrowRight: { row, column: column + 1 },
      ArrowLeft: { row, column: column - 1 },
      PageDown: { row: row + page, column },
      PageUp: { row: row - page, column },
      Home: { row: 0, column },
      End: { row: total - 1, column },
    }[event.key];
    if (to !== undefined) {
      const next = {
        row: Math.max(0, Math.min(total - 1, to.row)),
        column: Math.max(-1, Math.min(steps.length - 1, to.column)),
      };
      if (event.shiftKey && next.row !== row) onSelect(between(anchor.current, next.row), true);
      else if (!event.shiftKey) anchor.current = next.row;
      resting.current = pointer.current;
      move(next);
    } else if (event.key === ' ') toggle(row);
    else if (event.key === 'Enter') {
      const found = at(row);
      const link = found && linkOf(pipeline, found, found.cells?.[column] === 'failed');
      if (link !== undefined) go(link);
    } else return;
    event.preventDefault();
  }

  function toggle(index: number, isRange = false) {
    const row = at(index);
    if (row === undefined) return;
    if (isRange) onSelect(between(anchor.current, index), true);
    else onSelect([row], !selected.has(row.key));
    if (!isRange) anchor.current = index;
  }

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return (
    <div
      class="grid"
      ref={frame}
      role="grid"
      aria-label={`Runs of ${pipeline} by step`}
      aria-rowcount={total + 1}
      aria-colcount={steps.length + 2}
      aria-multiselectable="true"
      tabIndex={-1}
      style={{ '--steps': steps.length }}
      onKeyDown={onKeyDown}
      onPointerMove={track}
      onPointerLeave={() => onSpot(spot)}
    >
      <div role="row" class="grid-row grid-head" aria-rowindex={1}>
        <span role="columnheader" class="grid-check">
          <span class="hidden">Selected</span>
        </span>
        <span role="columnheader" class="grid-title">
          Run
        </span>
        {steps.map((step) => (
          <span key={step} role="columnheader" class="grid-cell" title={step}>
            <span class="grid-step">{step}</span>
          </span>
        ))}
        <span role="columnheader" class="grid-figure">
          Rows
        </span>
        <span role="columnheader" class="grid-figure">
          Time
        </span>
      </div>
      <div class="grid-whole" role="rowgroup" style={{ height: `${total * ROW_HEIGHT}px` }}>
        {shown.map((index) => (
          <Row
            key={index}
            {...props}
            index={index}
            row={at(index)}
            isSelected={selected.has(at(index)?.key ?? '')}
            active={index === spot.row ? spot.column : undefined}
            onMove={(column) => {
              anchor.current = index;
              move({ row: index, column });
            }}
            onHover={(event, column) => point(event, { row: index, column })}
            onToggle={(isRange) => toggle(index, isRange)}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps extends Pick<GridTableProps, 'pipeline' | 'steps'> {
  readonly index: number;
  readonly row: GridRow | undefined;
  readonly isSelected: boolean;
  /** the column that the keyboard is at */
  readonly active: number | undefined;
  readonly onMove: (column: number) => void;
  readonly onHover: (event: PointerEvent, column: number) => void;
  readonly onToggle: (isRange: boolean) => void;
}

function Row({ pipeline, steps, index, row, isSelected, active, onMove, onHover, onToggle }: RowProps) {
  const style = { top: `${index * ROW_HEIGHT}px`, height: `${ROW_HEIGHT}px` };
  const at = (column: number) => ({
    'data-spot': `${index} ${column}`,
    tabIndex: active === column ? 0 : -1,
    onClick: (event: MouseEvent) => {
      if (event.shiftKey || event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onToggle(event.shiftKey);
      } else onMove(column);
    },
    onPointerEnter: (event: PointerEvent) => onHover(event, column),
  });
  if (row === undefined)
    return (
      <div role="row" class="grid-row" aria-rowindex={index + 2} style={style}>
        <span key="title" role="gridcell" {...at(-1)} class="quiet">
          …
        </span>
      </div>
    );
  const word = statusWord(row.status);
  return (
    <div
      role="row"
      class={`grid-row${isSelected ? ' is-selected' : ''}${row.status === 'MISSING' ? ' is-missing' : ''}`}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={style}
    >
      <span key="check" role="gridcell" class="grid-check">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${row.content}`}
          onClick={(event) => onToggle(event.shiftKey)}
        />
      </span>
      {/* The same as while it was on its way, so that it keeps the focus. */}
      <span key="title" role="rowheader" class="grid-title" {...at(-1)} aria-label={`${row.content}, ${word}`}>
        <StatusIcon kind={row.status === 'MISSING' ? 'idle' : kindOf(row.status)} />
        {row.runId === undefined ? (
          <span class="grid-content">{row.content}</span>
        ) : (
          <a tabIndex={-1} class="grid-content" href={linkOf(pipeline, row, false)}>
            <Raw text={row.content} />
          </a>
        )}
      </span>
      {steps.map((step, column) => {
        const status = row.cells?.[column];
        return (
          <span
            key={step}
            role="gridcell"
            class="grid-cell"
            aria-label={`${step}: ${status === undefined ? 'no run' : CELL_WORDS[status]}`}
            {...at(column)}
          >
            {status === undefined || status === 'none' ? (
              <span class="grid-none" aria-hidden="true">
                ·
              </span>
            ) : (
              <StatusIcon kind={KINDS[status]} />
            )}
          </span>
        );
      })}
      <span role="gridcell" class="grid-figure">
        {countText(row.rows)}
      </span>
      <span role="gridcell" class="grid-figure">
        {row.startedAt === undefined ? null : <Duration from={row.startedAt} to={row.endedAt} />}
      </span>
    </div>
  );
}
