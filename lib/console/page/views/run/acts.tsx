/** Redrive, stop, rerun: each says what it will do before it does it, or why it cannot. */
import { useState } from 'preact/hooks';
import type { RunActs } from '../../../types/run';
import type { ActPlan } from '../../../types/shell';
import { Confirm, Dialog } from '../../parts/dialog';
import { Plan } from '../../parts/plan';
import { isReadOnly, readOnlyHint } from '../../shell/about';
import { act, useApi } from '../../shell/api';
import { go, path } from '../../shell/location';
import { useShortcut } from '../../shell/shortcuts';

type Act = 'redrive' | 'stop' | 'rerun' | 'missing';

const ACTS: Readonly<Record<Act, { readonly title: string; readonly button: string; readonly isDestructive?: true }>> =
  {
    redrive: { title: 'Redrive this run', button: 'Redrive' },
    stop: { title: 'Stop this run', button: 'Stop', isDestructive: true },
    rerun: { title: 'Run the same load again', button: 'Rerun' },
    missing: { title: 'Load the missing partitions', button: 'Load missing' },
  };

export interface ActsProps {
  /** `/api/runs/<pipeline>/<run>` */
  readonly api: string;
  readonly status: string;
  readonly onDone: () => void;
}

export function Acts({ api, status, onDone }: ActsProps) {
  const [open, setOpen] = useState<Act>();
  const isRunning = status === 'RUNNING' || status === 'WAITING';
  const failed = ['FAILED', 'TIMED_OUT', 'ABORTED'].includes(status);
  const shown: Act[] = isRunning
    ? ['stop']
    : [...(failed ? ['redrive' as const] : []), ...(status === 'PARTIAL' ? ['missing' as const] : []), 'rerun'];
  useShortcut('r', 'Redrive or rerun', () => {
    const [first] = shown;
    if (first !== 'stop' && !isReadOnly()) setOpen(first);
  });
  return (
    <div class="actions">
      {shown.map((one, index) => (
        <button
          key={one}
          type="button"
          class={one === 'stop' ? 'danger' : index === 0 && status !== 'SUCCEEDED' ? 'primary' : undefined}
          disabled={isReadOnly()}
          title={readOnlyHint()}
          onClick={() => setOpen(one)}
        >
          {ACTS[one].button}
        </button>
      ))}
      {open === undefined ? null : (
        <Ask key={open} act={open} api={api} onDone={onDone} onClose={() => setOpen(undefined)} />
      )}
    </div>
  );
}

interface AskProps extends Pick<ActsProps, 'api' | 'onDone'> {
  readonly act: Act;
  readonly onClose: () => void;
}

function Ask({ act: which, api, onDone, onClose }: AskProps) {
  const { title, button, isDestructive } = ACTS[which];
  const { data, error, loading } = useApi<RunActs>(`${api}/acts`);
  // What was so the last time is not what is so now.
  const plan: ActPlan | undefined = loading ? undefined : data?.[which];
  if (plan?.refusal !== undefined)
    return (
      <Dialog
        title={title}
        onClose={onClose}
        footer={
          <button type="button" onClick={onClose}>
            Close
          </button>
        }
      >
        <Plan plan={plan} />
      </Dialog>
    );
  return (
    <Confirm
      title={title}
      action={button}
      {...(isDestructive ? { isDestructive } : {})}
      isDisabled={plan === undefined}
      onClose={onClose}
      onConfirm={async () => {
        if (which === 'redrive' || which === 'stop') {
          await act('POST', `${api}/${which}`);
          onDone();
          return;
        }
        const started = await act<{ pipeline: string; runId: string }>('POST', `${api}/rerun`, {
          missingOnly: which === 'missing',
        });
        go(path('/runs', started.pipeline, started.runId));
      }}
    >
      <Plan plan={plan} error={error} />
    </Confirm>
  );
}
