/** Batches that the function could not take, and taking them again: what came of each. */
import { useState } from 'preact/hooks';
import type { GivenUpActs, StreamShown, TakenBatch, Taking } from '../../../types/stream';
import { Confirm } from '../../parts/dialog';
import { Plan } from '../../parts/plan';
import { Raw } from '../../parts/raw';
import { ErrorBox } from '../../parts/states';
import { StatusIcon, type StatusKind } from '../../parts/status';
import { type Column, Table } from '../../parts/table';
import { countText, plural } from '../../parts/text';
import { Ago, Moment } from '../../parts/time';
import { isReadOnly, readOnlyHint } from '../../shell/about';
import { act, useApi } from '../../shell/api';
import { path } from '../../shell/location';
import { useShortcut } from '../../shell/shortcuts';

type Act = keyof GivenUpActs;

interface GivenUpProps {
  readonly stream: StreamShown;
  readonly onBegun: () => void;
}

export function GivenUp({ stream: { pipeline, givenUp, taking }, onBegun }: GivenUpProps) {
  const [asked, setAsked] = useState<Act>();
  const locked = readOnlyHint();
  const isUnderWay = taking !== undefined && taking.endedAt === undefined;
  const isIdle = givenUp > 0 && !isUnderWay;
  const hasExpired = taking !== undefined && taking.counts.expired > 0 && !taking.dropsExpired;
  useShortcut('r', 'Take again what was given up', () => {
    if (isIdle && !isReadOnly()) setAsked('again');
  });
  return (
    <section aria-labelledby="given-up">
      <h2 id="given-up">Given up</h2>
      <p>
        {givenUp === 0
          ? 'Nothing: the function has taken each batch.'
          : `${plural(givenUp, 'batch', 'batches')} that the function could not take, however often it was tried. When the cause is mended, they can be taken again.`}
      </p>
      {givenUp === 0 ? null : (
        <div class="given-up-acts">
          <button
            type="button"
            class="primary"
            disabled={!isIdle || locked !== undefined}
            title={locked}
            onClick={() => setAsked('again')}
          >
            {isUnderWay ? 'They are taken again …' : 'Take again …'}
          </button>
          {hasExpired ? (
            <button
              type="button"
              class="danger"
              disabled={!isIdle || locked !== undefined}
              title={locked}
              onClick={() => setAsked('drop')}
            >
              Drop expired …
            </button>
          ) : null}
        </div>
      )}
      {taking === undefined ? null : <Outcomes pipeline={pipeline} taking={taking} />}
      {asked === undefined ? null : (
        <Ask
          which={asked}
          pipeline={pipeline}
          onClose={() => {
            setAsked(undefined);
            onBegun();
          }}
        />
      )}
    </section>
  );
}

interface AskProps {
  readonly which: Act;
  readonly pipeline: string;
  readonly onClose: () => void;
}

function Ask({ which, pipeline, onClose }: AskProps) {
  const api = path('/api/pipelines', pipeline, 'stream', 'given-up');
  const { data, error, loading } = useApi<GivenUpActs>(api);
  // What was so the last time is not what is so now.
  const plan = loading ? undefined : data?.[which];
  const isDrop = which === 'drop';
  return (
    <Confirm
      title={isDrop ? 'Drop what has expired?' : 'Take again what was given up?'}
      action={isDrop ? 'Drop for good' : 'Take again'}
      {...(isDrop ? { isDestructive: true } : {})}
      isDisabled={plan === undefined || plan.refusal !== undefined}
      onConfirm={() => act('POST', api, { dropExpired: isDrop })}
      onClose={onClose}
    >
      <Plan plan={plan} error={error} />
    </Confirm>
  );
}

const OUTCOMES: Readonly<Record<TakenBatch['outcome'], StatusKind>> = {
  taken: 'good',
  failed: 'bad',
  expired: 'partial',
};

function Outcomes({ pipeline, taking }: { readonly pipeline: string; readonly taking: Taking }) {
  const { batches, counts, startedAt, endedAt, dropsExpired, problem } = taking;
  const all = counts.taken + counts.failed + counts.expired;
  const first = batches.flatMap(({ outcome, arrivedAt }) => (outcome === 'expired' ? [arrivedAt] : [])).sort()[0];
  return (
    <>
      <p aria-live="polite">
        {endedAt === undefined ? 'They are taken again, since ' : 'Taken again '}
        <Ago at={startedAt} />: {countText(counts.taken)} taken, {countText(counts.failed)} failed,{' '}
        {countText(counts.expired)} expired
        {endedAt === undefined ? ' so far …' : '.'}
      </p>
      {problem === undefined ? null : <ErrorBox problem={problem} />}
      {batches.length === 0 ? null : (
        <Table
          label="Batches that were taken again"
          columns={COLUMNS}
          rows={batches.map((batch, index) => ({ ...batch, index }))}
          keyOf={({ index }) => String(index)}
          asCards
        />
      )}
      {all > batches.length ? <p class="below">and {plural(all - batches.length, 'other')}</p> : null}
      {counts.failed === 0 ? null : (
        <p class="below">What has failed stays in the queue. What the function says: npx stepwell logs {pipeline}</p>
      )}
      {first === undefined ? null : (
        <p class="below">
          Of {plural(counts.expired, 'batch', 'batches')} the stream keeps some records no more. Where they are kept
          besides, they come back by: npx stepwell rebuild {pipeline} --from {first.slice(0, 10)}.{' '}
          {dropsExpired ? 'Their notes are deleted.' : 'Their notes stay until they are dropped.'}
        </p>
      )}
    </>
  );
}

const COLUMNS: readonly Column<TakenBatch & { readonly index: number }>[] = [
  {
    title: 'Shard',
    isHeader: true,
    cell: ({ shard }) => (
      <span class="mono">
        <Raw text={shard} />
      </span>
    ),
  },
  {
    title: 'Outcome',
    class: 'outcome',
    cell: ({ outcome, error, missing }) => (
      <span>
        <span class={`status is-${OUTCOMES[outcome]}`}>
          <StatusIcon kind={OUTCOMES[outcome]} />
          {outcome}
        </span>
        {error === undefined ? null : (
          <>
            : <Raw text={error} />
          </>
        )}
        {missing === undefined ? '' : `: at least ${plural(missing, 'record')} kept no more`}
      </span>
    ),
  },
  { title: 'Came', class: 'nowrap', cell: ({ arrivedAt }) => <Moment at={arrivedAt} /> },
  { title: 'Records', isNumber: true, cell: ({ records }) => countText(records) },
  { title: 'Given up for', cell: ({ why }) => <Raw text={why} /> },
];
