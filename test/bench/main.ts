/** Measures the project's speed goals; prints a table for each section, all goals in one, and the figures as JSON in the end. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Goal, round } from './goals';
import { rounded, SECTIONS } from './sections';

type Name = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as Name[];

const HELP = `npm run bench -- [options]

  --section <name>   one of ${NAMES.join(', ')}; may be repeated (default: all)
  --rows <n>         of the files of sections extract and rows; may be repeated (default: 1e6 and 1e7)
  --mysql-rows <n>   of the table of section mysql (default: 5e6)
  --http-rows <n>    of the answers of section http (default: 1e6)
  --items <n>        of the table of section dynamodb; may be repeated (default: 2e5 and 8e5)
  --records <n>      of section stream; may be repeated (default: 5e3 and 2e4)
  --people <n>       in each of the two files of section citizens (default: 5e6)
  --files <n>        of section smallfiles (default: 1e4)
  --pipelines <n>    of the projects of section synth; may be repeated (default: 10, 50 and 100)
  --children <n>     of the Distributed Maps of section interpreter; may be repeated (default: 1e4 and 1e5)
  --repeats <n>      of each measurement of all sections but synth, citizens, smallfiles and bundles (default: 3)
  --runs <n>         of the list of section console (default: 1e4)
  --facts <n>        of section scaling; may be repeated (default: 1e6, 1e7 and 5e7)
  --docs             section scaling writes its table into docs/scaling.md
  --drops <n>        files dropped into the warm cloud (default: 10)
  --help

Each comparison alternates with its baseline, and medians are printed. Close other programs first: "load" in the JSON tells how
busy the machine was (1-minute load average at the start of each section). Processor time is moved less by them: "cpuRatio" is the
ratio by it.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      section: { type: 'string', multiple: true, default: NAMES },
      rows: { type: 'string', multiple: true, default: ['1e6', '1e7'] },
      'mysql-rows': { type: 'string', default: '5e6' },
      'http-rows': { type: 'string', default: '1e6' },
      items: { type: 'string', multiple: true, default: ['2e5', '8e5'] },
      records: { type: 'string', multiple: true, default: ['5e3', '2e4'] },
      people: { type: 'string', default: '5e6' },
      files: { type: 'string', default: '1e4' },
      pipelines: { type: 'string', multiple: true, default: ['10', '50', '100'] },
      children: { type: 'string', multiple: true, default: ['1e4', '1e5'] },
      repeats: { type: 'string', default: '3' },
      facts: { type: 'string', multiple: true, default: ['1e6', '1e7', '5e7'] },
      docs: { type: 'boolean', default: false },
      drops: { type: 'string', default: '10' },
      runs: { type: 'string', default: '1e4' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.section.find((name) => !NAMES.includes(name as Name));
  if (values.help || unknown !== undefined) {
    process.stdout.write(unknown === undefined ? HELP : `There is no section ${unknown}.\n\n${HELP}`);
    process.exitCode = unknown === undefined ? 0 : 1;
    return;
  }
  const options = {
    rows: values.rows.map(Number),
    mysqlRows: Number(values['mysql-rows']),
    httpRows: Number(values['http-rows']),
    items: values.items.map(Number),
    records: values.records.map(Number),
    people: Number(values.people),
    files: Number(values.files),
    pipelines: values.pipelines.map(Number),
    children: values.children.map(Number),
    repeats: Number(values.repeats),
    drops: Number(values.drops),
    runs: Number(values.runs),
    facts: values.facts.map(Number),
    docs: values.docs,
  };
  const results: Record<string, unknown> = {};
  const load: Record<string, number> = {};
  const goals: Goal[] = [];
  for (const name of NAMES.filter((one) => values.section.includes(one))) {
    load[name] = round(loadavg()[0]!);
    const section = await SECTIONS[name](options);
    for (const { title, rows } of section.tables) {
      console.log(`\n${title}`);
      if (rows.length > 0) console.table(rows.map(rounded));
    }
    results[name] = section.result;
    goals.push(...section.goals);
  }
  console.log('\nGoals');
  console.table(goals);
  console.log(JSON.stringify({ goals, ...results, load }));
}

void main();
