/** Of very many rows that are all as high, those in sight: only they are in the document. */
import { useLayoutEffect, useState } from 'preact/hooks';

export interface Sight {
  /** from the first to before the last, with some beyond what is in sight */
  readonly first: number;
  readonly last: number;
  /** pixels: of the frame */
  readonly height: number;
}

/** `frame` scrolls. */
export function useSight(
  frame: { readonly current: HTMLElement | null },
  { total, rowHeight, beyond }: { readonly total: number; readonly rowHeight: number; readonly beyond: number },
): Sight {
  const [{ top, height }, setSight] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = frame.current!;
    const look = () => setSight({ top: element.scrollTop, height: element.clientHeight });
    look();
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, []);
  return {
    first: Math.max(0, Math.floor(top / rowHeight) - beyond),
    last: Math.min(total, Math.ceil((top + height) / rowHeight) + beyond),
    height,
  };
}
