/** The state machine as a drawing: dragged, zoomed, and gone through by the keyboard. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Graph as GraphData, GraphNode } from '../../../types/graph';
import type { StateShown } from '../../../types/run';
import { StatusIcon } from '../../parts/status';
import { durationText } from '../../parts/text';
import { now } from '../../parts/time';
import { layOut, NODE_HEIGHT, type Placed, type PlacedEdge, type PlacedNode } from './layout';
import { KIND, noteOf, WORD } from './words';

export interface GraphProps {
  readonly graph: GraphData;
  readonly states: readonly StateShown[];
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
}

interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const SCALES = { least: 0.15, most: 2.5 } as const;
const STEP = 1.25;
const LEAST_HEIGHT = 200;
const MARGIN = 16;
/** Smaller, nobody reads it. */
const READABLE = 0.75;

export function Graph({ graph, states, selected, onSelect }: GraphProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const placed = useMemo(() => layOut(graph, closed), [graph, closed]);
  const byId = useMemo(() => withinItems(graph, new Map(states.map((state) => [state.id, state]))), [graph, states]);
  const frame = useRef<HTMLDivElement>(null);
  const wanted =
    selected ??
    states.findLast(({ status, items }) => status === 'failed' && items === undefined)?.id ??
    states.findLast(({ status }) => status === 'running')?.id;
  const { view, setView, fit, zoom } = useView(frame, placed, wanted);
  const [current, setCurrent] = useState<string>();
  const active = current ?? selected ?? graph.nodes.find(({ first, parent }) => first && parent === undefined)?.id;
  const drag = useRef<{ readonly x: number; readonly y: number; readonly moved: boolean } | undefined>(undefined);

  function focusNode(id: string) {
    setCurrent(id);
    const node = placed.nodes.find((one) => one.node.id === id);
    if (node) bringIntoSight(node);
    frame.current
      ?.querySelector<SVGElement>(`[data-at="${placed.nodes.indexOf(node!)}"]`)
      ?.focus({ preventScroll: true });
  }

  function bringIntoSight({ x, y, width, height }: PlacedNode) {
    const { clientWidth, clientHeight } = frame.current!;
    const shift = (at: number, size: number, offset: number, room: number) => {
      const from = at * view.scale + offset;
      const to = (at + size) * view.scale + offset;
      return from < MARGIN ? MARGIN - from : to > room - MARGIN ? Math.max(MARGIN - from, room - MARGIN - to) : 0;
    };
    setView({
      ...view,
      x: view.x + shift(x, width, view.x, clientWidth),
      y: view.y + shift(y, height, view.y, clientHeight),
    });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoom(STEP);
    else if (event.key === '-') zoom(1 / STEP);
    else if (event.key === '0') fit();
    else {
      const from = placed.nodes.find(({ node }) => node.id === active);
      const to = from && neighbour(placed, from, event.key);
      if (to === undefined) return;
      focusNode(to.node.id);
    }
    event.preventDefault();
  }

  const toggle = (id: string) =>
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });

  return (
    <div class="graph panel">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the states in it are what one acts on; this moves them */}
      <div
        class="graph-frame"
        style={{ maxHeight: `${Math.max(LEAST_HEIGHT, placed.height + 3 * MARGIN)}px` }}
        ref={frame}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (from === undefined) return;
          const dx = event.clientX - from.x;
          const dy = event.clientY - from.y;
          if (!from.moved && Math.hypot(dx, dy) < 4) return;
          if (!from.moved) frame.current!.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, moved: true };
          setView((before) => ({ ...before, x: before.x + dx, y: before.y + dy }));
        }}
        onPointerUp={() => {
          drag.current = undefined;
        }}
        onPointerCancel={() => {
          drag.current = undefined;
        }}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: it is a drawing */}
        <svg role="group" aria-label="States of the run" width="100%" height="100%">
          <title>States of the run</title>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 0.5L7.5 4L0 7.5z" class="graph-arrow" />
            </marker>
          </defs>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            {placed.nodes
              .filter(({ open }) => open)
              .map((one) => (
                <Container key={one.node.id} placed={one} state={byId.get(one.node.id)} />
              ))}
            {placed.edges.map((one) => (
              <Edge
                key={JSON.stringify([one.edge.from, one.edge.to])}
                placed={one}
                isTaken={byId.has(one.edge.to) && byId.has(one.edge.from)}
              />
            ))}
            {placed.nodes.map((one, index) => (
              <Node
                key={one.node.id}
                at={index}
                placed={one}
                state={byId.get(one.node.id)}
                isSelected={one.node.id === selected}
                isActive={one.node.id === active}
                onSelect={() => {
                  setCurrent(one.node.id);
                  onSelect(one.node.id);
                }}
                onFocus={() => setCurrent(one.node.id)}
                onToggle={hasInner(graph, one.node) ? () => toggle(one.node.id) : undefined}
              />
            ))}
          </g>
        </svg>
      </div>
      <div class="graph-tools">
        <button type="button" class="plain" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(STEP)}>
          +
        </button>
        <button type="button" class="plain" aria-label="Zoom out" title="Zoom out (−)" onClick={() => zoom(1 / STEP)}>
          −
        </button>
        <button type="button" class="plain" title="Show all of it (0)" onClick={fit}>
          Fit
        </button>
      </div>
    </div>
  );
}

/** The items of a Distributed Map are executions of their own: of their states the run's history knows as much as of the Map. */
function withinItems({ nodes }: GraphData, states: ReadonlyMap<string, StateShown>): Map<string, StateShown> {
  const all = new Map(states);
  const remote = new Set<string>();
  for (const { id, parent, distributed } of nodes) {
    const around = parent === undefined ? undefined : all.get(parent);
    if (parent !== undefined && remote.has(parent)) {
      remote.add(id);
      if (around) all.set(id, { id, status: around.status, visits: 0, running: 0, failed: 0, failures: 0 });
    }
    if (distributed) remote.add(id);
  }
  return all;
}

const hasInner = (graph: GraphData, { id }: GraphNode): boolean => graph.nodes.some(({ parent }) => parent === id);

function wholeScale(placed: Placed, width: number, height: number): number {
  const wide = (width - 2 * MARGIN) / Math.max(1, placed.width);
  const high = (height - 2 * MARGIN) / Math.max(1, placed.height);
  return Math.min(1, wide, high);
}

/** Fits the drawing once, and again when it gets another size; zooming keeps the middle, or what is under the pointer. */
function useView(frame: { readonly current: HTMLDivElement | null }, placed: Placed, wanted: string | undefined) {
  const [view, setView] = useState<View>({ x: MARGIN, y: MARGIN, scale: 1 });
  const fit = () => {
    const { clientWidth, clientHeight } = frame.current!;
    const scale = wholeScale(placed, clientWidth, clientHeight);
    setView(centred(scale, placed.width / 2, placed.height / 2));
  };
  /** All of it where that can be read; else what one comes for. */
  const begin = () => {
    const { clientWidth, clientHeight } = frame.current!;
    if (wholeScale(placed, clientWidth, clientHeight) >= READABLE) {
      fit();
      return;
    }
    const node = placed.nodes.find(({ node: { id } }) => id === wanted) ?? placed.nodes[0];
    if (node) setView(centred(READABLE, node.x + node.width / 2, node.y + Math.min(node.height, NODE_HEIGHT) / 2));
  };
  /** The middle of the frame is at this point of the drawing, unless its edges would leave room. */
  const centred = (scale: number, x: number, y: number): View => {
    const { clientWidth, clientHeight } = frame.current!;
    const along = (at: number, size: number, room: number) => {
      const most = room - MARGIN - size * scale;
      return most >= MARGIN ? (room - size * scale) / 2 : Math.max(most, Math.min(MARGIN, room / 2 - at * scale));
    };
    return { x: along(x, placed.width, clientWidth), y: along(y, placed.height, clientHeight), scale };
  };
  const zoom = (by: number, at?: { readonly x: number; readonly y: number }) =>
    setView((before) => {
      const { clientWidth, clientHeight } = frame.current!;
      const { x, y } = at ?? { x: clientWidth / 2, y: clientHeight / 2 };
      const scale = Math.min(SCALES.most, Math.max(SCALES.least, before.scale * by));
      const factor = scale / before.scale;
      return { x: x - (x - before.x) * factor, y: y - (y - before.y) * factor, scale };
    });
  useLayoutEffect(begin, [placed]);
  useEffect(() => {
    const element = frame.current!;
    // Passive listeners, as frameworks add them, could not keep the page from being zoomed.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 300), { x: event.clientX - left, y: event.clientY - top });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);
  return { view, setView, fit, zoom };
}

/** The nearest state in the direction of an arrow key; Home and End are the first and the last. */
function neighbour({ nodes }: Placed, from: PlacedNode, key: string): PlacedNode | undefined {
  if (key === 'Home') return nodes[0];
  if (key === 'End') return nodes.at(-1);
  const direction = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[key];
  if (direction === undefined) return undefined;
  const [dx, dy] = direction as [number, number];
  // Of a container, where its title is: its states lie below it.
  const middle = ({ x, y, width, height, open }: PlacedNode) => ({
    x: x + width / 2,
    y: open ? y + 12 : y + height / 2,
  });
  const here = middle(from);
  let best: { readonly node: PlacedNode; readonly cost: number } | undefined;
  for (const node of nodes) {
    if (node === from) continue;
    const there = middle(node);
    const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
    const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
    const cost = along + 2 * aside;
    if (along > 1 && (best === undefined || cost < best.cost)) best = { node, cost };
  }
  return best?.node;
}

const kindClass = (state: StateShown | undefined) => (state === undefined ? 'is-none' : `is-${KIND[state.status]}`);

const Container = ({ placed, state }: { readonly placed: PlacedNode; readonly state: StateShown | undefined }) => (
  <rect
    class={`graph-container ${kindClass(state)}${placed.depth % 2 === 1 ? ' is-odd' : ''}`}
    x={placed.x}
    y={placed.y}
    width={placed.width}
    height={placed.height}
    rx="8"
  />
);

function Edge({ placed: { edge, points }, isTaken }: { readonly placed: PlacedEdge; readonly isTaken: boolean }) {
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

interface NodeProps {
  readonly at: number;
  readonly placed: PlacedNode;
  readonly state: StateShown | undefined;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  readonly onSelect: () => void;
  readonly onFocus: () => void;
  readonly onToggle: (() => void) | undefined;
}

const LETTER = 7.1;
const SMALL_LETTER = 6;

function Node({ at, placed, state, isSelected, isActive, onSelect, onFocus, onToggle }: NodeProps) {
  const { node, x, y, width, height, open } = placed;
  const note = state === undefined ? '' : noteOf(state);
  const time = state === undefined || open ? '' : timeText(state);
  const small = note || time;
  const room = width - 46 - (onToggle ? 26 : 0);
  const name = shortened(node.id, (open && small !== '' ? room * 0.6 : room) / LETTER);
  const label = [
    node.id,
    node.distributed ? 'Distributed Map' : node.type,
    state === undefined ? 'not reached' : WORD[state.status],
    note,
    time,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <g class={`graph-node ${kindClass(state)}${isSelected ? ' is-selected' : ''}${open ? ' is-open' : ''}`}>
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
