import { get } from './api';
import { trouble } from './health';
import { again } from './live';

/** What hinders the whole page. It goes by itself when all is well again. */
export function Banner() {
  const { value } = trouble;
  return (
    <div role="status" aria-live="polite">
      {value === undefined ? null : (
        <div class={`banner banner-${value.code}`}>
          <strong>{value.message}</strong> {value.remedy === undefined ? null : <span>{value.remedy}</span>}{' '}
          <span class="quiet">
            {value.againInMs === undefined
              ? 'What is shown is from before.'
              : `What is shown is from before; it is tried again every ${Math.round(value.againInMs / 1000)} s.`}
          </span>{' '}
          <button type="button" onClick={tryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}

function tryNow(): void {
  again();
  void get('/api/about').catch(() => {});
}
