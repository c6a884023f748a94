/** A list of very many: only what is in sight is in the document, and only that is asked for. Arrows go through it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useSight } from './sight';

export interface VirtualListProps {
  readonly label: string;
  readonly total: number;
  /** pixels, of each */
  readonly rowHeight: number;
  readonly row: (index: number) => ComponentChildren;
  /** those in sight, and some beyond: from the first to before the last */
  readonly onRange?: (first: number, last: number) => void;
  readonly selected?: number | undefined;
  readonly onSelect?: (index: number) => void;
}

const BEYOND = 10;

export function VirtualList({ label, total, rowHeight, row, onRange, selected, onSelect }: VirtualListProps) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const { first, last, height } = useSight(frame, { total, rowHeight, beyond: BEYOND });
  const [active, setActive] = useState(0);
  useEffect(() => onRange?.(first, last), [first, last, onRange]);

  function onKeyDown(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    }[event.key];
    if (event.key === 'Enter' || event.key === ' ') onSelect?.(active);
    else if (to === undefined) return;
    else {
      const next = Math.max(0, Math.min(total - 1, to));
      setActive(next);
      const element = frame.current!;
      if (next * rowHeight < element.scrollTop) element.scrollTop = next * rowHeight;
      else if ((next + 1) * rowHeight > element.scrollTop + element.clientHeight)
        element.scrollTop = (next + 1) * rowHeight - element.clientHeight;
    }
    event.preventDefault();
  }

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  const isInSight = active >= first && active < last;
  return (
    <div
      class="virtual"
      ref={frame}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      style={{ height: `${total * rowHeight + 2}px` }}
      aria-activedescendant={isInSight && total > 0 ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div class="virtual-whole" style={{ height: `${total * rowHeight}px` }}>
        {shown.map((index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
          <div
            key={index}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            class={`virtual-row${index === active ? ' is-active' : ''}`}
            aria-selected={index === selected}
            aria-setsize={total}
            aria-posinset={index + 1}
            style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
            onClick={() => {
              setActive(index);
              onSelect?.(index);
            }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}
