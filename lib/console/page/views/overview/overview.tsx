import type { Overview } from '../../../types/overview';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { Status } from '../../parts/status';
import { type Column, Table } from '../../parts/table';
import { countText } from '../../parts/text';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';

type Row = Overview['pipelines'][number];

export default function OverviewView() {
  const { data, error } = useLive<Overview>('overview', '/api/overview');
  return (
    <>
      <div class="title">
        <h1>Overview</h1>
      </div>
      {data !== undefined ? <Pipelines {...data} /> : error !== undefined ? <ErrorBox problem={error} /> : <Loading />}
    </>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Pipeline', isHeader: true, cell: ({ name }) => <a href={path('/pipelines', name)}>{name}</a> },
  { title: 'Last run', cell: ({ runs }) => (runs.length === 0 ? null : <Status status={runs.at(-1)!.status} />) },
  { title: 'Rows today', isNumber: true, cell: ({ today }) => countText(today.rows) },
];

const Pipelines = ({ pipelines }: Overview) =>
  pipelines.length === 0 ? (
    <Empty title="No pipeline is deployed here" />
  ) : (
    <Table label="Pipelines" columns={COLUMNS} rows={pipelines} keyOf={({ name }) => name} />
  );
