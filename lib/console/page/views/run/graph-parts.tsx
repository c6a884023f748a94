/** States and the lines between them, drawn. */
import type { StateShown } from '../../../types/run';
import { StatusIcon } from '../../parts/status';
import { durationText } from '../../parts/text';
import { now } from '../../parts/time';
import type { PlacedEdge, PlacedNode } from './layout';
import { KIND, noteOf, WORD } from './words';

const kindClass = (state: StateShown | undefined, isInItems: boolean) =>
  state !== undefined ? `is-${KIND[state.status]}` : isInItems ? 'is-in-items' : 'is-none';

interface StateProps {
  readonly placed: PlacedNode;
  readonly state: StateShown | undefined;
  /** the items of a Distributed Map have it: each is an execution of its own, and the run's history knows nothing of its states */
  readonly isInItems: boolean;
}

export const Container = ({ placed, state, isInItems }: StateProps) => (
  <rect
    class={`graph-container ${kindClass(state, isInItems)}${placed.depth % 2 === 1 ? ' is-odd' : ''}`}
    x={placed.x}
    y={placed.y}
    width={placed.width}
    height={placed.height}
    rx="8"
  />
);

export function Edge({
  placed: { edge, points },
  isTaken,
}: {
  readonly placed: PlacedEdge;
  readonly isTaken: boolean;
}) {
  const [first, ...rest] = points;
  let d = `M${first!.x} ${first!.y}`;
  // Round corners: from middle to middle, each bend is what draws the line towards it.
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    if (next === undefined) d += ` L${point.x} ${point.y}`;
    else d += ` Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  }
  return (
    <path d={d} class={`graph-edge is-${edge.kind}${isTaken ? ' is-taken' : ''}`} marker-end="url(#arrow)">
      <title>{`${edge.from} → ${edge.to}${EDGE_NOTE[edge.kind]}`}</title>
    </path>
  );
}

const EDGE_NOTE = {
  next: '',
  choice: ' (if its rule holds)',
  otherwise: ' (otherwise)',
  catch: ' (if it fails)',
} as const;

interface NodeProps extends StateProps {
  readonly at: number;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly onSelect: () => void;
  readonly onFocus: () => void;
  readonly onToggle: (() => void) | undefined;
}

const LETTER = 7.1;
const SMALL_LETTER = 6;

export function Node({ at, placed, state, isInItems, isSelected, isActive, onSelect, onFocus, onToggle }: NodeProps) {
  const { node, x, y, width, height, open } = placed;
  const note = state !== undefined ? noteOf(state) : isInItems ? 'in each item' : '';
  const time = state === undefined || open ? '' : timeText(state);
  const small = note || time;
  const room = width - 46 - (onToggle ? 26 : 0);
  const name = shortened(node.id, (open && small !== '' ? room * 0.6 : room) / LETTER);
  const label = [
    node.id,
    node.distributed ? 'Distributed Map' : node.type,
    state !== undefined ? WORD[state.status] : isInItems ? '' : 'not reached',
    note,
    time,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <g class={`graph-node ${kindClass(state, isInItems)}${isSelected ? ' is-selected' : ''}${open ? ' is-open' : ''}`}>
      {/* biome-ignore lint/a11y/useSemanticElements: HTML's button is none in a drawing */}
      <g
        role="button"
        tabIndex={isActive ? 0 : -1}
        data-at={at}
        data-state={node.id}
        aria-pressed={isSelected}
        onClick={onSelect}
        onFocus={onFocus}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          event.stopPropagation();
          onSelect();
        }}
      >
        {/* Its name as well: more than what has room in the box. */}
        <title>{node.comment === undefined ? label : `${label}\n${node.comment}`}</title>
        <rect class="graph-box" x={x} y={y} width={width} height={open ? 30 : height} rx="7" />
        <g transform={`translate(${x + 12} ${y + (open ? 7 : height / 2 - 8)})`}>
          {state === undefined ? (
            <rect class="graph-none" x="3" y="3" width="10" height="10" rx="3" />
          ) : (
            <StatusIcon kind={KIND[state.status]} />
          )}
        </g>
        <text x={x + 36} y={y + (open || small === '' ? (open ? 20 : height / 2 + 4) : 19)} class="graph-name">
          {name}
        </text>
        {small === '' ? null : open ? (
          <text x={x + width - (onToggle ? 34 : 12)} y={y + 20} text-anchor="end" class="graph-small">
            {shortened(small, (room - name.length * LETTER - 8) / SMALL_LETTER)}
          </text>
        ) : (
          <text x={x + 36} y={y + 35} class="graph-small">
            {shortened(small, room / SMALL_LETTER)}
          </text>
        )}
        {state?.items && !open ? <Share {...placed} state={state} /> : null}
      </g>
      {onToggle === undefined ? null : (
        // biome-ignore lint/a11y/useSemanticElements: HTML's button is none in a drawing
        <g
          role="button"
          tabIndex={isActive ? 0 : -1}
          class="graph-toggle"
          aria-label={`${open ? 'Close' : 'Open'} ${node.id}`}
          aria-expanded={open}
          onClick={onToggle}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            event.stopPropagation();
            onToggle();
          }}
        >
          <rect x={x + width - 30} y={y + (open ? 3 : height / 2 - 12)} width="24" height="24" rx="5" />
          <path
            d={`M${x + width - 23} ${y + (open ? 15 : height / 2)}h10${open ? '' : `m-5 -5v10`}`}
            class="graph-toggle-sign"
          />
        </g>
      )}
    </g>
  );
}

/** Of a Map's items: done and failed, along its lower edge. */
function Share({ x, y, width, height, state }: PlacedNode & { readonly state: StateShown }) {
  const { total, succeeded, failed, aborted } = state.items!;
  if (total === 0) return null;
  const room = width - 4;
  const done = (succeeded / total) * room;
  const bad = ((failed + aborted) / total) * room;
  return (
    <g>
      <rect class="graph-share is-good" x={x + 2} y={y + height - 4} width={done} height="3" />
      <rect class="graph-share is-bad" x={x + 2 + done} y={y + height - 4} width={bad} height="3" />
    </g>
  );
}

const timeText = ({ enteredAt, exitedAt }: StateShown): string => {
  if (enteredAt === undefined) return '';
  return durationText((exitedAt === undefined ? now.value : Date.parse(exitedAt)) - Date.parse(enteredAt));
};

/** The beginning tells a state from others less than its end does: both stay. */
function shortened(text: string, letters: number): string {
  const most = Math.max(4, Math.floor(letters));
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 3);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}
