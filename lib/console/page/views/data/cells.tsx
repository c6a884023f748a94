/** Rows of a table or a part, whose long values open by themselves. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cell, CutCell, Piece, RowsShown, TableColumn } from '../../../types/data';
import type { Problem } from '../../../types/shell';
import { Dialog } from '../../parts/dialog';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Table } from '../../parts/table';
import { countText } from '../../parts/text';
import { get, problemIn } from '../../shell/api';

interface Opened {
  readonly column: string;
  readonly cell: CutCell;
}

interface RowsProps {
  readonly label: string;
  readonly shown: RowsShown;
  /** where long values are asked for; absent: they are not to be had */
  readonly cellPath?: string;
}

type Row = { readonly index: number; readonly cells: readonly Cell[] };

export function Rows({ label, shown, cellPath }: RowsProps) {
  const [opened, setOpened] = useState<Opened>();
  const { columns, rows, note } = shown;
  if (rows.length === 0) return <Empty title="No rows" />;
  return (
    <>
      {note === undefined ? null : (
        <p class="quiet">
          <Raw text={note} />
        </p>
      )}
      <div class="rows">
        <Table<Row>
          label={label}
          columns={columns.map((column, index) => ({
            title: column.name,
            isNumber: rows.some((row) => typeof row[index] === 'number'),
            cell: ({ cells }) => (
              <Value cell={cells[index] ?? null} onOpen={(cell) => setOpened({ column: column.name, cell })} />
            ),
          }))}
          rows={rows.map((cells, index) => ({ index, cells }))}
          keyOf={({ index }) => String(index)}
        />
      </div>
      {opened === undefined ? null : <WholeValue {...opened} path={cellPath} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function Value({ cell, onOpen }: { readonly cell: Cell; readonly onOpen: (cell: CutCell) => void }) {
  if (cell === null) return <span class="null">NULL</span>;
  if (typeof cell === 'number' || typeof cell === 'boolean') return <span>{String(cell)}</span>;
  const long = typeof cell === 'string' ? { cut: cell, length: cell.length, whole: {} } : cell;
  const isLong = long.length > SHOWN;
  return (
    <>
      <span class="value">
        <Raw text={isLong ? long.cut.slice(0, SHOWN) : long.cut} />
        {isLong ? '…' : ''}
      </span>
      {isLong ? (
        <button type="button" class="plain small" onClick={() => onOpen(long)}>
          all {countText(long.length)} characters
        </button>
      ) : null}
    </>
  );
}

/** Of a value in its row. */
const SHOWN = 160;

function WholeValue({ column, cell, path, onClose }: Opened & { path: string | undefined; onClose: () => void }) {
  const isCut = cell.cut.length < cell.length;
  const [pieces, setPieces] = useState<readonly Piece[]>([]);
  const [problem, setProblem] = useState<Problem>();
  const canAsk = path !== undefined && Object.keys(cell.whole).length > 0;
  const isAsking = useRef(false);
  async function ask(from: number) {
    // Asked for twice, it would stand there twice.
    if (isAsking.current) return;
    isAsking.current = true;
    try {
      const piece = await get<Piece>(`${path}?${new URLSearchParams({ ...cell.whole, from: String(from) })}`);
      setPieces((before) => [...before, piece]);
    } catch (error) {
      setProblem(problemIn(error));
    } finally {
      isAsking.current = false;
    }
  }
  useEffect(() => {
    if (isCut && canAsk) void ask(0);
  }, []);
  const text = isCut && canAsk ? pieces.map((piece) => piece.text).join('') : cell.cut;
  const next = pieces.at(-1)?.next;
  return (
    <Dialog
      title={`${column}, ${countText(cell.length)} characters`}
      onClose={onClose}
      footer={
        next === undefined ? undefined : (
          <>
            <span class="quiet">{countText(next)} are shown.</span>
            <button type="button" onClick={() => void ask(next)}>
              More
            </button>
          </>
        )
      }
    >
      {problem === undefined ? null : <ErrorBox problem={problem} />}
      {text === '' && problem === undefined ? (
        <Loading />
      ) : (
        <pre class="whole">
          <Raw text={text} />
        </pre>
      )}
      {isCut && !canAsk ? <p class="quiet">The rest of it cannot be asked for.</p> : null}
    </Dialog>
  );
}

/** Name, type, and what it is there for. */
export const Schema = ({ columns }: { readonly columns: readonly TableColumn[] }) => (
  <Table
    label="Columns"
    columns={[
      {
        title: 'Column',
        isHeader: true,
        cell: ({ name }) => (
          <span class="mono">
            <Raw text={name} />
          </span>
        ),
      },
      { title: 'Type', cell: ({ type }) => <span class="mono">{type}</span> },
      { title: 'May be NULL', cell: ({ nullable }) => (nullable === undefined ? '' : nullable ? 'yes' : 'no') },
      {
        title: 'For',
        cell: ({ isBookkeeping, isPartition }) => (
          <span class="quiet">{isPartition ? 'partition' : isBookkeeping ? 'bookkeeping of the load' : ''}</span>
        ),
      },
    ]}
    rows={columns}
    keyOf={({ name }) => name}
  />
);
