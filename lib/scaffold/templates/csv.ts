/** A pipeline of files that land, with a contract that was read off one of them. */
import { contractText, type InferredColumn, type InferredContract } from '../infer-contract';
import type { Sample } from '../read-sample';
import { builder, importing, literal, options } from './code';
import { type ModelColumn, modelSql, modelTest } from './model';
import { BUILDERS, type Files, type TemplateNames } from './names';

export function csvFiles(names: TemplateNames, sample: Sample, contract: InferredContract): Files {
  const { columns } = contract;
  const ending = endingOf(sample.name);
  return {
    'pipeline.ts': pipeline(names, contract, ending),
    [`${names.model}.sql`]: modelSql(names.source, columns.map(modelColumn), SQL_COMMENT),
    [`${names.model}.test.yaml`]: test(names, contract),
    [`sample.${ending}`]: sample.beginning,
    'samples.ts': samples(names, sample, ending),
  };
}

const SQL_COMMENT = 'One row for each row of a file. Clean, rename, compute and filter here, in the SQL of DuckDB.';

/** `csv` of `Export 1.csv.gz`: sample data is not zipped, what lands may be. */
function endingOf(name: string): string {
  const ending = /\.([A-Za-z0-9]{1,10})$/.exec(name.replace(/\.gz$/i, ''))?.[1] ?? 'csv';
  return ending === 'ts' || ending === 'sql' || ending === 'yaml' ? 'csv' : ending;
}

const modelColumn = ({ name, conversion }: InferredColumn): ModelColumn =>
  conversion === undefined ? { name } : { name, sql: conversion.sql(name) };

function pipeline(
  { pipeline: name, model, source, schema, lib }: TemplateNames,
  contract: InferredContract,
  ending: string,
): string {
  const { columns, format } = contract;
  const { kind: _, ...written } = format;
  const patterns = [`${name}/*.${ending}`, `${name}/*.${ending}.gz`].map(literal);
  const key = columns.find(({ isKey }) => isKey);
  const code = `export default definePipeline({
  name: ${literal(name)},
  description: ${literal(`Files that land under ${name}/, in Redshift`)},
  trigger: s3Arrival(${patterns.join(', ')}),
  sources: {
    ${source}: landedFiles({
      glob: [${patterns.join(', ')}],
      format: csv(${options(written)}),
      columns: {
${columns.map(columnLine).join('\n')}
      },
    }),
  },
  models: { ${model}: sql(${literal(`${model}.sql`)}) },
  sinks: [redshift({ model: ${literal(model)}, table: ${literal(`${schema}.${model}`)}, write: ${key ? `merge(${literal(key.name)})` : 'append()'} })],
  checks: [rowCount(${literal(model)}, { min: 1 })],
  alerts: { email: ['data@example.com'] }, // who hears of failures
});
`;
  return `${importing(code, BUILDERS, `${lib}/pipeline`)}\n\n${code}`;
}

function columnLine({ name, header, needsHeader, type, isNullable, isKey, comment }: InferredColumn): string {
  const from = needsHeader ? `.from(${literal(header)})` : '';
  const made = isKey ? `key.${builder(type)}` : `${builder(type)}${isNullable ? '' : '.notNull()'}`;
  return `        ${name}: ${made}${from},${comment === undefined ? '' : ` // ${comment.replace(/\s+/g, ' ')}`}`;
}

/** The first row of the file, as the contract spells it. */
function test({ model, source }: TemplateNames, { columns, rows, format }: InferredContract): string {
  const texts = columns.map((column, index) => ({
    column,
    text: contractText(rows[0]?.[index] ?? '', column, format),
  }));
  const given = texts.filter(({ text }) => text !== null).slice(0, MOST_IN_TEST);
  const shown = given.length > 0 ? given : texts.slice(0, 1);
  return modelTest(source, `a row of a file is a row of ${model}`, {
    given: Object.fromEntries(shown.map(({ column, text }) => [column.name, text])),
    expect: Object.fromEntries(
      shown.map(({ column, text }) => [
        column.name,
        text === null || column.conversion === undefined ? text : column.conversion.value(text),
      ]),
    ),
  });
}

/** A test is read by people. */
const MOST_IN_TEST = 12;

const samples = ({ pipeline: name }: TemplateNames, sample: Sample, ending: string): string => {
  const file = `sample.${ending}`;
  return `/** The first rows of ${sample.name}: \`npm start\` drops them. Other files: npx stepwell drop <file> --pipeline ${name} */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const sampleFiles = () => [
  { key: ${literal(`${name}/${file}`)}, body: readFileSync(path.join(__dirname, ${literal(file)})), times: 1, bad: ${sample.misfitsInBeginning} },
];
`;
};
