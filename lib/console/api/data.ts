/** Tables with their newest rows, partitions of the lake, staged parts of a run. */
import { z } from 'zod';
import { parsed } from '../server/body';
import type { Request, Route } from '../server/route';
import {
  cellOfLake,
  cellOfPart,
  cellShown,
  partitionShown,
  partitionsShown,
  partOfPartition,
  rowsOfPart,
  rowsShown,
  stagedPart,
  stagedShown,
} from './data/rows';
import { rowCount, tableShown, tablesShown } from './data/tables';

const from = z.coerce.number().int().min(0).default(0);
const name = z.string().min(1).max(1024);
const cellByHash = z.object({
  column: name,
  length: z.coerce.number().int().min(1),
  md5: z.string().regex(/^[0-9a-f]{32}$/),
  from,
});
const cellByPlace = z.object({ key: name, row: z.coerce.number().int().min(0), column: name, from });
const partOfTable = z.object({ key: name, from, values: z.array(z.string()) });

const AT = '/api/data/tables/:table';
const STAGED = '/api/data/staged/:pipeline/:runId';
const given = ({ query }: Request) => Object.fromEntries(query);
const tableIn = ({ params }: Request) => params.table!;
const valuesOf = ({ query }: Request) => parsed(z.array(z.string()), query.getAll('value'));

export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/data/tables', handle: (_, context) => tablesShown(context) },
  { method: 'GET', path: AT, handle: (request, context) => tableShown(context, tableIn(request)) },
  { method: 'GET', path: `${AT}/count`, handle: (request, context) => rowCount(context, tableIn(request)) },
  { method: 'GET', path: `${AT}/rows`, handle: (request, context) => rowsShown(context, tableIn(request)) },
  {
    method: 'GET',
    path: `${AT}/cell`,
    handle: (request, context) =>
      request.query.has('key')
        ? cellOfLake(context, tableIn(request), parsed(cellByPlace, given(request)))
        : cellShown(context, tableIn(request), parsed(cellByHash, given(request))),
  },
  { method: 'GET', path: `${AT}/partitions`, handle: (request, context) => partitionsShown(context, tableIn(request)) },
  {
    method: 'GET',
    path: `${AT}/partition`,
    handle: (request, context) => partitionShown(context, tableIn(request), valuesOf(request)),
  },
  {
    method: 'GET',
    path: `${AT}/partition/rows`,
    handle: async (request, context) => {
      const wanted = parsed(partOfTable, { ...given(request), values: valuesOf(request) });
      return rowsOfPart(context, await partOfPartition(context, tableIn(request), wanted), wanted.from);
    },
  },
  {
    method: 'GET',
    path: STAGED,
    handle: ({ params: { pipeline = '', runId = '' } }, context) => stagedShown(context, pipeline, runId),
  },
  {
    method: 'GET',
    path: `${STAGED}/rows`,
    handle: async (request, context) => {
      const { pipeline = '', runId = '' } = request.params;
      const wanted = parsed(z.object({ key: name, from }), given(request));
      return rowsOfPart(context, await stagedPart(context, pipeline, runId, wanted.key), wanted.from);
    },
  },
  {
    method: 'GET',
    path: `${STAGED}/cell`,
    handle: async (request, context) => {
      const { pipeline = '', runId = '' } = request.params;
      const { key, ...wanted } = parsed(cellByPlace, given(request));
      return cellOfPart(context, await stagedPart(context, pipeline, runId, key), wanted);
    },
  },
];
