/** A run by hand. */
import { useState } from 'preact/hooks';
import type { StartedRun, TriggerShown } from '../../../types/triggers';
import { Confirm } from '../../parts/dialog';
import { act } from '../../shell/api';
import { go, path } from '../../shell/location';

interface StartProps {
  readonly trigger: TriggerShown;
  readonly onClose: () => void;
}

/** As a person writes it: `2026-11-20T07:05Z`. */
const shortTime = (iso: string): string => iso.replace(/:00(\.000)?Z$/, 'Z');

export function StartRun({ trigger: { pipeline, latestInterval, upstream, state }, onClose }: StartProps) {
  const [start, setStart] = useState(latestInterval ? shortTime(latestInterval.start) : '');
  const [end, setEnd] = useState(latestInterval ? shortTime(latestInterval.end) : '');
  const [after, setAfter] = useState('');
  const [reprocess, setReprocess] = useState(false);
  const isAfter = upstream !== undefined;
  return (
    <Confirm
      title={`Start a run of ${pipeline}?`}
      action="Start"
      onConfirm={async () => {
        const body = isAfter
          ? { ...(after === '' ? {} : { after }), reprocess }
          : { interval: `${start.trim()}/${end.trim()}`, reprocess };
        const { runId } = await act<StartedRun>('POST', path('/api/triggers', pipeline, 'runs'), body);
        go(path('/runs', pipeline, runId));
      }}
      onClose={onClose}
    >
      {state === 'paused' ? <p>It is paused, so nothing starts it by itself; this run goes on all the same.</p> : null}
      {isAfter ? (
        <label class="field">
          For the run of {upstream} (its id; the latest where there is none)
          <input value={after} onInput={({ currentTarget }) => setAfter(currentTarget.value)} />
        </label>
      ) : (
        <>
          <p>It loads an interval of its schedule, which is over: the latest, unless you name another.</p>
          <div class="interval">
            <label class="field">
              From
              <input class="mono" value={start} onInput={({ currentTarget }) => setStart(currentTarget.value)} />
            </label>
            <label class="field">
              Until before
              <input class="mono" value={end} onInput={({ currentTarget }) => setEnd(currentTarget.value)} />
            </label>
          </div>
        </>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={reprocess}
          onChange={({ currentTarget }) => setReprocess(currentTarget.checked)}
        />{' '}
        Load it again, in its place, if it is loaded already
      </label>
    </Confirm>
  );
}
