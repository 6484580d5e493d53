/** Where the standard is read in two ways: the settings that choose. */
import { COPY_LIMITS, COPY_READINGS, type CopyReadings } from '../../src/copy/limits.ts';
import { table } from './markdown.ts';

/** What each value means, the default first. */
const MEANINGS: Readonly<Record<keyof CopyReadings, readonly (readonly [string, string])[]>> = {
  lid4FirstId: [['1', 'the formula 16 + 32 × ID of SPC-4 6.4.6.1'], ['0', 'as FreeBSD counts']],
  padding: [['transfer', 'a whole transfer (5.17.7.2)'],
    ['block', 'the tape block begun; 6.4.5.4 leaves room for it']],
  segmentNumber: [['third-and-fourth-byte', 'descriptor sense: the letter of 5.17.7.4'],
    ['right-aligned', 'the last two bytes of the field']],
  inlineTooLong: [['inline-data-length', '26h/0Bh, as SCST'],
    ['parameter-list-length', '1Ah/00h, as FreeBSD']],
  nul: [['obsolete', 'SPC-4: ignored'], ['null-device', 'SPC-2, SPC-3: names a null device']],
  variableResidual: [['bytes', 'SPC-4: bytes for a tape with FIXED=0'],
    ['blocks', 'SPC-2: tape blocks']],
  noListIdentifier: [['supported', 'SNLID=1'], ['refused', 'SNLID=0: 11b is 26h/00h']],
  outOfRange: [['segment', '00h/00h with a pointer to the address, the device’s 21h/00h '
    + 'forwarded: what libiscsi’s suite asks for'],
  ['device', '0Dh/01h with 21h/00h forwarded: the letter of 5.17.7.4']],
};

export const readingsTable = (): string => table(['setting', 'value', 'meaning'],
  Object.entries(MEANINGS).flatMap(([name, values]) => values.map(([value, meaning], i) =>
    [i === 0 ? `\`${name}\`` : '',
      `\`${value}\`${value === String(COPY_READINGS[name as keyof CopyReadings]) ? ' (default)'
        : ''}`, meaning])));

export const limitsTable = (): string => table(['limit', 'default'],
  Object.entries(COPY_LIMITS).map(([name, value]) => [`\`${name}\``, String(value)]));
