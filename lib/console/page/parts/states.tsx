/** What stands where data is not: not yet, none, or an error. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../../types/shell';
import { isOfThePage } from '../shell/health';

export const Loading = ({ label = 'Loading' }: { readonly label?: string }) => (
  <p class="loading" role="status">
    {label} …
  </p>
);

/** Says what to do: `children`. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children}
  </div>
);

export function ErrorBox({ problem, onRetry }: { readonly problem: Problem; readonly onRetry?: () => void }) {
  // It has the banner.
  if (isOfThePage(problem)) return <Empty title="Nothing to show yet">It comes when the console can ask again.</Empty>;
  return (
    <div class="error" role="alert">
      <p class="pre">{problem.message}</p>
      {problem.remedy === undefined ? null : <p class="pre">{problem.remedy}</p>}
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
