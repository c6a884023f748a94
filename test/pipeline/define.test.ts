import * as pipeline from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

// The editor would not let such definitions pass.
type Typed = 'sql' | 'key';
const p = pipeline as unknown as Record<Exclude<keyof typeof pipeline, Typed>, (...options: unknown[]) => never> &
  Pick<typeof pipeline, Typed>;

// biome-ignore lint/suspicious/noExplicitAny: what a test makes of it is wrong by intention
type Spoil = (d: any) => void;
const columns = (these: object, rest: object = {}) =>
  p.landedFiles({ glob: 'orders/*.csv', format: p.csv(), columns: these, ...rest });

test('a definition that is right is handed on as it stands', () => {
  expect(pipeline.definePipeline(shop())).toEqual({ ...shop(), validated: true });
});

test('all mistakes of a definition are told together, each with field, value, rule and remedy', () => {
  const wrong = shop();
  wrong.name = 'My Shop';
  wrong.sinks[0].table = 'lines';
  wrong.sinks[0].model = 'line';
  wrong.timeot = pipeline.hours(1);

  expect(() => pipeline.definePipeline(wrong)).toThrow(
    [
      "Pipeline 'My Shop' has 4 mistakes:",
      "  - name is 'My Shop': a name is in kebab-case: lower-case letters and digits, parts joined by -. Use e.g. 'daily-orders'.",
      "  - sinks[0].table is 'lines': a table is schema.table in lower-case letters, digits and _, at most 63 each. Use e.g. 'shop.lines'.",
      "  - timeot is 3600 s: there is no such option. Did you mean 'timeout'?",
      "  - sinks[0].model is 'line': no model has that name. Did you mean 'lines'?",
    ].join('\n'),
  );
});

describe.each<[string, [string, Spoil, ...string[]][]]>([
  [
    'the pipeline itself',
    [
      [
        'a name that is missing',
        (d) => {
          delete d.name;
        },
        "name is missing: a pipeline has a name, in kebab-case. Use e.g. name: 'daily-orders'.",
      ],
      [
        'a name that is too long',
        (d) => {
          d.name = 'a'.repeat(33);
        },
        "name is 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': a name has at most 32 characters. Shorten it: it becomes part of AWS names.",
      ],
      [
        'a name that ends in a dash',
        (d) => {
          d.name = 'orders-';
        },
        "name is 'orders-': a name is in kebab-case: lower-case letters and digits, parts joined by -. Use e.g. 'daily-orders'.",
      ],
      [
        "the foundation's name",
        (d) => {
          d.name = 'foundation';
        },
        "name is 'foundation': that stack is Stepwell's own. Rename the pipeline.",
      ],
      [
        'a misspelt option',
        (d) => {
          d.alert = {};
        },
        "alert is {}: there is no such option. Did you mean 'alerts'?",
      ],
      [
        'no sinks',
        (d) => {
          delete d.sinks;
        },
        "sinks is missing: sinks are a list. Use e.g. sinks: [redshift({ model: 'lines', table: 'shop.lines', write: merge('id') })].",
      ],
      [
        'an empty list of sinks',
        (d) => {
          d.sinks = [];
        },
        'sinks is []: a pipeline has a sink. Add redshift(), postgres(), lake(), dynamoTable() or kinesis().',
      ],
      [
        'sinks that are no list',
        (d) => {
          d.sinks = {};
        },
        "sinks is {}: sinks are a list. Use e.g. sinks: [redshift({ model: 'lines', table: 'shop.lines', write: merge('id') })].",
      ],
      [
        'no models',
        (d) => {
          d.models = {};
        },
        "models is {}: a pipeline has a model. Declare one, e.g. sql.text('SELECT * FROM orders').",
      ],
      [
        'no sources',
        (d) => {
          d.sources = {};
        },
        'sources is {}: a pipeline has a source. Declare one.',
      ],
      [
        'something else for a model',
        (d) => {
          d.models.lines = 'SELECT 1';
        },
        "models.lines is 'SELECT 1': a model is made by sql(), rowFunction() or pyspark(). Use sql('model.sql'), sql.text('SELECT …') or rowFunction('./clean.ts', { … }).",
      ],
      [
        'names that are words of SQL',
        (d) => {
          d.sources.group = d.sources.orders;
          d.models.user = d.models.lines;
        },
        "sources.group: it is a word of SQL. Rename it, e.g. by an s at its end or 'raw_' before it.",
        "models.user: it is a word of SQL. Rename it, e.g. by an s at its end or 'raw_' before it.",
      ],
      [
        'a model and a source of one name',
        (d) => {
          d.models.orders = d.models.lines;
        },
        "models.orders: a model and a source have the same name, so SQL could not tell them apart. Rename one, e.g. the source to 'raw_orders'.",
      ],
      [
        'secrets as text',
        (d) => {
          d.description = 'postgres://u:hunter2@host/db';
          d.models.lines = p.sql.text("SELECT 'AKIAIOSFODNN7EXAMPLE' AS k FROM orders");
        },
        'models.lines.text is an AWS access key, as text: what is declared here is committed and shown in the console. Take it out, revoke it, and keep it in Secrets Manager.',
        'description is a password in a URL, as text: what is declared here is committed and shown in the console. Take it out, revoke it, and keep it in Secrets Manager.',
      ],
    ],
  ],
  [
    'retry, timeout and alerts',
    [
      [
        'numbers out of range',
        (d) => {
          d.retry = { attempts: -1, interval: p.seconds(0.5), backoffRate: 0.5 };
          d.timeout = p.hours(10_000);
          d.alerts = { email: ['nobody'], quarantineRate: 5 };
        },
        'retry.attempts is -1: attempts are 0 (never again) to 99. Use e.g. 3.',
        'retry.interval is 0.5 s: Step Functions counts in whole seconds. Round it.',
        'retry.backoffRate is 0.5: a backoff rate is at least 1. Use e.g. 2.',
        'timeout.seconds is 36000000: a duration is at most a year. Use a shorter one.',
        "alerts.email[0] is 'nobody': an address looks like data@example.com. Correct it.",
        'alerts.quarantineRate is 5: a share is from 0 to 1. Use e.g. 0.01 for one in a hundred.',
      ],
      [
        'a number for a duration',
        (d) => {
          d.timeout = 60;
        },
        'timeout is 60: a duration is made by seconds(), minutes() or hours(). Use e.g. minutes(5).',
      ],
      [
        'no time at all',
        (d) => {
          d.timeout = p.minutes(0);
        },
        'timeout.seconds is 0: a duration is more than 0. Use seconds(), minutes() or hours().',
      ],
      [
        'misspelt options',
        (d) => {
          d.retry = { attempt: 3 };
          d.alerts = { email: [], quarantinRate: 0.1 };
        },
        "retry.attempt is 3: there is no such option. Did you mean 'attempts'?",
        "alerts.quarantinRate is 0.1: there is no such option. Did you mean 'quarantineRate'?",
      ],
      [
        'a first wait above the longest',
        (d) => {
          d.retry = { interval: p.minutes(2) };
        },
        'retry.maxInterval is missing: the longest wait (60 s unless told) is above the first one (interval, 2 s unless told). Use e.g. interval: seconds(2), maxInterval: minutes(5).',
      ],
      [
        'an address twice',
        (d) => {
          d.alerts = { email: ['a@b.de', 'a@b.de'] };
        },
        "alerts.email[1] is 'a@b.de': it is there twice. Remove one.",
      ],
    ],
  ],
  [
    'patterns and globs',
    [
      [
        'no pattern',
        (d) => {
          d.trigger = p.s3Arrival();
        },
        "trigger.patterns is []: s3Arrival needs a pattern. Use e.g. s3Arrival('orders/*.csv').",
      ],
      [
        'something else for a trigger',
        (d) => {
          d.trigger = { kind: 'kafka' };
        },
        "trigger.kind is 'kafka': a trigger is made by s3Arrival(), cron(), after() or streamOf(). Use e.g. s3Arrival('orders/*.csv').",
      ],
      [
        'patterns that match nothing, or not what they seem to',
        (d) => {
          d.trigger = p.s3Arrival(
            '/orders/*.csv',
            's3://bucket/orders/*.csv',
            'arn:aws:s3:::bucket/orders/*',
            ' orders/*.csv',
            'orders/',
            'orders/{yyyy}/*.csv',
            'orders/**.csv',
            '',
            'orders/[ab',
            'orders/[!a].csv',
            'orders/(a|b',
            'a|b',
            '!orders/*.csv',
          );
        },
        "trigger.patterns[0] is '/orders/*.csv': keys do not begin with / or ./. Write 'orders/*.csv'.",
        "trigger.patterns[1] is 's3://bucket/orders/*.csv': a pattern is a key, without its bucket. Write 'orders/*.csv'.",
        "trigger.patterns[2] is 'arn:aws:s3:::bucket/orders/*': a pattern is a key, without its bucket. Write 'orders/*'.",
        "trigger.patterns[3] is ' orders/*.csv': it begins or ends with a space. Write 'orders/*.csv'.",
        "trigger.patterns[4] is 'orders/': a key that ends in / is a folder, which holds no rows. Write 'orders/*', or 'orders/**' for the folders below it as well.",
        "trigger.patterns[6] is 'orders/**.csv': ** stands for whole folders, between slashes. Write e.g. 'orders/**/*.csv'; within a name use *.",
        "trigger.patterns[7] is '': a pattern names keys in the landing bucket. Use e.g. 'orders/*.csv'.",
        "trigger.patterns[8] is 'orders/[ab': a bracket is not closed, or never opened. Close it, or write \\ before a bracket that is part of the key.",
        "trigger.patterns[9] is 'orders/[!a].csv': [!…] would match the character !. Write 'orders/[^a].csv'.",
        "trigger.patterns[10] is 'orders/(a|b': a bracket is not closed, or never opened. Close it, or write \\ before a bracket that is part of the key.",
        "trigger.patterns[11] is 'a|b': | stands between alternatives only within @(…). Write e.g. '{a,b}/*.csv', or two patterns.",
        "trigger.patterns[12] is '!orders/*.csv': a pattern says which keys belong, not which do not. Name those that do, or use !(…) for a part of the name.",
        "trigger.patterns[5] is 'orders/{yyyy}/*.csv': each file starts a run of its own, whatever date it is named by. Write * in place of {yyyy}, or load the files of each date together: s3Arrival('…', { whole: quiet(minutes(10)) }).",
      ],
      [
        'a pattern that is longer than a key',
        (d) => {
          d.trigger = p.s3Arrival('orders/*.csv', `orders/${'ü'.repeat(510)}*.csv`);
        },
        "trigger.patterns[1] is 'orders/üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…: an S3 key has at most 1,024 bytes. Shorten the pattern.",
      ],
      [
        'a pattern whose files no source reads',
        (d) => {
          d.trigger = p.s3Arrival('orders/*.csv', 'oders/*.csv');
        },
        "trigger.patterns[1] is 'oders/*.csv': no source reads such files. Did you mean 'orders/*.csv'?",
      ],
      [
        'a source whose files start no run',
        (d) => {
          d.sources.returns = p.landedFiles({ glob: 'returns/*.csv', format: p.csv(), columns: { id: p.text() } });
        },
        "sources.returns.files is 'returns/*.csv': no pattern of the trigger starts a run for such files, so they would never be read. Add one: s3Arrival('returns/*.csv').",
      ],
    ],
  ],
  [
    'files by date, and how they are written',
    [
      [
        'dates that are misspelt, or that other days have as well',
        (d) => {
          d.trigger = p.cron('0 1 * * *');
          d.sources.orders = p.landedFiles({
            glob: ['orders/{YYYY}/*.csv', 'orders/{yyyy}/{dd}/*.csv', 'orders/{day}/*.csv'],
            format: p.csv(),
            columns: { id: p.key.bigint(), note: p.text(20) },
          });
        },
        "sources.orders.files[0].glob is 'orders/{YYYY}/*.csv': dates are {yyyy}, {MM}, {dd} and {HH}. Write 'orders/{yyyy}/*.csv'.",
        "sources.orders.files[1].glob is 'orders/{yyyy}/{dd}/*.csv': {dd} without {MM} means many days. Write e.g. 'clicks/{yyyy}/{MM}/{dd}/*.csv'.",
        "sources.orders.files[2].glob is 'orders/{day}/*.csv': braces hold alternatives. Write e.g. '*.{csv,txt}'; for any text use *.",
      ],
      [
        'dates and what goes with them where a file starts the run',
        (d) => {
          d.sources.orders = columns(
            { id: p.key.bigint(), note: p.text(20) },
            { glob: ['orders/*.csv', 'orders/{yyyy}.csv'], optional: true, tolerate: 0.1, intervalsBack: 1 },
          );
        },
        "sources.orders.files[1].glob is 'orders/{yyyy}.csv': a run that a file starts has no date. Write * in place of {yyyy}, or use cron().",
        'sources.orders.intervalsBack is 1: it is for runs of a schedule; a run that a file starts reads that file. Remove it, or use cron().',
        'sources.orders.optional is true: it is for runs of a schedule; a run that a file starts reads that file. Remove it, or use cron().',
        'sources.orders.tolerate is 0.1: it is for runs of a schedule; a run that a file starts reads that file. Remove it, or use cron().',
      ],
      [
        'earlier intervals of files that have no date',
        (d) => {
          d.trigger = p.cron('0 1 * * *');
          d.sources.orders = columns({ id: p.key.bigint(), note: p.text(20) }, { intervalsBack: 1 });
        },
        "sources.orders.intervalsBack is 1: no date stands in its globs, so each interval has the same files. Write e.g. 'clicks/{yyyy}/{MM}/{dd}/*.csv', or remove intervalsBack.",
      ],
      [
        'a schedule that fires several times in what a date of its files names',
        (d) => {
          d.trigger = p.cron('5 * * * *', { timezone: 'Europe/Vienna' });
          const glob = ['orders/{yyyy}/{MM}/{dd}/{HH}/*.csv', 'orders/{yyyy}/{MM}/{dd}/*.csv', 'orders/{yyyy}.csv'];
          d.sources.orders = columns({ id: p.key.bigint(), note: p.text(20) }, { glob });
        },
        "sources.orders.files[1].glob is 'orders/{yyyy}/{MM}/{dd}/*.csv': the schedule '5 * * * *' fires several times in one day, and a day's files belong to one run. Add {HH} to the glob, or use a schedule that fires once in each day at most.",
        "sources.orders.files[2].glob is 'orders/{yyyy}.csv': the schedule '5 * * * *' fires several times in one year, and a year's files belong to one run. Add {MM} to the glob, or use a schedule that fires once in each year at most.",
      ],
      [
        'options out of range',
        (d) => {
          d.trigger = p.cron('0 1 * * *');
          d.sources.orders = columns(
            { id: p.key.bigint(), note: p.text(20) },
            { intervalsBack: -1, optional: 'yes', tolerate: 2 },
          );
        },
        "sources.orders.intervalsBack is -1: intervalsBack is 0 (the run's own) or more. Use e.g. 1 for the interval before.",
        "sources.orders.optional is 'yes': optional is true or false. Use true where an interval may have no file.",
        'sources.orders.tolerate is 2: a share is from 0 to 1. Use e.g. 0.01 for one in a hundred.',
      ],
      [
        'fixed widths that leave a column without a field, that are none, or that are there twice',
        (d) => {
          const fixed = (widths: unknown, more: object = {}) =>
            columns({ id: p.key.bigint(), note: p.text(20) }, { format: p.fixedWidth({ widths, ...more }) });
          d.sources.a = fixed({ id: 4, notes: 20 });
          d.sources.b = fixed({ id: 0, note: 2.5 });
          d.sources.c = fixed(undefined);
          d.sources.d = fixed({ id: 4, note: 20, Note: 3 }, { trimed: true });
        },
        'sources.b.files[0].format.fields[0].width is 0: a field has at least one character. Raise it, or leave the field out.',
        'sources.b.files[0].format.fields[1].width is 2.5: a width counts characters. Use a whole number.',
        'sources.c.files[0].format.fields is missing: widths say how many characters each field has, in the order of the line. Use e.g. widths: { account: 10, holder: 30 }.',
        "sources.d.files[0].format.trimed is true: there is no such option. Did you mean 'trimmed'?",
        "sources.a.files[0].format is 'id, notes': its widths have no field for column 'note'. Did you mean 'notes'?",
        "sources.d.files[0].format is 'Note': two fields have that name. Rename one, e.g. filler_2.",
      ],
      [
        'a path that names no member',
        (d) => {
          d.sources.orders = columns(
            { id: p.key.bigint(), note: p.text(20) },
            { glob: 'orders/*', format: p.jsonArray({ path: 'data[0].items' }) },
          );
        },
        "sources.orders.files[0].format.path is 'data[0].items': a path names members, joined by points. Use e.g. path: 'data.items', or leave it out for the document itself.",
      ],
    ],
  ],
  [
    'sources',
    [
      [
        'no glob',
        (d) => {
          d.sources.orders = p.landedFiles({ columns: { id: p.text() } });
        },
        "sources.orders.files is []: a source reads at least one glob. Give glob: 'orders/*.csv' and format: csv(), or files.",
      ],
      [
        'no format',
        (d) => {
          d.sources.orders = p.landedFiles({ glob: 'orders/*.csv', columns: { id: p.text() } });
        },
        'sources.orders.files[0].format is missing: a format is csv(), ndjson(), jsonArray(), fixedWidth() or parquet(). Call one of them.',
      ],
      [
        'a format beside files',
        (d) => {
          d.sources.orders = p.landedFiles({
            files: { 'orders/*.csv': p.csv() },
            format: p.csv(),
            columns: { id: p.text() },
          });
        },
        'sources.orders.format is csv(…): format goes with glob; files names a format for each glob. Remove it.',
      ],
      [
        'a glob twice',
        (d) => {
          d.sources.orders = p.landedFiles({
            glob: ['orders/*.csv', 'orders/*.csv'],
            format: p.csv(),
            columns: { id: p.text() },
          });
        },
        "sources.orders.files[1].glob is 'orders/*.csv': the glob is there twice; the first one counts. Remove one.",
      ],
      [
        'misspelt options',
        (d) => {
          d.sources.orders = columns({ id: p.text() }, { format: p.csv({ delimeter: ';' }), column: {} });
        },
        "sources.orders.files[0].format.delimeter is ';': there is no such option. Did you mean 'delimiter'?",
        "sources.orders.column is {}: there is no such option. Did you mean 'columns'?",
      ],
      [
        'values out of range',
        (d) => {
          d.sources.orders = columns(
            { id: p.text() },
            { onDrift: 'evolv', onBadRow: p.quarantine({}), rangeMiB: 0, memoryMb: 100 },
          );
        },
        "sources.orders.onDrift is 'evolv': onDrift is 'fail', 'evolve', 'ignore' or 'quarantine', or one of them for each of newColumns, missingColumns, changedTypes. Use one of them, e.g. { newColumns: 'evolve', missingColumns: 'fail' }.",
        'sources.orders.onBadRow is {}: without a limit a file of nothing but bad rows would pass. Give maxRate or maxCount, e.g. quarantine({ maxRate: 0.01 }).',
        'sources.orders.memoryMb is 100: the extract function needs 512 to 10,240 MB. Raise it.',
        'sources.orders.rangeMiB is 0: rangeMiB is at least 1. Raise it.',
      ],
      [
        'a delimiter of two characters, a quote that is not ASCII',
        (d) => {
          d.sources.orders = columns({ id: p.text() }, { format: p.csv({ delimiter: '||', quote: 'ü' }) });
        },
        "sources.orders.files[0].format.delimiter is '||': a delimiter is one character. Give one, e.g. ';', or '\\t' for a tab.",
        "sources.orders.files[0].format.quote is 'ü': a quote is an ASCII character and no line break. Give one, e.g. ''', or leave it out for the double quote.",
      ],
      [
        'decimals and groups with one character, formats of times that say too little or too much',
        (d) => {
          d.sources.orders = columns(
            { id: p.text() },
            { format: p.csv({ decimal: ',', thousands: ',', dateFormat: '%d.%m.%Y %H', timestampFormat: '%d.%m.%Y' }) },
          );
        },
        "sources.orders.files[0].format.dateFormat is '%d.%m.%Y %H': a date has no time of day. Use timestampFormat, or leave the time out.",
        "sources.orders.files[0].format.timestampFormat is '%d.%m.%Y': it lacks an hour, %H, or %I with %p. Use e.g. '%d.%m.%Y %H:%M:%S'.",
        "sources.orders.files[0].format is csv(…): decimal and thousands are the same character. Give e.g. decimal: ',', thousands: '.'.",
      ],
      [
        'a header that is neither there nor not',
        (d) => {
          d.sources.orders = columns({ id: p.text() }, { format: p.csv({ header: 'skip', decimal: ';' }) });
        },
        "sources.orders.files[0].format.header is 'skip': header is true, false or 'ignore'. Use 'ignore' where there is one that does not count.",
        "sources.orders.files[0].format.decimal is ';': what stands before a fraction is '.' or ','. Use decimal: ','.",
      ],
      [
        'a delimiter that is the quote',
        (d) => {
          d.sources.orders = columns({ id: p.text() }, { format: p.csv({ delimiter: '"' }) });
        },
        'sources.orders.files[0].format is csv(…): the delimiter is the quote as well. Give two different characters.',
      ],
      [
        'a line break for a delimiter',
        (d) => {
          d.sources.orders = columns({ id: p.text() }, { format: p.csv({ delimiter: '\n' }) });
        },
        "sources.orders.files[0].format.delimiter is \"\\n\": a delimiter is an ASCII character and no line break. Give one, e.g. ';', or '\\t' for a tab.",
      ],
    ],
  ],
  [
    'columns of a contract',
    [
      [
        'none',
        (d) => {
          d.sources.orders = columns({});
        },
        'sources.orders.columns is {}: a contract has at least one column. Declare the columns of the file.',
      ],
      [
        'names',
        (d) => {
          d.sources.orders = columns({
            ID: p.bigint(),
            _x: p.text(),
            order: p.text(),
            ctid: p.text(),
            ['x'.repeat(64)]: p.text(),
          });
        },
        "sources.orders.columns.ID: a name has lower-case letters, digits and _, and begins with a letter. Write id: 'ID' is found by that name, as are other spellings of it.",
        "sources.orders.columns._x: names that begin with _ are kept for bookkeeping. Write x: '_x' is found by that name, as are other spellings of it.",
        "sources.orders.columns.order: it is a word of SQL. Rename the column, and name what it is read from: order_value: text().from('order').",
        "sources.orders.columns.ctid: PostgreSQL and Redshift have a system column of that name. Rename it, and name its header with .from('…').",
        'sources.orders.columns.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: a name has at most 63 characters, as in PostgreSQL. Shorten it.',
      ],
      [
        'types',
        (d) => {
          d.sources.orders = columns({
            a: p.decimal(40, 2),
            b: p.decimal(4, 5),
            c: p.text(0),
            d: p.text(99_999),
            e: p.timestamp({ timezone: 'Mars/X' }),
            f: 'text',
          });
        },
        'sources.orders.columns.a is decimal(40, 2): a decimal has 1 to 38 digits. Use e.g. decimal(12, 2), or double().',
        'sources.orders.columns.b is decimal(4, 5): the scale is at most the precision. Use e.g. decimal(12, 2).',
        'sources.orders.columns.c is text(0): a text has at least one character. Raise the length, or leave it out.',
        "sources.orders.columns.d is text(99999): Redshift's longest text has 65,535 bytes. Leave the length out for the longest.",
        "sources.orders.columns.e is timestamp('Mars/X'): a time zone is an IANA name. Use e.g. 'Europe/Berlin'.",
        "sources.orders.columns.f is 'text': a column is made by bigint(), text(64), key.text(32), …. Call one of them.",
      ],
      [
        'headers',
        (d) => {
          d.sources.orders = columns({
            a: p.text(),
            b: pipeline.text().from('A'),
            c: pipeline.text().from('X'),
            e: pipeline.text().from('X'),
            f: pipeline.text().from(''),
          });
        },
        "sources.orders.columns.b is read from 'A': 'a' is read from the same header. Give each column a header of its own.",
        "sources.orders.columns.e is read from 'X': 'c' is read from the same header. Give each column a header of its own.",
        "sources.orders.columns.f is '': a header has a name. Name it in from(…), or leave from out.",
      ],
    ],
  ],
  [
    'sinks',
    [
      [
        'something else for a sink',
        (d) => {
          d.sinks = [{ model: 'lines', table: 'a.b' }];
        },
        'sinks[0] is {"model":"lines","table":"a.b"}: a sink is made by redshift(), postgres(), lake(), dynamoTable(), keyspaces() or kinesis(). Call one of them.',
      ],
      [
        'tables that a database could not have',
        (d) => {
          d.sinks[0].table = 'Shop.Lines';
          d.sinks.push({ ...d.sinks[0], table: `shop.${'x'.repeat(64)}` }, { ...d.sinks[0], table: 'a.b.c' });
        },
        "sinks[0].table is 'Shop.Lines': a table is schema.table in lower-case letters, digits and _, at most 63 each. Use e.g. 'shop.lines'.",
        "sinks[1].table is 'shop.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…: a table is schema.table in lower-case letters, digits and _, at most 63 each. Use e.g. 'shop.orders'.",
        "sinks[2].table is 'a.b.c': a table is schema.table in lower-case letters, digits and _, at most 63 each. Use e.g. 'b.c'.",
      ],
      [
        'schemas and words that are taken',
        (d) => {
          d.sinks[0].table = 'pg_catalog.x';
          d.sinks.push({ ...d.sinks[0], table: 'stepwell_shop.loads' }, { ...d.sinks[0], table: 'shop.order' });
        },
        "sinks[0].table is 'pg_catalog.x': that schema belongs to the database or to Stepwell. Use one of your own, e.g. 'shop.orders'.",
        "sinks[1].table is 'stepwell_shop.loads': that schema belongs to the database or to Stepwell. Use one of your own, e.g. 'shop.orders'.",
        "sinks[2].table is 'shop.order': a word of SQL is no name. Rename it, e.g. 'shop.orders'.",
      ],
      [
        'two sinks on one table',
        (d) => {
          d.sinks.push(d.sinks[0]);
        },
        "sinks[1].table is 'shop.lines': sinks[0] writes the same redshift table. Give each sink a table of its own, or join the models in SQL.",
      ],
      [
        'a source for a model',
        (d) => {
          d.sinks[0].model = 'orders';
        },
        "sinks[0].model is 'orders': that is a source; sinks and checks work on models. Add a model, e.g. orders_rows: sql.text('SELECT * FROM orders').",
      ],
      [
        'merge into the lake',
        (d) => {
          d.sinks = [p.lake({ model: 'lines', table: 'lines', write: p.merge('id'), partitionBy: [] })];
        },
        'sinks[0].write is merge(…): a lake table has no keys to merge by. Use append() or replace(), or merge into redshift or postgres.',
      ],
      [
        'a schema in the lake, a partition column twice',
        (d) => {
          d.sinks = [p.lake({ model: 'lines', table: 'a.lines', write: p.append(), partitionBy: ['x', 'x'] })];
        },
        "sinks[0].table is 'a.lines': a lake table has lower-case letters, digits and _, at most 63, and no schema. Use e.g. 'order_lines'.",
        "sinks[0].partitionBy[1] is 'x': it is there twice. Remove one.",
      ],
      [
        'a text for a write mode',
        (d) => {
          d.sinks[0].write = 'append';
        },
        "sinks[0].write is 'append': a write mode is append(), replace(), merge(key) or scd2(key). Use one of them.",
      ],
      [
        'keys for append',
        (d) => {
          d.sinks[0].write = { mode: 'append', keys: ['id'] };
        },
        'sinks[0].write.keys is ["id"]: there is no such option. Remove it.',
      ],
      [
        'merge without a key',
        (d) => {
          d.sinks[0].write = p.merge([]);
        },
        "sinks[0].write.keys is []: merge needs a key. Name its columns: merge(['order_id', 'line']).",
      ],
      [
        'merge by a key twice',
        (d) => {
          d.sinks[0].write = p.merge(['id', 'id']);
        },
        "sinks[0].write.keys[1] is 'id': it is there twice. Remove one.",
      ],
      [
        'a misspelt option of merge',
        (d) => {
          d.sinks[0].write = p.merge('id', { newstBy: 'x' });
        },
        "sinks[0].write.newstBy is 'x': there is no such option. Did you mean 'newestBy'?",
      ],
      [
        'scd2 without a key, of nothing, into the lake; an option of another mode',
        (d) => {
          d.sinks[0].write = p.scd2([], { track: [] });
          d.sinks.push(p.lake({ model: 'lines', table: 'lines', write: p.scd2('id'), partitionBy: [] }));
          d.sinks.push(p.postgres({ model: 'lines', table: 'a.b', write: p.scd2('id', { deletedBy: 'x' }) }));
        },
        "sinks[0].write.keys is []: scd2 needs a key. Name its columns: scd2('customer_id').",
        "sinks[0].write.track is []: there is nothing to track. Name columns, e.g. track: ['city'], or leave track out for all.",
        'sinks[1].write is scd2(…): a lake table has no keys to keep the history of. Use append() or replace(), or scd2 into redshift or postgres.',
        "sinks[2].write.deletedBy is 'x': there is no such option. Known: track, newestBy.",
      ],
      [
        'an interval to replace where a file starts the run',
        (d) => {
          d.sinks[0].write = p.replace({ interval: 'note' });
        },
        "sinks[0].write.interval is 'note': a run that a file starts has no data interval. Use replace() for the whole table, merge(key), or a trigger by cron().",
      ],
      [
        'a misspelt option of a sink',
        (d) => {
          d.sinks[0].distkey = 'id';
          d.sinks.push(p.postgres({ model: 'lines', table: 'shop.lines', write: p.append(), sortKey: ['id'] }));
        },
        "sinks[0].distkey is 'id': there is no such option. Did you mean 'distKey'?",
        'sinks[1].sortKey is ["id"]: there is no such option. Known: model, table, write.',
      ],
    ],
  ],
  [
    'checks',
    [
      [
        'something else for a check',
        (d) => {
          d.checks = ['lines'];
        },
        "checks[0] is 'lines': a check is made by notNull(), unique(), rowCount(), accepted(), between(), matches(), foreignKey(), freshness(), volume(), distribution() or sqlCheck(). Call one of them.",
      ],
      [
        'of models that are not there',
        (d) => {
          d.checks = [p.notNull('orders', 'id'), p.unique('zzzzz', ['a', 'a'])];
        },
        "checks[1].columns[1] is 'a': it is there twice. Remove one.",
        "checks[0].model is 'orders': that is a source; sinks and checks work on models. Add a model, e.g. orders_rows: sql.text('SELECT * FROM orders').",
        "checks[1].model is 'zzzzz': no model has that name. Known: lines.",
      ],
      [
        'without bounds or values',
        (d) => {
          d.checks = [
            p.rowCount('lines', {}),
            p.between('lines', 'id', {}),
            p.accepted('lines', 'id', []),
            p.unique('lines', []),
            p.sqlCheck('lines', ' '),
          ];
        },
        "checks[0] is rowCount('lines', …): rowCount needs min or max. Give one, e.g. { min: 1 }.",
        "checks[1] is between('lines', …): between needs min or max. Give one, e.g. { min: 0 }.",
        'checks[2].values is []: accepted needs a value. Name those that are right.',
        "checks[3].columns is []: unique needs a column. Name it, e.g. unique('orders', 'id').",
        "checks[4].condition is ' ': a condition is SQL. Write e.g. 'amount >= 0'.",
      ],
      [
        'with bounds in the wrong order',
        (d) => {
          d.checks = [
            p.rowCount('lines', { min: 5, max: 1 }),
            p.between('lines', 'id', { min: 2, max: 1 }),
            p.between('lines', 'day', { min: '2026-02-01', max: '2026-01-31' }),
          ];
        },
        "checks[0] is rowCount('lines', …): min is above max. Swap them.",
        "checks[1] is between('lines', …): min is above max. Swap them.",
        "checks[2] is between('lines', …): min is above max. Swap them.",
      ],
      [
        'with misspelt options',
        (d) => {
          d.checks = [p.rowCount('lines', { min: 1, maximum: 5 }), p.notNull('lines', 'id', { severity: 'warning' })];
        },
        'checks[0].maximum is 5: there is no such option. Known: min, max, severity.',
        "checks[1].severity is 'warning': severity is 'error' or 'warn'. Use one of them.",
      ],
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases.map(([what, spoil, ...expected]) => [what, spoil, expected] as const))(
    '%s',
    (_what, spoil, expected) => {
      const wrong = shop();
      spoil(wrong);

      expect(mistakes(wrong)).toEqual(expected);
    },
  );
});

test.each([undefined, null, 5, []])('%p is no definition', (wrong) => {
  expect(mistakes(wrong)).toHaveLength(1);
});
