/** From a service's error to what a person reads. */
import type { ManyFiles } from '../../lib/tasks/gather';
import { sparkFailureIn } from '../../lib/tasks/spark-failure';
import type { Failure } from './read-failure';

/** The cause in one sentence. */
export function sentenceOf({ error, cause, step }: Failure): string {
  const message = messageIn(cause);
  const text = message || WITHOUT_CAUSE[error] || `${step ? `The step ${step}` : 'The run'} failed with ${error}`;
  const sentence = redacted(text)
    .replace(/\s+/g, ' ')
    .replace(/(?<!\.)\.\.(?= |$)/g, '.')
    .trim();
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** What a schedule's run reads is no file: it is read anew, from a source that may have been corrected. */
export interface ReadAnew {
  /** the command that starts a new run of the interval */
  readonly command: string;
  /** it failed in Extract */
  readonly inExtract: boolean;
  /** … of landed files, in the versions that lay there when the run began */
  readonly ofFiles?: boolean;
}

/** What to do now. */
export function remedyFor(error: string, interval?: ReadAnew, manyFiles?: ManyFiles): string {
  return (
    (interval ? remediesOfInterval(interval)[error] : undefined) ??
    (manyFiles === undefined ? undefined : remediesOfMany(manyFiles)[error]) ??
    REMEDIES[error] ??
    'This can be a passing trouble: redrive the run. It goes on at the step that failed, and nothing is loaded twice.'
  );
}

const WITHOUT_CAUSE: Readonly<Record<string, string>> = {
  'States.Timeout': 'The step did not end within its time',
  'States.HeartbeatTimeout': 'The step gave no sign of life',
  'States.DataLimitExceeded': 'A step returned more than 256 KiB',
  ABORTED: 'The run was stopped by hand',
};

/**
 * A redrive goes on with the plan that the run began with, so what lies in the pipeline's definition needs a new run. Dropping the
 * file again is one: the content is taken over from a run that failed.
 */
const NEW_RUN = 'then put the file into the landing bucket again: that starts a new run';
const REPEATED = 'A redrive would fail again: it reads the same input with the same definition.';
const REMEDIES: Readonly<Record<string, string>> = {
  UnreadableFile: `Put a correct file under the same key: that starts a new run. ${REPEATED}`,
  MissingFiles: 'Put the file where the source looks for it, then redrive: the run looks again.',
  ContractDrift: `Correct the file, or change the contract's columns or its onDrift and deploy, ${NEW_RUN}. ${REPEATED}`,
  TooManyBadRows: `Correct the rows in the file, or raise the limits in onBadRow and deploy, ${NEW_RUN}. ${REPEATED}`,
  CheckFailed: `Correct the file, or the model or check and deploy, ${NEW_RUN}. ${REPEATED}`,
  ModelFailed: `Correct the file, or the model's SQL and deploy, ${NEW_RUN}. ${REPEATED}`,
  RowFunctionFailed:
    'Correct your row function and deploy it, then redrive: the run goes on in this step with the new code.',
  StatementFailed:
    'Correct what the database complains of (a grant, a column of the target table, a value that does not fit), then redrive.',
  InvalidTaskInput:
    "Correct what the run was started with, or deploy the pipeline's stack again if its functions are older than its state machine; then start a new run. A redrive gives the same input to the same step.",
  RowsDoNotReconcile: 'Redrive the run; if it happens again, please report it as a bug.',
  AccessDenied: 'Add the missing grant, deploy, then redrive.',
  SourceRefused:
    'Correct what the source complains of (the secret, a right there, its address), then redrive; what is declared in the pipeline needs a deploy and a new run.',
  ExtractorFailed:
    'Correct what the source answers, or your extractor and deploy it; then redrive: the run goes on in this step with the new code.',
  UnreadableAnswer:
    'See what the source answers now: if that is a trouble of its own, redrive; if it answers otherwise for good, change the pipeline and deploy, then start a new run.',
  ABORTED: 'Redrive it to go on where it was stopped.',
};

/** A new run has what is put there again. The good files of the run are in no other. */
function remediesOfMany(manyFiles: ManyFiles): Readonly<Record<string, string>> {
  const { runId, comeAlong } = manyFiles;
  if (manyFiles.ofStream) return remediesOfStream(runId);
  const again = comeAlong
    ? 'put it into the landing bucket again under its key: the other files of the run are loaded with it'
    : 'put all files of the run into the landing bucket again, those as well that were good: no other run loads them';
  const over = `deploy, and start the same files over: npx stepwell rerun ${runId}`;
  return {
    UnreadableFile: `Correct the file, and ${again}. ${REPEATED}`,
    ContractDrift: `Correct the file, and ${again}; or change the contract's columns or its onDrift, ${over}. ${REPEATED}`,
    TooManyBadRows: `Correct the bad rows in their file, and ${again}; or raise the limits in onBadRow, ${over}. ${REPEATED}`,
    CheckFailed: `Correct the file, and ${again}; or the model or check, ${over}. ${REPEATED}`,
    ModelFailed: `Correct the file, and ${again}; or the model's SQL, ${over}. ${REPEATED}`,
  };
}

/** Its files are no person's, and what is staged of a record stays. */
function remediesOfStream(runId: string): Readonly<Record<string, string>> {
  const over = `deploy, and start the same records over: npx stepwell rerun ${runId}. Those that came since go their own way. ${REPEATED}`;
  return {
    ContractDrift: `Change the contract's columns or its onDrift, ${over}`,
    TooManyBadRows: `If the good ones are to be loaded without the others, raise the limits in onBadRow; or correct the contract, ${over}`,
    CheckFailed: `Correct the model or the check, ${over}`,
    ModelFailed: `Correct the model's SQL, ${over}`,
  };
}

function remediesOfInterval({ command, inExtract, ofFiles }: ReadAnew): Readonly<Record<string, string>> {
  const newRun = `then start a new run: ${command}`;
  if (ofFiles) {
    const again = `${newRun}. A redrive would fail again: it reads the versions of the files that lay there when the run began`;
    return {
      UnreadableFile: `Put a correct file under the same key, ${again}.`,
      ContractDrift: `Correct the file, or change the contract's columns or its onDrift and deploy, ${again}.`,
      TooManyBadRows: `Correct the rows in the files, or raise the limits in onBadRow and deploy, ${again}.`,
    };
  }
  const source = inExtract
    ? 'Correct what the source answers, then redrive; or'
    : 'Correct what the source answers, or';
  const end = inExtract ? newRun : `${newRun}. A redrive would fail again: it goes on with what was read`;
  return {
    UnreadableFile: `${source} change the pipeline and deploy, ${end}.`,
    ContractDrift: `${source} change the contract's columns or its onDrift and deploy, ${end}.`,
    TooManyBadRows: `${source} raise the limits in onBadRow and deploy, ${end}.`,
    CheckFailed: `Correct what the source answers, or the model or check and deploy, ${newRun}. ${REPEATED}`,
    ModelFailed: `Correct the model's SQL and deploy, or what the source answers, ${newRun}. ${REPEATED}`,
  };
}

/** Lambda's causes are `{"errorType": …, "errorMessage": …}`, a Spark job's is its description. */
function messageIn(cause: string): string {
  try {
    const told = JSON.parse(cause) as { errorMessage?: unknown };
    if (typeof told.errorMessage === 'string') return told.errorMessage;
    return sparkFailureIn(told) ?? cause;
  } catch {
    // It is a sentence already.
  }
  return cause;
}

const SECRET =
  /((?:password|passwd|secret_?access_?key|session_?token|x-amz-(?:signature|security-token|credential))["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi;

/** Mails travel unencrypted and are kept: nothing that opens a door goes into one. */
export function redacted(text: string): string {
  return text.replace(SECRET, '$1***');
}
