/** The registry's file: `;` between fields, as spreadsheets in German write it. */
import { type RegistryDay, type RegistryRecord, registryRecords } from './people';

const HEADER = 'Citizen ID;Name;Birth Date;Region;Household;Income;Recorded At\n';
const PIECE_BYTES = 1024 * 1024;

/** In pieces of about a MiB: a day of millions is written without being held. */
export function* registryCsv(options: RegistryDay): Generator<Buffer> {
  let text = HEADER;
  let pieces: Buffer[] = [];
  let bytes = 0;
  for (const record of registryRecords(options)) {
    text += lineOf(record);
    if (record.fault === 'encoding') {
      // Latin-1 in the midst of UTF-8: the line of an office that never changed over.
      const start = text.lastIndexOf('\n', text.length - 2) + 1;
      pieces.push(Buffer.from(text.slice(0, start)), Buffer.from(text.slice(start), 'latin1'));
      bytes += text.length;
      text = '';
    }
    if (bytes + text.length >= PIECE_BYTES) {
      yield Buffer.concat([...pieces, Buffer.from(text)]);
      pieces = [];
      bytes = 0;
      text = '';
    }
  }
  yield Buffer.concat([...pieces, Buffer.from(text)]);
}

function lineOf(record: RegistryRecord): string {
  const { citizenId, name, birthDate, region, household, income, recordedAt, fault } = record;
  if (fault === 'cut off') return `${citizenId};${quoted(name)};${birthDate}\n`;
  return `${citizenId};${quoted(name)};${birthDate};${quoted(region)};${household};${income};${recordedAt}\n`;
}

const quoted = (text: string): string => (/[";]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
