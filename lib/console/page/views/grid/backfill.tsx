/** A backfill: of what is selected, of a span, or of files. The dry run is shown before anything begins. */
import { useEffect, useState } from 'preact/hooks';
import type { BackfillDryRun } from '../../../types/grid';
import type { Problem } from '../../../types/shell';
import { Confirm } from '../../parts/dialog';
import { ErrorBox, Loading } from '../../parts/states';
import { plural } from '../../parts/text';
import { act, problemIn } from '../../shell/api';
import { path } from '../../shell/location';
import { AtOnce, wholeIn } from './at-once';
import { DryRun } from './dry-run';

interface Interval {
  readonly start: string;
  readonly end: string;
}

export interface BackfillProps {
  readonly pipeline: string;
  readonly kind: 'intervals' | 'runs';
  /** those that are selected; none: a span is asked for */
  readonly intervals: readonly Interval[];
  readonly onClose: () => void;
  readonly onStarted: (id: string) => void;
}

const WHICH = [
  { value: 'none', text: 'what is not loaded, or has failed' },
  { value: 'failed', text: 'what has failed, or is partial' },
  { value: 'all', text: 'all of it: what is loaded as well, in its place' },
] as const;

const ASK_AFTER_MS = 300;
/** As many as the server takes. */
const MOST_FILES = 100;

export function Backfill({ pipeline, kind, intervals, onClose, onStarted }: BackfillProps) {
  const api = path('/api/pipelines', pipeline, 'backfills');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [objects, setObjects] = useState('');
  const [filesPerRun, setFilesPerRun] = useState(1);
  const [reprocess, setReprocess] = useState<(typeof WHICH)[number]['value']>('none');
  const [order, setOrder] = useState<'oldest' | 'newest'>('oldest');
  const [maxActive, setMaxActive] = useState(4);
  const isPicked = intervals.length > 0;
  const isComplete = isPicked || (kind === 'intervals' ? from !== '' && to !== '' : objects !== '');
  const wanted = JSON.stringify({
    ...(isPicked ? { intervals } : kind === 'intervals' ? { from, to } : { objects, filesPerRun }),
    reprocess,
    order,
  });
  const { plan, problem } = usePlan(isComplete ? `${api}/plan` : undefined, wanted);
  return (
    <Confirm
      title={`Backfill ${pipeline}`}
      action={plan === undefined ? 'Start' : `Start ${plural(plan.runs, 'run')}`}
      isDisabled={plan === undefined || plan.runs === 0}
      onClose={onClose}
      onConfirm={async () => {
        const body = { ...(JSON.parse(wanted) as object), maxActive };
        onStarted((await act<{ id: string }>('POST', api, body)).id);
      }}
    >
      <div class="form">
        {isPicked ? (
          <p>{plural(intervals.length, 'selected interval')}.</p>
        ) : kind === 'intervals' ? (
          <>
            <label>
              From
              <input type="date" value={from} onInput={({ currentTarget }) => setFrom(currentTarget.value)} />
            </label>
            <label>
              To, not included
              <input type="date" value={to} onInput={({ currentTarget }) => setTo(currentTarget.value)} />
            </label>
          </>
        ) : (
          <label>
            Files that are in the landing bucket, as a pattern
            <input
              value={objects}
              placeholder={`${pipeline}/*.csv`}
              onInput={({ currentTarget }) => setObjects(currentTarget.value)}
            />
          </label>
        )}
        {isPicked || kind === 'intervals' ? null : (
          <label title="Of those that were never loaded so many share a run">
            Files of a run
            <input
              type="number"
              min="1"
              max={MOST_FILES}
              value={filesPerRun}
              onInput={({ currentTarget }) => setFilesPerRun(wholeIn(currentTarget, MOST_FILES))}
            />
          </label>
        )}
        <label>
          Load
          <select
            value={reprocess}
            onChange={({ currentTarget }) => setReprocess(currentTarget.value as typeof reprocess)}
          >
            {WHICH.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <AtOnce value={maxActive} onChange={setMaxActive} />
        <label>
          First
          <select value={order} onChange={({ currentTarget }) => setOrder(currentTarget.value as typeof order)}>
            <option value="oldest">the oldest</option>
            <option value="newest">the newest</option>
          </select>
        </label>
      </div>
      {problem !== undefined ? (
        <ErrorBox problem={problem} />
      ) : plan !== undefined ? (
        <DryRun plan={plan} maxActive={maxActive} />
      ) : isComplete ? (
        <Loading label="Finding out what it would do" />
      ) : (
        <p class="quiet">What it would do is shown here before it begins.</p>
      )}
    </Confirm>
  );
}

function usePlan(url: string | undefined, wanted: string) {
  const [answer, setAnswer] = useState<{
    readonly of: string;
    readonly plan?: BackfillDryRun;
    readonly problem?: Problem;
  }>();
  useEffect(() => {
    if (url === undefined) return;
    let isOld = false;
    const timer = setTimeout(() => {
      act<BackfillDryRun>('POST', url, JSON.parse(wanted))
        .then((plan) => ({ of: wanted, plan }))
        .catch((error: unknown) => ({ of: wanted, problem: problemIn(error) }))
        .then((found) => {
          if (!isOld) setAnswer(found);
        });
    }, ASK_AFTER_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [url, wanted]);
  const own = url !== undefined && answer?.of === wanted ? answer : undefined;
  return { plan: own?.plan, problem: own?.problem };
}
