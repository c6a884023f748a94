/** Pausing and resuming: each says first what it does. */
import { useState } from 'preact/hooks';
import type { Missed } from '../../../types/triggers';
import { Confirm } from '../../parts/dialog';
import { Raw } from '../../parts/raw';
import { ErrorBox, Loading } from '../../parts/states';
import { plural } from '../../parts/text';
import { Moment } from '../../parts/time';
import { act, useApi } from '../../shell/api';
import { path } from '../../shell/location';

interface AskProps {
  readonly pipeline: string;
  /** what becomes of what comes meanwhile, in a sentence; files, and times, are kept */
  readonly kept?: string;
  readonly onClose: () => void;
}

export function Pause({ pipeline, kept, onClose }: AskProps) {
  const [reason, setReason] = useState('');
  return (
    <Confirm
      title={`Pause ${pipeline}?`}
      action="Pause"
      onConfirm={() => act('POST', path('/api/triggers', pipeline, 'pause'), { reason })}
      onClose={onClose}
    >
      <p>Nothing starts it by itself any more. Runs under way go on, and a person may start some.</p>
      <p>{kept ?? 'What comes meanwhile is kept, and can be loaded when it is resumed.'}</p>
      <label class="field">
        Why (stays in the ledger)
        <input value={reason} maxLength={500} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
    </Confirm>
  );
}

export function Resume({ pipeline, onClose }: AskProps) {
  const { data, error, loading } = useApi<Missed>(path('/api/triggers', pipeline, 'missed'));
  const [missed, setMissed] = useState<Missed['policy']>();
  const chosen = missed ?? data?.policy ?? 'all';
  return (
    <Confirm
      title={`Resume ${pipeline}?`}
      action="Resume"
      isDisabled={loading || data === undefined}
      onConfirm={() => act('POST', path('/api/triggers', pipeline, 'resume'), { missed: chosen })}
      onClose={onClose}
    >
      {error === undefined ? null : <ErrorBox problem={error} />}
      {data === undefined ? (
        error === undefined ? (
          <Loading label="Looking what has come meanwhile" />
        ) : null
      ) : (
        <>
          <p>It starts by itself again.</p>
          {data.since === undefined ? (
            <p>Nobody knows since when it was paused, so nothing is loaded that came meanwhile.</p>
          ) : data.total === 0 ? (
            <p>
              Nothing is missing since <Moment at={data.since} />.
            </p>
          ) : (
            <>
              <p>
                Since <Moment at={data.since} />{' '}
                {data.total === 1 ? 'this has' : `${plural(data.total, 'run')} would have`}{' '}
                {data.total === 1 ? 'come' : 'started'}:
              </p>
              <ul>
                {data.titles.map((title) => (
                  <li key={title}>
                    <Raw text={title} />
                  </li>
                ))}
                {data.total > data.titles.length ? (
                  <li class="quiet">and {plural(data.total - data.titles.length, 'other')}</li>
                ) : null}
              </ul>
              <label class="field">
                Of these start
                <select
                  value={chosen}
                  onChange={({ currentTarget }) => setMissed(currentTarget.value as Missed['policy'])}
                >
                  <option value="all">all</option>
                  {data.hasLast ? <option value="last">the last</option> : null}
                  <option value="none">none</option>
                </select>
              </label>
            </>
          )}
        </>
      )}
    </Confirm>
  );
}
