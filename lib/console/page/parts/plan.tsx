/** What an act would do, before it is done. */
import type { ActPlan, Problem } from '../../types/shell';
import { Raw } from './raw';
import { ErrorBox, Loading } from './states';

/** `plan` undefined: it is on its way, or `error` says why not. */
export function Plan({ plan, error }: { readonly plan: ActPlan | undefined; readonly error?: Problem | undefined }) {
  if (plan === undefined)
    return error === undefined ? <Loading label="Finding out what it would do" /> : <ErrorBox problem={error} />;
  if (plan.refusal !== undefined)
    return (
      <p class="pre refusal">
        <Raw text={plan.refusal} />
      </p>
    );
  return (
    <>
      {plan.sentences.map((sentence) => (
        <p key={sentence}>
          <Raw text={sentence} />
        </p>
      ))}
    </>
  );
}
