/** Whom the console speaks to. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { environmentText, regionOf, targetText } from '../../operate/connection';
import { PROJECT_ROOT } from '../../operate/pipelines';
import type { Context, Route } from '../server/route';
import type { About } from '../types/shell';

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/about', handle: (_, context) => aboutOf(context) },
];

async function aboutOf({ connection, readOnly, stacks }: Context): Promise<About> {
  const { pipelines } = await stacks();
  return {
    kind: connection.target.kind,
    where: targetText(connection.target) + environmentText(connection.environment),
    region: regionOf(connection),
    ...(connection.environment === undefined ? {} : { environment: connection.environment }),
    readOnly,
    pipelines: pipelines.map(({ name }) => name),
    version: version(),
  };
}

const version = (): string =>
  (JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version;
