/** The rows of the grid as the page has them: the first are live, others are asked for when they come into sight. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { GridPage, GridRow } from '../../../types/grid';
import type { Problem } from '../../../types/shell';
import { oneAtATime } from '../../parts/one-at-a-time';
import { get, problemIn } from '../../shell/api';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';

const PAGE = 60;

export interface Rows {
  readonly grid: GridPage | undefined;
  readonly problem: Problem | undefined;
  readonly total: number;
  readonly at: (index: number) => GridRow | undefined;
  /** those that are here, in their order */
  readonly known: () => GridRow[];
  /** what has come into sight */
  readonly onRange: (first: number, last: number) => void;
}

export function useRows(pipeline: string): Rows {
  const api = path('/api/pipelines', pipeline, 'grid');
  const { data, error } = useLive<GridPage>(`grid:${pipeline}`, api);
  const pages = useRef(new Map<number, GridPage>());
  const range = useRef<readonly [number, number]>([0, PAGE]);
  const [problem, setProblem] = useState<Problem>();
  const [, setTurn] = useState(0);

  const { ask, renew } = useMemo(
    () =>
      oneAtATime(async (page) => {
        try {
          pages.current.set(page, await get<GridPage>(`${api}?from=${page * PAGE}&limit=${PAGE}`));
          setProblem(undefined);
        } catch (reason) {
          setProblem(problemIn(reason));
        }
        setTurn((turn) => turn + 1);
      }),
    [api],
  );
  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = [first, last];
      for (let page = Math.floor(first / PAGE); page * PAGE < last; page++)
        if (page > 0 && !pages.current.has(page)) void ask(page);
    },
    [ask],
  );
  // A run that begins moves those after it: what is out of sight is asked for again when it is in sight.
  const digest = data === undefined ? '' : `${data.total} ${data.rows[0]?.key} ${data.rows[0]?.runId}`;
  useEffect(() => {
    pages.current.clear();
    renew();
    onRange(...range.current);
  }, [digest, renew, onRange]);

  // Of a listing that is not read to its end there are some more than are known.
  const whole = Math.max(
    data === undefined ? 0 : data.total + (data.isWhole ? 0 : PAGE),
    ...[...pages.current.values()].map(({ total, isWhole }) => total + (isWhole ? 0 : PAGE)),
  );
  const ended = [...pages.current.values()].find(({ isWhole }) => isWhole)?.total;
  return {
    grid: data,
    problem: error ?? problem,
    total: ended ?? whole,
    at: (index) => (index < PAGE ? data?.rows[index] : pages.current.get(Math.floor(index / PAGE))?.rows[index % PAGE]),
    known: () => [
      ...(data?.rows ?? []),
      ...[...pages.current].sort(([a], [b]) => a - b).flatMap(([, { rows }]) => rows),
    ],
    onRange,
  };
}
