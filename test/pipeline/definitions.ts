import {
  csv,
  definePipeline,
  key,
  landedFiles,
  merge,
  PipelineError,
  redshift,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';

/** A definition that is right, as plain data that a test may spoil. */
// biome-ignore lint/suspicious/noExplicitAny: what a test makes of it is wrong by intention
export function shop(): any {
  return {
    name: 'shop',
    trigger: s3Arrival('orders/*.csv'),
    sources: {
      orders: landedFiles({
        glob: 'orders/*.csv',
        format: csv(),
        columns: { id: key.bigint(), note: text(20) },
      }),
    },
    models: { lines: sql.text('SELECT id, note FROM orders') },
    sinks: [redshift({ model: 'lines', table: 'shop.lines', write: merge('id') })],
  };
}

/** The mistakes that `definePipeline` finds, one line each. */
export function mistakes(definition: unknown): string[] {
  try {
    definePipeline(definition as never);
    return [];
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace('  - ', ''));
  }
}
