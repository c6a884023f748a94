/** Pausing, resuming, changing and cancelling a backfill, and running again what of it has failed: each says first what it does. */
import { useState } from 'preact/hooks';
import type { BackfillAct, BackfillActs, BackfillDryRun, BackfillShown } from '../../../types/grid';
import { Confirm } from '../../parts/dialog';
import { Plan } from '../../parts/plan';
import { ErrorBox, Loading } from '../../parts/states';
import { plural } from '../../parts/text';
import { isReadOnly, readOnlyHint } from '../../shell/about';
import { act, useApi } from '../../shell/api';
import { AtOnce } from './at-once';
import { DryRun } from './dry-run';

interface ActsProps {
  /** `/api/pipelines/<pipeline>/backfills/<id>` */
  readonly api: string;
  readonly of: BackfillShown;
  /** a backfill was begun */
  readonly onBegun: (id: string) => void;
}

const ACTS: Readonly<
  Record<BackfillAct | 'rerun', { readonly title: string; readonly action: string; readonly isDestructive?: true }>
> = {
  pause: { title: 'Pause the backfill', action: 'Pause' },
  resume: { title: 'Resume the backfill', action: 'Resume' },
  set: { title: 'Change how many runs there are at a time', action: 'Change' },
  cancel: { title: 'Cancel the backfill', action: 'Cancel the backfill', isDestructive: true },
  rerun: { title: 'Run again what has not succeeded', action: 'Rerun' },
};
const BUTTONS: Readonly<Record<BackfillAct | 'rerun', string>> = {
  pause: 'Pause …',
  resume: 'Resume …',
  set: 'Runs at a time …',
  cancel: 'Cancel …',
  rerun: 'Rerun …',
};

/** As it is now. */
function actsFor({ status, partial }: BackfillShown): readonly (BackfillAct | 'rerun')[] {
  if (status === 'RUNNING') return ['pause', 'set', 'cancel'];
  if (status === 'PAUSED') return ['resume', 'cancel'];
  return status === 'SUCCEEDED' && partial === 0 ? [] : ['rerun'];
}

export function BackfillButtons({ api, of, onBegun }: ActsProps) {
  const [open, setOpen] = useState<BackfillAct | 'rerun'>();
  const shown = actsFor(of);
  const close = () => setOpen(undefined);
  return (
    <>
      {shown.length === 0 ? null : (
        <fieldset class="backfill-acts" aria-label={`What can be done with backfill ${of.id}`}>
          {shown.map((one) => (
            <button
              key={one}
              type="button"
              class={one === 'cancel' ? 'small danger' : 'small'}
              disabled={isReadOnly()}
              title={readOnlyHint()}
              onClick={() => setOpen(one)}
            >
              {BUTTONS[one]}
            </button>
          ))}
        </fieldset>
      )}
      {open === undefined ? null : open === 'rerun' ? (
        <Rerun api={api} of={of} onBegun={onBegun} onClose={close} />
      ) : (
        <Ask key={open} which={open} api={api} of={of} onClose={close} />
      )}
    </>
  );
}

interface AskProps extends Pick<ActsProps, 'api' | 'of'> {
  readonly onClose: () => void;
}

function Ask({ which, api, of, onClose }: AskProps & { readonly which: BackfillAct }) {
  const { data, error, loading } = useApi<BackfillActs>(`${api}/acts`);
  const [maxActive, setMaxActive] = useState(of.maxActive);
  // What was so the last time is not what is so now.
  const plan = loading ? undefined : data?.[which];
  const { title, ...how } = ACTS[which];
  return (
    <Confirm
      {...how}
      title={`${title} ${of.id}`}
      isDisabled={plan === undefined || plan.refusal !== undefined}
      onClose={onClose}
      onConfirm={() => act('POST', `${api}/${which}`, which === 'resume' || which === 'set' ? { maxActive } : {})}
    >
      <Plan plan={plan} error={error} />
      {which === 'resume' || which === 'set' ? (
        <div class="form">
          <AtOnce value={maxActive} onChange={setMaxActive} />
        </div>
      ) : null}
    </Confirm>
  );
}

function Rerun({ api, of, onBegun, onClose }: AskProps & Pick<ActsProps, 'onBegun'>) {
  const { data, error, loading } = useApi<BackfillDryRun>(`${api}/rerun`);
  const [maxActive, setMaxActive] = useState(of.maxActive);
  const plan = loading ? undefined : data;
  return (
    <Confirm
      title={`${ACTS.rerun.title} of ${of.id}`}
      action={plan === undefined ? ACTS.rerun.action : `Start ${plural(plan.runs, 'run')}`}
      isDisabled={plan === undefined}
      onClose={onClose}
      onConfirm={async () => onBegun((await act<{ id: string }>('POST', `${api}/rerun`, { maxActive })).id)}
    >
      <div class="form">
        <AtOnce value={maxActive} onChange={setMaxActive} />
      </div>
      {plan !== undefined ? (
        <DryRun plan={plan} maxActive={maxActive} />
      ) : error !== undefined ? (
        <ErrorBox problem={error} />
      ) : (
        <Loading label="Finding out what it would do" />
      )}
    </Confirm>
  );
}
