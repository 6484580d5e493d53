/** The reference page of EXTENDED COPY, from the declarations that the code runs on. */
import type { Field } from '../../src/codec/field.ts';
import type { Fields } from '../../src/codec/layout.ts';
import type { Format } from '../../src/explain/format.ts';
import { FORMATS } from '../../src/explain/registry.ts';
import { exampleParts } from './examples.ts';
import { formatPart } from './formats.ts';
import { page, table } from './markdown.ts';
import { limitsTable, readingsTable } from './readings.ts';
import { ruleParts } from './rules.ts';
import { cscdTable, rodTable, segmentTable, serviceActionTable } from './support.ts';

const INTRODUCTION = `The tables on this page are made from the declarations that this project
encodes, decodes, explains and executes with (\`npm run docs\`). Numbers with an h are hexadecimal,
fields of several bytes are big-endian, bit 7 is the most significant one. Clauses are those of
SPC-4 revision 36 unless they name another standard.`;

const SEGMENT_NOTE = `A target without tapes reports no segment type that has a stream device, and
refuses those with 26h/09h; each type is optional (SPC-4 6.4.4).`;

const MODEL = `A segment moves bytes through two queues that live as long as the command: *source
data*, read and not yet processed, and *destination data*, processed and not yet written. A block
device moves whole blocks, a tape whole transfers; what is left when a segment ends is treated by
CAT of the segment and PAD of its two CSCD descriptors (SPC-4 5.17.7.2):`;

const RESIDUE = table(['source PAD', 'destination PAD', 'CAT', 'source data', 'destination data'], [
  ['any', 'any', '1', 'kept; dropped after the last segment',
    'kept; dropped after the last segment'],
  ['1', '1', '0', 'dropped', 'padded with zeros to a whole transfer and written (a)'],
  ['0', '1', '0', 'as with CAT=1', 'padded with zeros to a whole transfer and written (a)'],
  ['1', '0', '0', 'dropped', 'dropped'],
  ['0', '0', '0', 'an error: 26h/0Ah', 'an error: 26h/0Ah'],
]);

const RESIDUE_NOTES = `(a) Not where the segment says how much is written: after 01h, 0Ch, 09h, 0Ah,
and 02h or 0Dh with DC=1, destination data that is left is the error 26h/0Ah. A missing device counts
as PAD=0. Nothing left is never an error.`;

const COUNTS = table(['segment', 'read', 'processed', 'written'], [
  ['00h 0Bh, 02h 0Dh with DC=0, 03h 0Eh', 'whole units, just enough', 'as many bytes as it names',
    'as many whole units as there are'],
  ['01h 0Ch, 02h 0Dh with DC=1, 09h', 'whole units, just enough',
    'what destination data lacks', 'exactly as much as it names'],
  ['08h', 'its byte range, whole', 'as many bytes as it names, what was left first',
    'as many whole transfers as there are'],
  ['0Ah', 'its byte range, whole', 'as many bytes as it names', 'its byte range'],
  ['04h 05h', 'nothing', 'nothing: the bytes join destination data',
    'as many whole transfers as there are'],
  ['06h 0Fh', 'whole units, just enough', 'removed instead', 'nothing'],
  ['07h 10h 11h 12h 14h 15h', 'nothing', 'nothing', 'nothing; both queues stay'],
  ['13h 16h BEh BFh', 'past the queues', 'nothing', 'past the queues, which stay'],
]);

const COPY_KINDS = ['CDB', 'parameter list', 'descriptor', 'parameter data', 'page'] as const;
const HEADINGS: Readonly<Record<(typeof COPY_KINDS)[number], string>> = {
  CDB: 'CDBs', 'parameter list': 'Parameter lists',
  descriptor: 'Descriptors', 'parameter data': 'Parameter data', page: 'Pages',
};

/** The smallest value that a field admits; nothing if it admits all. */
function firstOf(field: Field<unknown> | undefined): number {
  if (field?.check(-1)?.severity !== 'error') return 0;
  for (let value = 0; value < 0x10000; value += 1) {
    if (field.check(value)?.severity !== 'error') return value;
  }
  return 0;
}

/** By operation code and service action, or by type code; then by name. */
function inOrder(a: Format, b: Format): number {
  const codeOf = ({ layout }: Format): number => {
    const { opcode, serviceAction, type } = layout.fields as Fields; // AnyLayout hides them
    return 0x100 * firstOf(opcode) + firstOf(serviceAction) + firstOf(type);
  };
  return codeOf(a) - codeOf(b) || (a.title < b.title ? -1 : 1);
}

const formatParts = (): string[] => COPY_KINDS.flatMap((kind) => {
  const formats = FORMATS.filter((one) => one.id.startsWith('copy/') && one.kind === kind)
    .sort(inOrder);
  return formats.length === 0 ? [] : [`## ${HEADINGS[kind]}`, ...formats.flatMap(formatPart)];
});

/** The whole page. */
export const extendedCopyPage = (): string => page([
  '# EXTENDED COPY, to the bit', INTRODUCTION,
  '## What there is, and what serverfree does with it',
  serviceActionTable(), cscdTable(), segmentTable(), SEGMENT_NOTE, rodTable(),
  '## How a segment is processed', MODEL, RESIDUE, RESIDUE_NOTES, COUNTS,
  '## Rules',
  'ILLEGAL REQUEST comes before the first segment, and then nothing has been copied. COPY ABORTED '
    + 'comes with the number of the segment in COMMAND-SPECIFIC INFORMATION, with what is left of '
    + 'it in INFORMATION if something of it was written, and with the answer of the device that '
    + 'failed. In COPY ABORTED a pointer into a segment descriptor counts from its first byte '
    + '(SD=1); every other pointer counts from the first byte of the list.',
  ...ruleParts(),
  '## Limits and readings',
  '`serverfree target --copy NAME=VALUE` sets each of them.', limitsTable(), readingsTable(),
  '## Examples', ...exampleParts(),
  ...formatParts(),
]);
