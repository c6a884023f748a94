/** What there is to see: a line each. A view's code is loaded when it is first shown. */
import type { ComponentType } from 'preact';

export interface View {
  /** `/pipelines/:pipeline/grid`: parameters are what the component gets as `params` */
  readonly path: string;
  /** of the document, and in the navigation */
  readonly title: string;
  readonly load: () => Promise<{ readonly default: ComponentType<ViewProps> }>;
  /** stands in the navigation; the letter after `g` goes there */
  readonly nav?: string;
  /** of the local cloud alone */
  readonly localOnly?: true;
}

export interface ViewProps {
  /** decoded */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export const VIEWS: readonly View[] = [
  { path: '/', title: 'Overview', nav: 'o', load: () => import('./views/overview/overview') },
  { path: '/pipelines/:pipeline', title: 'Runs of', load: () => import('./views/pipeline/pipeline') },
  { path: '/runs/:pipeline/:runId', title: 'Run', load: () => import('./views/run/run') },
  { path: '/runs/:pipeline/:runId/states/:state', title: 'State', load: () => import('./views/run/state') },
];
