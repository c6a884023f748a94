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
  { path: '/pipelines/:pipeline/grid', title: 'Grid of', load: () => import('./views/grid/grid') },
  { path: '/pipelines/:pipeline/stream', title: 'Stream of', load: () => import('./views/stream/stream') },
  { path: '/runs/:pipeline/:runId', title: 'Run', load: () => import('./views/run/run') },
  { path: '/runs/:pipeline/:runId/states/:state', title: 'State', load: () => import('./views/run/state') },
  { path: '/data', title: 'Data', nav: 'd', load: () => import('./views/data/tables') },
  { path: '/data/:database/:table', title: 'Table', load: () => import('./views/data/table') },
  { path: '/data/staged/:pipeline/:runId', title: 'Staged parts of', load: () => import('./views/data/staged') },
  { path: '/quarantine', title: 'Quarantine', nav: 'q', load: () => import('./views/quarantine/list') },
  { path: '/quarantine/:pipeline/:runId', title: 'Bad rows of', load: () => import('./views/quarantine/run') },
  { path: '/lineage', title: 'Lineage', nav: 'l', load: () => import('./views/lineage/lineage') },
  { path: '/lineage/:table', title: 'Lineage of', load: () => import('./views/lineage/table') },
  { path: '/triggers', title: 'Triggers', nav: 't', load: () => import('./views/triggers/triggers') },
  { path: '/metrics', title: 'Metrics', nav: 'm', load: () => import('./views/watch/metrics') },
  { path: '/alarms', title: 'Alarms', nav: 'a', load: () => import('./views/watch/alarms') },
  { path: '/mail', title: 'Mailbox', nav: 'e', localOnly: true, load: () => import('./views/watch/mail') },
  { path: '/mail/:id', title: 'Mail', localOnly: true, load: () => import('./views/watch/mail') },
];
