/** A link to a state of a run: the run's page, with that state open. */
import { useEffect } from 'preact/hooks';
import { Loading } from '../../parts/states';
import { go, path } from '../../shell/location';
import type { ViewProps } from '../../views';

export default function StateLink({ params: { pipeline = '', runId = '', state = '' } }: ViewProps) {
  useEffect(() => go(`${path('/runs', pipeline, runId)}?${new URLSearchParams({ state })}`, { replace: true }));
  return <Loading />;
}
