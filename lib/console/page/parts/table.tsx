/** Tables with real headers. Of many rows only those in sight are in the document. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSight } from './sight';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** numbers stand at the right */
  readonly isNumber?: boolean;
  /** the cell names its row: a header of it */
  readonly isHeader?: boolean;
  readonly class?: string;
}

export interface TableProps<T> {
  /** says what is in it, for screen readers */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly isMarked?: (row: T) => boolean;
  /** on a narrow screen each row is a card of its cells, with their titles; else the table scrolls sideways */
  readonly asCards?: true;
  /** the last rows are near: more can be asked for */
  readonly onEnd?: () => void;
  /** pixels: of tables with very many rows, all of which are as high */
  readonly rowHeight?: number;
  /** cells keep nothing of their own, so that a row which comes into sight may have the place of one that has left it: a third less work */
  readonly areRowsReused?: true;
}

/** From so many on, only those in sight are made. */
const MANY = 150;
const BEYOND = 12;
const NEAR = 60;

export function Table<T>(props: TableProps<T>) {
  return props.rows.length > MANY ? <LongTable {...props} /> : <WholeTable {...props} />;
}

function WholeTable<T>(props: TableProps<T>) {
  return (
    <Frame label={props.label} asCards={props.asCards}>
      <table>
        <Head {...props} />
        <tbody>
          {props.rows.map((row) => (
            <Row key={props.keyOf(row)} row={row} {...props} />
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function LongTable<T>(props: TableProps<T>) {
  const { rows, rowHeight = 33, areRowsReused } = props;
  const frame = useRef<HTMLElement>(null);
  const { first, last } = useSight(frame, { total: rows.length, rowHeight, beyond: BEYOND });
  const isNearEnd = rows.length - last < NEAR;
  const { onEnd } = props;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, onEnd]);
  return (
    <Frame label={props.label} frame={frame} isLong>
      <table aria-rowcount={rows.length + 1}>
        <Head {...props} />
        <tbody>
          <Gap height={first * rowHeight} columns={props.columns.length} />
          {rows.slice(first, last).map((row, index) => (
            <Row
              key={areRowsReused ? (first + index) % (last - first) : props.keyOf(row)}
              row={row}
              at={first + index + 2}
              height={rowHeight}
              {...props}
            />
          ))}
          <Gap height={(rows.length - last) * rowHeight} columns={props.columns.length} />
        </tbody>
      </table>
    </Frame>
  );
}

interface FrameProps {
  readonly label: string;
  readonly frame?: { current: HTMLElement | null };
  readonly isLong?: boolean;
  readonly asCards?: true | undefined;
  readonly children: ComponentChildren;
}

/** It scrolls by itself, by keyboard as well. */
const Frame = ({ label, frame, isLong, asCards, children }: FrameProps) => (
  <section
    class={`table${isLong ? ' table-long' : ''}${asCards ? ' table-cards' : ''}`}
    aria-label={label}
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    tabIndex={0}
    {...(frame ? { ref: frame } : {})}
  >
    {children}
  </section>
);

const Head = <T,>({ columns }: Pick<TableProps<T>, 'columns'>) => (
  <thead>
    <tr>
      {columns.map(({ title, isNumber }) => (
        <th key={title} scope="col" class={isNumber ? 'number' : undefined}>
          {title}
        </th>
      ))}
    </tr>
  </thead>
);

type RowProps<T> = Pick<TableProps<T>, 'columns' | 'isMarked'> & {
  readonly row: T;
  readonly at?: number;
  readonly height?: number;
};

const Row = <T,>({ row, columns, isMarked, at, height }: RowProps<T>) => (
  <tr
    aria-rowindex={at}
    class={isMarked?.(row) ? 'marked' : undefined}
    style={height === undefined ? undefined : { height: `${height}px` }}
  >
    {columns.map((column) => {
      const classes = [column.isNumber ? 'number' : '', column.class ?? ''].filter(Boolean).join(' ') || undefined;
      return column.isHeader ? (
        <th key={column.title} scope="row" class={classes}>
          {column.cell(row)}
        </th>
      ) : (
        <td key={column.title} class={classes} data-title={column.title}>
          {column.cell(row)}
        </td>
      );
    })}
  </tr>
);

const Gap = ({ height, columns }: { readonly height: number; readonly columns: number }) =>
  height === 0 ? null : (
    <tr class="gap" style={{ height: `${height}px` }}>
      <td colSpan={columns} />
    </tr>
  );
