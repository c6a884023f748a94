import { countText } from '../../parts/text';
import { setQuery } from '../../shell/location';

interface Paged {
  readonly from?: number;
  readonly total?: number;
  readonly rows: readonly unknown[];
}

/** Which rows of how many, and those before and after. */
export function Pages({ shown: { from = 0, total = 0, rows } }: { readonly shown: Paged }) {
  const last = from + rows.length;
  const size = Math.max(rows.length, 50);
  if (total === 0) return null;
  return (
    <nav class="pages" aria-label="Pages">
      <span class="quiet">
        Rows {countText(from + 1)} to {countText(last)} of {countText(total)}
      </span>
      {total <= rows.length ? null : (
        <>
          <button
            type="button"
            disabled={from === 0}
            onClick={() => setQuery({ from: from - size > 0 ? String(from - size) : undefined })}
          >
            Before
          </button>
          <button type="button" disabled={last >= total} onClick={() => setQuery({ from: String(last) })}>
            After
          </button>
        </>
      )}
    </nav>
  );
}
