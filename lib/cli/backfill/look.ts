/** `backfill list` and `backfill show`. */

import { explained, withCauses } from '../../operate/backfill/causes';
import { allBackfills, backfillsOf, findBackfill, isOpen, settled } from '../../operate/backfill/ledger';
import { counted, failuresOf, progressOf } from '../../operate/backfill/progress';
import { pipelineNamed } from '../../operate/connection';
import { connect } from '../connect';
import { printer, type VerbOptions } from '../printer';
import { documentOf, listLines, shownLines } from './told';

export async function listBackfills(
  pipeline: string | undefined,
  options: VerbOptions & { readonly limit: number },
): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  if (pipeline !== undefined) pipelineNamed(backfills.stacks, pipeline);
  const latest = (await allBackfills(backfills, pipeline)).slice(0, options.limit);
  const items = await Promise.all(latest.map((item) => settled(backfills, item)));
  printer(options).print(
    items.map((item) => documentOf(item)),
    () => listLines(items),
  );
}

export async function showBackfill(wanted: string, options: VerbOptions): Promise<void> {
  const backfills = await backfillsOf(await connect(options));
  const found = await findBackfill(backfills, wanted);
  const item = await explained(backfills, await counted(backfills.stepFunctions, found));
  const progress = isOpen(item) ? await progressOf(backfills.stepFunctions, item) : undefined;
  const latest = progress && progress.failed > 0 ? await failuresOf(backfills.stepFunctions, item) : [];
  const failures = await withCauses(backfills, item.pipeline, latest);
  printer(options).print({ ...documentOf(item, progress), ...(failures.length > 0 ? { failures } : {}) }, () =>
    shownLines(item, progress, failures),
  );
}
