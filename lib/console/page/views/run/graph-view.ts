/** What of the drawing is in sight: dragged, zoomed, fitted; and where the arrow keys lead. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { NODE_HEIGHT, type Placed, type PlacedNode } from './layout';

interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const SCALES = { least: 0.15, most: 2.5 } as const;
export const LEAST_HEIGHT = 200;
export const MARGIN = 16;
/** Smaller, nobody reads it. */
const READABLE = 0.75;

function wholeScale(placed: Placed, width: number, height: number): number {
  const wide = (width - 2 * MARGIN) / Math.max(1, placed.width);
  const high = (height - 2 * MARGIN) / Math.max(1, placed.height);
  return Math.min(1, wide, high);
}

/** Fits the drawing once, and again when it gets another size; zooming keeps the middle, or what is under the pointer. */
export function useView(
  frame: { readonly current: HTMLDivElement | null },
  placed: Placed,
  wanted: string | undefined,
) {
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
  useLayoutEffect(() => {
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
export function neighbour({ nodes }: Placed, from: PlacedNode, key: string): PlacedNode | undefined {
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
