import { about } from './about';
import { trouble } from './health';

/** What hinders the whole page. It goes by itself when all is well again. */
export function Banner() {
  const { value } = trouble;
  return (
    <div role="status" aria-live="polite">
      {value === undefined ? null : (
        <div class={`banner banner-${value.code}`}>
          <strong>{value.message}</strong> <span>{value.remedy ?? ''}</span>{' '}
          <span class="quiet">
            {value.code === 'signed-out'
              ? ''
              : value.againInMs === undefined
                ? 'Trying again …'
                : `What is shown is from before. Trying again every ${Math.round(value.againInMs / 1000)} s.`}
          </span>
        </div>
      )}
      {about.value?.readOnly === true && about.value.kind === 'local' ? null : null}
    </div>
  );
}
