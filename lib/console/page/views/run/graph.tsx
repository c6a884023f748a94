/** The state machine as a drawing: dragged, zoomed, and gone through by the keyboard. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Graph as GraphData, GraphNode } from '../../../types/graph';
import type { StateShown } from '../../../types/run';
import { Container, Edge, Node } from './graph-parts';
import { LEAST_HEIGHT, MARGIN, neighbour, useView } from './graph-view';
import { layOut, type PlacedNode } from './layout';
import { mapsAround } from './words';

export interface GraphProps {
  readonly graph: GraphData;
  readonly states: readonly StateShown[];
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
}

const STEP = 1.25;

export function Graph({ graph, states, selected, onSelect }: GraphProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const placed = useMemo(() => layOut(graph, closed), [graph, closed]);
  const byId = useMemo(() => new Map(states.map((state) => [state.id, state])), [states]);
  const maps = useMemo(() => mapsAround(graph), [graph]);
  const isInItems = ({ id }: GraphNode) => byId.has(maps.get(id) ?? '');
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
                <Container
                  key={one.node.id}
                  placed={one}
                  state={byId.get(one.node.id)}
                  isInItems={isInItems(one.node)}
                />
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
                isInItems={isInItems(one.node)}
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

const hasInner = (graph: GraphData, { id }: GraphNode): boolean => graph.nodes.some(({ parent }) => parent === id);
