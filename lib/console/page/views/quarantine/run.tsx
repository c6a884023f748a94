/** The bad rows of a run: line, reason, raw text; and what is done with them. */
import { useState } from 'preact/hooks';
import type { BadRow, BadRows } from '../../../types/quarantine';
import type { ActPlan } from '../../../types/shell';
import { Confirm } from '../../parts/dialog';
import { Plan } from '../../parts/plan';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { countText, plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { readOnlyHint } from '../../shell/about';
import { act, useApi } from '../../shell/api';
import { go, path, setQuery } from '../../shell/location';
import type { ViewProps } from '../../views';
import { QuarantineStatus } from './list';

export default function QuarantineRunView({ params, query }: ViewProps) {
  const { pipeline = '', runId = '' } = params;
  const api = path('/api/quarantine', pipeline, runId);
  const from = query.get('from') ?? '0';
  const { data, error, reload } = useApi<BadRows>(`${api}?from=${encodeURIComponent(from)}`);
  const [asked, setAsked] = useState<'replay' | 'discard'>();
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorBox problem={error} onRetry={reload} />;
  const { run } = data;
  const isOpen = run.of.state === 'open';
  const locked = readOnlyHint();
  return (
    <>
      <div class="title">
        <h1>
          Bad rows of <Raw text={run.content || runId.slice(0, 8)} />
        </h1>
        <QuarantineStatus of={run.of} pipeline={pipeline} />
        <div class="actions">
          <button
            type="button"
            disabled={!isOpen || locked !== undefined}
            title={locked}
            onClick={() => setAsked('replay')}
          >
            Replay …
          </button>
          <button
            type="button"
            class="danger"
            disabled={run.of.state === 'discarded' || locked !== undefined}
            title={locked}
            onClick={() => setAsked('discard')}
          >
            Discard …
          </button>
        </div>
      </div>
      <p class="quiet">
        {plural(run.rejected, 'bad row')} of run{' '}
        <a class="mono" href={path('/runs', pipeline, runId)}>
          {runId.slice(0, 8)}
        </a>{' '}
        of <a href={path('/pipelines', pipeline)}>{pipeline}</a>, which started <Moment at={run.startedAt} />. Correct
        the file and drop it again; or correct the pipeline, deploy it, and replay.{' '}
        {data.rows.length === 0 ? null : (
          <a href={`${api}/rows`} download>
            Save all rows as lines of JSON
          </a>
        )}
      </p>
      {data.discarded.map(({ rows, source, at, by, reason }) => (
        <p key={at} class="quiet">
          {plural(rows, 'row')}
          {source === undefined ? '' : ` of ${source}`} discarded <Moment at={at} /> by {by}
          {reason === undefined ? '' : ': '}
          {reason === undefined ? null : <Raw text={reason} />}
        </p>
      ))}
      {data.rows.length === 0 ? (
        <Empty title={data.from === 0 ? 'The rows are gone' : 'There are no more'}>
          {data.from === 0 ? 'They were discarded, or are older than 365 days.' : null}
        </Empty>
      ) : (
        <ol class="bad-rows" start={data.from + 1}>
          {data.rows.map((row, index) => (
            <BadRowItem
              key={data.from + index}
              row={row}
              number={data.from + index + 1}
              api={api}
              filesHref={`${path('/runs', pipeline, runId)}?view=files`}
            />
          ))}
        </ol>
      )}
      {data.from === 0 && !data.more ? null : (
        <nav class="pages" aria-label="Pages">
          <span class="quiet">
            Rows {countText(data.from + 1)} to {countText(data.from + data.rows.length)}
          </span>
          <button type="button" disabled={data.from === 0} onClick={() => setQuery({ from: undefined })}>
            First
          </button>
          <button
            type="button"
            disabled={!data.more}
            onClick={() => setQuery({ from: String(data.from + data.rows.length) })}
          >
            After
          </button>
        </nav>
      )}
      {asked === 'replay' ? <Replay api={api} onClose={() => setAsked(undefined)} /> : null}
      {asked === 'discard' ? (
        <Discard
          api={api}
          onClose={() => {
            setAsked(undefined);
            reload();
          }}
        />
      ) : null}
    </>
  );
}

interface BadRowProps {
  readonly row: BadRow;
  /** from 1 */
  readonly number: number;
  readonly api: string;
  /** where the files of the run are */
  readonly filesHref: string;
}

function BadRowItem({ row, number, api, filesHref }: BadRowProps) {
  const { key, line, column, reason, raw, source, partition, shard, sequence, whole } = row;
  const file = key === null ? `${source ?? 'a source'}, partition ${partition ?? '?'}` : key;
  // Of a stream that says more than the file in which its records were put together.
  const place = shard === undefined ? file : `${shard}, sequence number ${sequence}`;
  return (
    <li class="bad-row panel">
      <div class="bad-row-place">
        <span class="quiet">{number}</span>
        <span class="mono">
          {key === null ? (
            <Raw text={place} />
          ) : (
            <a href={filesHref}>
              <Raw text={place} />
            </a>
          )}
        </span>
        {shard !== undefined ? null : line === null ? (
          row.row === undefined ? null : (
            <span>row {countText(row.row)}</span>
          )
        ) : (
          <span>line {countText(line)}</span>
        )}
        {column === null ? null : (
          <span>
            column{' '}
            <b>
              <Raw text={column} />
            </b>
          </span>
        )}
      </div>
      <p class="bad-row-reason">
        <Raw text={reason} />
      </p>
      {row.withheld ? (
        <p class="quiet">Nothing of the row is kept: nobody can tell which part of it is personal data.</p>
      ) : (
        <pre>
          <Raw text={raw} />
          {whole === undefined && !row.rawTruncated ? null : <span class="quiet"> …</span>}
        </pre>
      )}
      {whole === undefined ? null : (
        <p class="quiet">
          The first {plural(raw.length, 'character')} of {countText(whole)}.{' '}
          <a href={`${api}/rows/${number - 1}`} download>
            Save all of it
          </a>
        </p>
      )}
      {row.rawTruncated ? (
        <p class="quiet">The row is longer: its beginning alone is kept. The file has all of it.</p>
      ) : null}
      {row.wholeFile ? <p class="quiet">It stands for the whole file, whose header this is.</p> : null}
      {row.redacted === undefined ? null : <p class="quiet">Masked: {row.redacted.join(', ')}.</p>}
    </li>
  );
}

interface AskProps {
  readonly api: string;
  readonly onClose: () => void;
}

function Replay({ api, onClose }: AskProps) {
  const { data, error, loading } = useApi<ActPlan>(`${api}/replay`);
  return (
    <Confirm
      title="Replay the bad rows?"
      action="Replay"
      isDisabled={loading || data === undefined || data.refusal !== undefined}
      onConfirm={async () => {
        const { pipeline, runId } = await act<{ pipeline: string; runId: string }>('POST', `${api}/replay`);
        go(path('/runs', pipeline, runId));
      }}
      onClose={onClose}
    >
      <Plan plan={loading ? undefined : data} error={error} />
    </Confirm>
  );
}

function Discard({ api, onClose }: AskProps) {
  const { data, error, loading } = useApi<ActPlan>(`${api}/discard`);
  const [reason, setReason] = useState('');
  return (
    <Confirm
      title="Discard the bad rows?"
      action="Discard for good"
      isDestructive
      isDisabled={loading || data === undefined || data.refusal !== undefined}
      onConfirm={() => act('POST', `${api}/discard`, { reason })}
      onClose={onClose}
    >
      <Plan plan={loading ? undefined : data} error={error} />
      {data === undefined || data.refusal !== undefined ? null : (
        <label class="field">
          Why (stays in the ledger)
          <input value={reason} maxLength={500} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
      )}
    </Confirm>
  );
}
