/** What only a Map state has. */
import { LARGEST_BATCH_BYTES } from '../map-run/batch';
import {
  at,
  type Check,
  type Fields,
  integer,
  isExpression,
  isObject,
  list,
  type Members,
  members,
  numberPath,
  object,
  objectPayload,
  oneOf,
  onlyOne,
  type Place,
  payload,
  report,
  required,
  string,
} from './checks';

/** AWS: 40 characters, and none that an ARN cannot have. */
const LABEL_LIMIT = 40;
const LABEL_FORBIDS = /[\s?*<>{}[\]"#%\\^|~`$&,;:/\p{Cc}]/u;

const PROCESSOR_CONFIG: Fields = {
  Mode: { check: oneOf('INLINE', 'DISTRIBUTED') },
  ExecutionType: { check: oneOf('STANDARD', 'EXPRESS') },
};

/** Of an ItemProcessor. */
export function processorConfig(value: unknown, place: Place): void {
  object(value, 'ProcessorConfig', place);
  if (!isObject(value)) return;
  const inner = at(place, 'ProcessorConfig');
  const isDistributed = value.Mode === 'DISTRIBUTED';
  if (isDistributed) required(value, ['ExecutionType'], inner);
  else if ('ExecutionType' in value) report(inner, "Field 'ExecutionType' is not supported");
  members(value, PROCESSOR_CONFIG, inner);
}

const READERS = /^arn:[^:]+:states:::s3:(getObject|listObjectsV2)$/;
const WRITERS = /^arn:[^:]+:states:::s3:putObject$/;

const resource =
  (pattern: RegExp): Check =>
  (value, field, place) => {
    string(value, field, place);
    if (typeof value === 'string' && !pattern.test(value)) {
      report(place, `The field '${field}' does not match any of the allowed values`, field);
    }
  };

const MAX_ITEMS: Fields = {
  MaxItems: { check: integer(0, 100_000_000) },
  MaxItemsPath: { check: numberPath, only: 'JSONPath' },
};

const READER_CONFIG: Fields = {
  ...MAX_ITEMS,
  InputType: { check: oneOf('CSV', 'JSON', 'JSONL', 'PARQUET', 'MANIFEST') },
  Transformation: { check: oneOf('NONE', 'LOAD_AND_FLATTEN') },
  ManifestType: { check: oneOf('ATHENA_DATA', 'S3_INVENTORY') },
  CSVDelimiter: { check: oneOf('COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB') },
  CSVHeaderLocation: { check: oneOf('FIRST_ROW', 'GIVEN') },
  CSVHeaders: { check: list(string) },
  ItemsPointer: { check: string },
};

/** What does not go with an input type: AWS was seen to refuse it, or it is only for CSV and MANIFEST by the documentation. */
const NOT_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  JSON: ['CSVDelimiter', 'CSVHeaderLocation', 'CSVHeaders', 'ManifestType'],
  JSONL: ['CSVDelimiter', 'CSVHeaderLocation', 'CSVHeaders'],
  PARQUET: ['CSVDelimiter', 'CSVHeaderLocation', 'CSVHeaders'],
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html ("Contents of the ItemReader field") */
const readerConfig: Check = (value, field, place) => {
  if (!isObject(value)) {
    if (place.language === 'JSONPath' || typeof value !== 'string')
      report(place, 'Expected value of type Object', field);
    return;
  }
  const inner = at(place, field);
  const { InputType, CSVHeaderLocation, ItemsPointer, Transformation } = value as Members;
  if (InputType === 'CSV' && CSVHeaderLocation === undefined) {
    report(inner, "The field 'CSVHeaderLocation' is required");
  }
  if (Transformation === 'LOAD_AND_FLATTEN' && InputType === undefined) {
    report(inner, "The field 'InputType' is required");
  }
  for (const name of NOT_OF_TYPE[String(InputType)] ?? []) {
    if (name in value) report(inner, `Field '${name}' is not supported`);
  }
  if (CSVHeaderLocation === 'GIVEN') required(value, ['CSVHeaders'], inner);
  if (typeof ItemsPointer === 'string' && !/^(?:\/|$)/.test(ItemsPointer) && !isExpression(ItemsPointer)) {
    const message = `Invalid input: JSON Pointer expression must start with '/': "${ItemsPointer}"`;
    report(inner, message, 'ItemsPointer');
  }
  if (value.ManifestType === 'S3_INVENTORY' && 'InputType' in value)
    report(inner, "Field 'InputType' is not supported");
  onlyOne(value, ['MaxItems', 'MaxItemsPath'], inner, true);
  const isLater = (member: unknown) => place.language === 'JSONata' && isExpression(member);
  const known = Object.entries(value).filter(([name, member]) => name in MAX_ITEMS || !isLater(member));
  members(Object.fromEntries(known), READER_CONFIG, inner);
};

const inside =
  (fields: Fields, needed: readonly string[] = [], pairs: readonly (readonly string[])[] = []): Check =>
  (value, field, place) => {
    object(value, field, place);
    if (!isObject(value)) return;
    const inner = at(place, field);
    required(value, needed, inner);
    members(value, fields, inner);
    for (const pair of pairs) onlyOne(value, pair, inner, true);
  };

export const itemReader = inside(
  {
    Resource: { check: resource(READERS) },
    ReaderConfig: { check: readerConfig },
    Parameters: { check: objectPayload, only: 'JSONPath' },
    Arguments: { check: objectPayload, only: 'JSONata' },
  },
  ['Resource'],
);

const ANY_BATCH_LIMIT = [
  'MaxItemsPerBatch',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatch',
  'MaxInputBytesPerBatchPath',
];

/** https://states-language.net/#batching-items: it "MUST contain at least one of" them. */
export const itemBatcher: Check = (value, field, place) => {
  batcherFields(value, field, place);
  if (isObject(value)) someOf(value, ANY_BATCH_LIMIT, at(place, field));
};

function someOf(given: Members, fields: readonly string[], place: Place): void {
  if (fields.some((field) => field in given)) return;
  report(place, `This object should have at least one of the following fields: [${fields.join(', ')}]`);
}

const batcherFields = inside(
  {
    BatchInput: { check: payload },
    MaxItemsPerBatch: { check: integer(0) },
    MaxItemsPerBatchPath: { check: numberPath, only: 'JSONPath' },
    MaxInputBytesPerBatch: { check: integer(0, LARGEST_BATCH_BYTES) },
    MaxInputBytesPerBatchPath: { check: numberPath, only: 'JSONPath' },
  },
  [],
  [
    ['MaxItemsPerBatch', 'MaxItemsPerBatchPath'],
    ['MaxInputBytesPerBatch', 'MaxInputBytesPerBatchPath'],
  ],
);

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html ("Required field combinations"): it is not empty,
 * and what is written where go together.
 */
export const resultWriter: Check = (value, field, place) => {
  writerFields(value, field, place);
  if (!isObject(value)) return;
  const inner = at(place, field);
  const destination = place.language === 'JSONata' ? 'Arguments' : 'Parameters';
  if (!('Resource' in value || destination in value)) someOf(value, ['Resource', 'WriterConfig'], inner);
  else required(value, ['Resource', destination], inner);
};

const writerFields = inside({
  Resource: { check: resource(WRITERS) },
  WriterConfig: {
    check: inside({
      Transformation: { check: oneOf('NONE', 'COMPACT', 'FLATTEN') },
      OutputType: { check: oneOf('JSON', 'JSONL') },
    }),
  },
  Parameters: { check: objectPayload, only: 'JSONPath' },
  Arguments: { check: objectPayload, only: 'JSONata' },
});

/** Labels are unique in the machine. */
export function label(state: Members, place: Place, labels: Set<string>): void {
  const { Label } = state;
  if (typeof Label !== 'string') return;
  const location = `${place.path}/Label`;
  const refuse = (code: string, message: string) => place.diagnostics.push({ code, message, location });
  if (Label.length > LABEL_LIMIT) {
    const message = `Invalid Label name: ${Label} exceeds the ${LABEL_LIMIT}-character limit allowed by the service`;
    refuse('INVALID_LABEL_NAME', message);
  } else if (Label === '' || LABEL_FORBIDS.test(Label)) {
    refuse('INVALID_LABEL_NAME', `Invalid Label name: ${Label} contains invalid characters`);
  }
  if (labels.has(Label)) refuse('DUPLICATE_LABEL_NAME', `Duplicate Label name: ${Label}`);
  labels.add(Label);
}
