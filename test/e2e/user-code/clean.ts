import { BadRow, type RowFunction } from '../../../lib/pipeline';
import type { clean, columns } from './pipelines';

/** Without the rows that end in 1; what is bad goes to quarantine. */
const cleanRow: RowFunction<typeof columns, typeof clean> = (row) => {
  if (row.note === 'bad') throw new BadRow('the API says that it is bad');
  if (row.id % 10n === 1n) return null;
  return { ...row, note: row.note?.trim(), cents: BigInt(row.rate.replace('.', '')) };
};
export default cleanRow;
