/** What the functions have logged: of a step, or of the whole run. */
import type { LogShown } from '../../../types/run';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { plural, utcText } from '../../parts/text';
import { now } from '../../parts/time';
import { useApi, useEvery } from '../../shell/api';

const AGAIN_MS = 2500;
/** After the end of a run: CloudWatch has its last lines some seconds late. */
const LATE_MS = 60_000;
const clock = new Intl.DateTimeFormat('sv-SE', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

export function Logs({ path, endedAt }: { readonly path: string; readonly endedAt: string | undefined }) {
  const isRunning = endedAt === undefined || now.value - Date.parse(endedAt) < LATE_MS;
  const answer = useApi<{ readonly lines: readonly LogShown[]; readonly more: number }>(path, endedAt);
  const { data, error, reload } = answer;
  useEvery(isRunning ? AGAIN_MS : undefined, answer);
  if (data === undefined)
    return error === undefined ? <Loading label="Reading the logs" /> : <ErrorBox problem={error} onRetry={reload} />;
  if (data.lines.length === 0)
    return (
      <Empty title="Nothing was logged here">
        {isRunning ? 'Lines come some seconds late.' : 'Logs are kept for 90 days.'}
      </Empty>
    );
  return (
    <div class="logs">
      {data.more > 0 ? (
        <p class="quiet">{plural(data.more, 'earlier line')}: npx stepwell logs shows all of them.</p>
      ) : null}
      <ol>
        {data.lines.map((line, index) => (
          <li key={index} class={`log is-${line.level.toLowerCase()}`}>
            <time dateTime={line.time} title={utcText(line.time)}>
              {clock.format(new Date(line.time))}
            </time>{' '}
            <span class="log-level">{line.level}</span> <span class="log-function">{line.function}</span>{' '}
            <Raw text={line.message} />
            {line.details.map(({ name, value }) => (
              <span key={name} class="log-detail">
                {' '}
                {name}=<Raw text={value} />
              </span>
            ))}
          </li>
        ))}
      </ol>
    </div>
  );
}
