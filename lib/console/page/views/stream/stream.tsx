/** The stream that starts a pipeline: how far behind it is, how fast, how warm its shards are, what is staged, what was given up. */
import { useState } from 'preact/hooks';
import type { StreamShown } from '../../../types/stream';
import { Raw } from '../../parts/raw';
import { ErrorBox, Loading } from '../../parts/states';
import { StatusIcon } from '../../parts/status';
import { bytesText, countText, durationText, plural } from '../../parts/text';
import { Ago, Moment } from '../../parts/time';
import { readOnlyHint } from '../../shell/about';
import { useLive } from '../../shell/live';
import { path } from '../../shell/location';
import type { ViewProps } from '../../views';
import { Strip } from '../overview/strip';
import { Pause, Resume } from '../triggers/pause';
import { GivenUp } from './given-up';
import { Shards } from './shards';
import { perSecondText } from './words';

export default function StreamView({ params }: ViewProps) {
  const pipeline = params.pipeline!;
  const { data, error, reload } = useLive<StreamShown>(
    `stream:${pipeline}`,
    path('/api/pipelines', pipeline, 'stream'),
  );
  return (
    <>
      <div class="title">
        <h1>Stream of {pipeline}</h1>
        {data === undefined || data.state === 'active' ? null : <span class="badge">{data.state}</span>}
        <div class="actions">
          <a class="button" href={path('/pipelines', pipeline)}>
            Runs
          </a>
          {data === undefined ? null : <PauseButton stream={data} onDone={reload} />}
        </div>
      </div>
      {error === undefined ? null : <ErrorBox problem={error} onRetry={reload} />}
      {data === undefined ? error === undefined ? <Loading /> : null : <Parts stream={data} onChange={reload} />}
    </>
  );
}

interface PartProps {
  readonly stream: StreamShown;
}

function Parts({ stream, onChange }: PartProps & { readonly onChange: () => void }) {
  const { pipeline, alarms, pause, runs } = stream;
  return (
    <div class="stream-parts">
      {alarms.map(({ name, since, description }) => (
        <p key={name}>
          <StatusIcon kind="bad" label="alarm" /> <a href="/alarms">Alarm {name}</a>{' '}
          {since === undefined ? null : <Ago at={since} />}
          {description === undefined ? null : <span class="quiet">: {description}</span>}
        </p>
      ))}
      {pause === undefined ? null : (
        <p>
          Paused since <Moment at={pause.since} />, by {pause.by}
          {pause.reason === undefined ? '' : ': '}
          {pause.reason === undefined ? null : <Raw text={pause.reason} />}. Records wait in the stream, which keeps
          them for {durationText(stream.retentionHours * HOUR_MS)}.
        </p>
      )}
      <Sums stream={stream} />
      <Facts stream={stream} />
      <GivenUp stream={stream} onBegun={onChange} />
      <Shards stream={stream} />
      <section aria-labelledby="published">
        <h2 id="published">Runs that publish from it</h2>
        {runs.length === 0 ? <p class="quiet">None yet.</p> : <Strip pipeline={pipeline} runs={runs} />}
      </section>
    </div>
  );
}

/** Over the last minutes. */
function Sums({ stream }: PartProps) {
  const { put, minutes, refusedPuts, refusedReads, givenUp } = stream;
  const isRefusing = refusedPuts + refusedReads > 0;
  return (
    <dl class="sums" aria-label={`Over the last ${minutes} minutes`}>
      <div>
        <dt>Behind</dt>
        <dd>
          <Behind stream={stream} />
        </dd>
      </div>
      <div>
        <dt>Records a second</dt>
        <dd>{perSecondText(put.recordsPerSecond)}</dd>
      </div>
      <div>
        <dt>Bytes a second</dt>
        <dd>{bytesText(put.bytesPerSecond)}</dd>
      </div>
      <div>
        <dt>Refused</dt>
        <dd>
          {isRefusing ? (
            <span class="late">
              {plural(refusedPuts, 'put')}, {plural(refusedReads, 'read')}
            </span>
          ) : (
            'nothing'
          )}
        </dd>
      </div>
      <div>
        <dt>Given up</dt>
        <dd>{givenUp === 0 ? 'nothing' : <span class="late">{plural(givenUp, 'batch', 'batches')}</span>}</dd>
      </div>
    </dl>
  );
}

/** Against the age of which an alarm tells. */
function Behind({ stream: { iteratorAgeMs, lateAlarm } }: PartProps) {
  if (iteratorAgeMs === undefined) return <span class="quiet">nothing was read lately</span>;
  const isLate = lateAlarm !== undefined && iteratorAgeMs > lateAlarm.aboveMs;
  return (
    <div class="behind">
      {durationText(iteratorAgeMs)}
      {lateAlarm === undefined ? null : (
        <span class={isLate ? 'late' : 'quiet'}>
          {isLate ? 'late: ' : ''}an alarm tells of more than {durationText(lateAlarm.aboveMs)}
        </span>
      )}
    </div>
  );
}

const HOUR_MS = 3_600_000;
const WELL = new Set(['ok', 'no records processed']);

function Facts({ stream }: PartProps) {
  const { mapping, lastStaged, waiting } = stream;
  const isWell = mapping.lastResult === undefined || WELL.has(mapping.lastResult.toLowerCase());
  return (
    <dl class="facts">
      <div>
        <dt>Stream</dt>
        <dd>
          <span class="mono">{stream.stream}</span>, {stream.status.toLowerCase()}, keeps records for{' '}
          {durationText(stream.retentionHours * HOUR_MS)}
        </dd>
      </div>
      <div>
        <dt>Mapping</dt>
        <dd>
          <span class={`status is-${mapping.state === 'Enabled' ? 'good' : 'stopped'}`}>
            <StatusIcon kind={mapping.state === 'Enabled' ? 'good' : 'stopped'} />
            {mapping.state.toLowerCase()}
          </span>
          , {countText(mapping.batchSize)} records a batch at most, {plural(mapping.parallel, 'batch', 'batches')} of a
          shard at a time
        </dd>
      </div>
      <div>
        <dt>Last result</dt>
        <dd class={isWell ? undefined : 'late'}>{mapping.lastResult ?? 'none yet'}</dd>
      </div>
      <div>
        <dt>Staged last</dt>
        <dd>
          {lastStaged === undefined ? (
            <span class="quiet">nothing within a day</span>
          ) : (
            <>
              <Ago at={lastStaged.at} />, {bytesText(lastStaged.bytes)}: <span class="mono">{lastStaged.key}</span>
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Waits for the next run</dt>
        <dd>
          {waiting === undefined ? (
            'nothing'
          ) : (
            <>
              {plural(waiting.files, 'batch', 'batches')}, the first of them came <Ago at={waiting.openedAt} />
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}

function PauseButton({ stream, onDone }: PartProps & { readonly onDone: () => void }) {
  const [isAsked, setAsked] = useState<'pause' | 'resume'>();
  const locked = readOnlyHint();
  const { pipeline, state, retentionHours } = stream;
  const kept = `Records wait in the stream, which keeps them for ${durationText(retentionHours * HOUR_MS)}: what has waited for longer by then is gone.`;
  const asked = { pipeline, kept, onClose: close };
  function close() {
    setAsked(undefined);
    onDone();
  }
  return (
    <>
      <button
        type="button"
        class={state === 'active' ? undefined : 'primary'}
        disabled={locked !== undefined}
        title={locked}
        onClick={() => setAsked(state === 'active' ? 'pause' : 'resume')}
      >
        {state === 'active' ? 'Pause …' : 'Resume …'}
      </button>
      {isAsked === 'pause' ? <Pause {...asked} /> : null}
      {isAsked === 'resume' ? <Resume {...asked} /> : null}
    </>
  );
}
