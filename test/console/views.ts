/** Addresses of every view that there is, for walks through all of them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const VIEWS = path.join(__dirname, '../../lib/console/page/views.ts');

/** As `/runs/:pipeline/:runId`. */
export const viewPaths = (): string[] =>
  [...readFileSync(VIEWS, 'utf8').matchAll(/\{ path: '([^']+)'/g)].map(([, found]) => found!);

/** What there is to see of it where `params` names what a suite has, else of what there is not. */
export const addressOf = (view: string, params: Readonly<Record<string, string>>): string =>
  view.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? 'nothing'));
