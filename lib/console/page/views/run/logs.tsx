/** What the functions have logged: of a step, or of the whole run. */
import { useEffect } from 'preact/hooks';
import type { LogShown } from '../../../types/run';
import { Raw } from '../../parts/raw';
import { Empty, ErrorBox, Loading } from '../../parts/states';
import { plural, utcText } from '../../parts/text';
import { useApi } from '../../shell/api';

const AGAIN_MS = 2500;
const clock = new Intl.DateTimeFormat('sv-SE', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

export function Logs({ path, isRunning }: { readonly path: string; readonly isRunning: boolean }) {
  const { data, error, reload } = useApi<{ readonly lines: readonly LogShown[]; readonly more: number }>(path);
  useEffect(() => {
    if (!isRunning) {
      reload();
      return;
    }
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, [isRunning, reload]);
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
