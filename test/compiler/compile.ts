/** Compiling SQL in tests: a source `orders`, and a Redshift table for each model. */
import { compile } from '../../lib/compiler';
import type { CompiledPipeline } from '../../lib/compiler/types';
import {
  append,
  boolean,
  csv,
  date,
  decimal,
  definePipeline,
  integer,
  json,
  key,
  landedFiles,
  PipelineError,
  redshift,
  s3Arrival,
  sql,
  text,
  timestamp,
} from '../../lib/pipeline';
import type { OutputColumn, Sink } from '../../lib/tasks/common';

export const columns = {
  id: key.bigint(),
  note: text(20),
  day: date(),
  price: decimal(12, 2),
  qty: integer(),
  placed: timestamp(),
  doc: json(),
  ok: boolean(),
};

/** Models as SQL, or as `{ file }`; the rest of the definition as it would be written. */
export function compileModels(
  models: Readonly<Record<string, string | { file: string }>>,
  rest: object = {},
  folder = __dirname,
): Promise<CompiledPipeline> {
  const definition = {
    name: 'shop',
    trigger: s3Arrival('orders/*.csv'),
    sources: { orders: landedFiles({ glob: 'orders/*.csv', format: csv(), columns }) },
    models: Object.fromEntries(
      Object.entries(models).map(([name, one]) => [name, typeof one === 'string' ? sql.text(one) : sql(one.file)]),
    ),
    sinks: Object.keys(models).map((model) => redshift({ model, table: `shop.${model}`, write: append() })),
    ...rest,
  };
  return compile(definePipeline(definition), { folder });
}

/** The mistakes that the compiler finds, each as it is told. */
export async function mistakes(compiling: Promise<unknown>): Promise<string[]> {
  try {
    await compiling;
    return [];
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return error.message.split(/\n {2}- /).slice(1);
  }
}

export function sinksOf({ definition }: CompiledPipeline): Sink[] {
  const load = definition.States.Load as unknown as { Branches: { States: Record<string, unknown> }[] };
  return load.Branches.map(({ States }) => {
    const [state] = Object.values(States) as { Arguments: { Payload: { sink: Sink } } }[];
    return state!.Arguments.Payload.sink;
  });
}

/** `id bigint, note text(20)` */
export const written = (all: readonly OutputColumn[]): string =>
  all
    .map(({ name, type: { type, ...details } }) => {
      const numbers = Object.values(details).join(',');
      return `${name} ${type}${numbers === '' ? '' : `(${numbers})`}`;
    })
    .join(', ');
