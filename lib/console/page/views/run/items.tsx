/** The items of a Map: all, or those that failed; however many, a page of them is asked for when it comes into sight. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChildDetail, ItemShown, Items as ItemsAnswer, StateShown } from '../../../types/run';
import type { Problem } from '../../../types/shell';
import { oneAtATime } from '../../parts/one-at-a-time';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status, StatusIcon } from '../../parts/status';
import { countText } from '../../parts/text';
import { Duration, Moment } from '../../parts/time';
import { VirtualList } from '../../parts/virtual-list';
import { get, problemIn, useApi } from '../../shell/api';
import { place, setQuery } from '../../shell/location';
import { ErrorWords, TextBlock } from './texts';
import { KIND, WORD } from './words';

const PAGE = 200;
const ROW = 33;
/** of one that goes on: as often its pages in sight are asked for again */
const AGAIN_MS = 1500;

const FILTERS = ['all', 'failed', 'running'] as const;
type Filter = (typeof FILTERS)[number];

export interface ItemsProps {
  /** `/api/runs/…/states/…` */
  readonly path: string;
  readonly state: StateShown;
}

export function Items({ path, state }: ItemsProps) {
  const { query } = place.value;
  const filter = FILTERS.find((one) => one === query.get('items')) ?? (state.status === 'failed' ? 'failed' : 'all');
  const item = query.get('item');
  const counts = state.items!;
  const numbers: Readonly<Record<Filter, number>> = {
    all: counts.total,
    failed: counts.failed,
    running: counts.running,
  };
  return (
    <div class="items">
      <fieldset class="segments">
        <legend class="hidden">Which items</legend>
        {FILTERS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === filter}
            onClick={() => setQuery({ items: one, item: undefined })}
          >
            {one} <span class="quiet">{countText(numbers[one])}</span>
          </button>
        ))}
      </fieldset>
      <ItemList key={`${path} ${filter}`} path={path} filter={filter} digest={JSON.stringify(counts)} open={item} />
      {item === null ? null : <Item path={path} item={item} digest={JSON.stringify(counts)} />}
    </div>
  );
}

interface ListProps {
  readonly path: string;
  readonly filter: Filter;
  /** changes when an item has */
  readonly digest: string;
  readonly open: string | null;
}

const nameOf = ({ child, index }: ItemShown): string => child ?? `${index}`;

function ItemList({ path, filter, digest, open }: ListProps) {
  const pages = useRef(new Map<number, ItemsAnswer>());
  /** when the timer of below went off last */
  const lookedAt = useRef(Number.NEGATIVE_INFINITY);
  const range = useRef<readonly [number, number]>([0, PAGE]);
  /** to be opened when it is here */
  const chosen = useRef<number | undefined>(undefined);
  const [total, setTotal] = useState<number>();
  const [problem, setProblem] = useState<Problem>();
  const [, setTurn] = useState(0);

  const at = (index: number) => pages.current.get(Math.floor(index / PAGE))?.items[index % PAGE];
  const choose = (index: number | undefined) => {
    const item = index === undefined ? undefined : at(index);
    chosen.current = item === undefined ? index : undefined;
    if (item !== undefined) setQuery({ item: nameOf(item) });
  };
  const { ask, renew } = useMemo(
    () =>
      oneAtATime(async (page) => {
        try {
          const found = await get<ItemsAnswer>(`${path}/items?from=${page * PAGE}&limit=${PAGE}&filter=${filter}`);
          pages.current.set(page, found);
          setTotal(found.total);
          setProblem(undefined);
          choose(chosen.current);
        } catch (error) {
          setProblem(problemIn(error));
        }
        setTurn((turn) => turn + 1);
      }),
    [path, filter],
  );
  const inSight = useCallback(() => {
    const [first, last] = range.current;
    return Array.from(
      { length: Math.floor(Math.max(0, last - 1) / PAGE) - Math.floor(first / PAGE) + 1 },
      (_, index) => Math.floor(first / PAGE) + index,
    );
  }, []);
  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = [first, last];
      for (const page of inSight()) if (!pages.current.has(page)) void ask(page);
    },
    [ask, inSight],
  );
  useEffect(() => {
    const timer = setTimeout(
      () => {
        lookedAt.current = performance.now();
        renew();
        const shown = new Set(inSight());
        for (const page of pages.current.keys()) if (!shown.has(page)) pages.current.delete(page);
        for (const page of shown) void ask(page);
      },
      // Where it changes all the time, it is looked at as often all the same.
      lookedAt.current + AGAIN_MS - performance.now(),
    );
    return () => clearTimeout(timer);
  }, [digest, ask, renew, inSight]);

  if (problem !== undefined && total === undefined) return <ErrorBox problem={problem} />;
  if (total === undefined) return <Loading label="Reading the items" />;
  if (total === 0)
    return (
      <Empty
        title={
          filter === 'all' ? 'No item has begun yet' : filter === 'failed' ? 'No item has failed' : 'No item is at work'
        }
      />
    );
  return (
    <VirtualList
      label={`Items, ${filter}`}
      total={total}
      rowHeight={ROW}
      onRange={onRange}
      onSelect={choose}
      row={(index) => {
        const item = at(index);
        return item === undefined ? <span class="quiet">…</span> : <Row item={item} isOpen={nameOf(item) === open} />;
      }}
    />
  );
}

const Row = ({ item, isOpen }: { readonly item: ItemShown; readonly isOpen: boolean }) => (
  <span class={isOpen ? 'item-row is-open' : 'item-row'}>
    <StatusIcon kind={KIND[item.status]} label={WORD[item.status]} />
    <span class="item-index">{countText(item.index + 1)}</span>
    <span class="item-title">
      <Raw text={item.title ?? item.child ?? ''} />
      {item.error === undefined ? null : <span class="item-error"> {item.error.name}</span>}
    </span>
    {item.startedAt === undefined ? null : <Duration from={item.startedAt} to={item.endedAt} />}
  </span>
);

function Item({ path, item, digest }: { readonly path: string; readonly item: string; readonly digest: string }) {
  const { data, error, reload } = useApi<ChildDetail>(`${path}/items/${encodeURIComponent(item)}`);
  const isOpen = data?.status === 'running';
  useEffect(() => {
    if (isOpen) reload();
  }, [digest, isOpen, reload]);
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorBox problem={error} />;
  return (
    <section class="item panel" aria-label={`Item ${data.name}`}>
      <h3>
        Item <bdi>{data.name}</bdi> <Status status={data.status.toUpperCase()} word={WORD[data.status]} />
      </h3>
      <p class="quiet">
        Begun <Moment at={data.startedAt} />, <Duration from={data.startedAt} to={data.endedAt} />
      </p>
      {data.error === undefined ? null : <ErrorWords error={data.error} />}
      {data.hasNoHistory ? (
        <p class="quiet">
          It is an Express execution: Step Functions keeps what went in, what came out and its error, and no history.
        </p>
      ) : null}
      {data.visits.length === 0 ? null : (
        <ul class="visits">
          {data.visits.map((visit) => (
            <li key={visit.id}>
              <StatusIcon kind={KIND[visit.status]} label={WORD[visit.status]} /> {visit.state}{' '}
              <Duration from={visit.enteredAt} to={visit.exitedAt} />
              {visit.attempts.length > 1 ? <span class="quiet"> {visit.attempts.length} attempts</span> : null}
              {visit.error === undefined || data.error !== undefined ? null : <ErrorWords error={visit.error} />}
            </li>
          ))}
        </ul>
      )}
      {data.input === undefined ? null : (
        <details open={data.status === 'failed'}>
          <summary>Input</summary>
          <TextBlock label="Input of the item" text={data.input} />
        </details>
      )}
      {data.output === undefined ? null : (
        <details>
          <summary>Output</summary>
          <TextBlock label="Output of the item" text={data.output} />
        </details>
      )}
    </section>
  );
}
