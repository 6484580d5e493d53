/**
 * Labels of 80 ASCII characters, as tapes have had them since long: any tool that lists labels
 * shows whose tape this is and what lies on it. Source: ECMA-13 (volume VOL1, file HDR1, EOF1).
 */
import { ascii } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

export const LABEL_BYTES = 80;
const SYSTEM = 'SERVERFREE';

const volumeLabel = layout(
  { name: 'VOL1 label', source: 'ECMA-13', size: LABEL_BYTES },
  {
    identifier:     ascii(0, 4, 'label identifier and number'),
    volume:         ascii(4, 6, 'volume identifier'),
    accessibility:  ascii(10, 1, 'volume accessibility'),
    implementation: ascii(24, 13, 'implementation identifier'),
    owner:          ascii(37, 14, 'owner identifier'),
    version:        ascii(79, 1, 'label standard version'),
  },
);

const fileLabel = layout(
  { name: 'HDR1 or EOF1 label', source: 'ECMA-13', size: LABEL_BYTES },
  {
    identifier:    ascii(0, 4, 'label identifier and number'),
    file:          ascii(4, 17, 'file identifier'),
    fileSet:       ascii(21, 6, 'file set identifier'),
    section:       ascii(27, 4, 'file section number'),
    sequence:      ascii(31, 4, 'file sequence number'),
    generation:    ascii(35, 4, 'generation number'),
    version:       ascii(39, 2, 'generation version number'),
    created:       ascii(41, 6, 'creation date'),
    expires:       ascii(47, 6, 'expiration date'),
    accessibility: ascii(53, 1, 'file accessibility'),
    blockCount:    ascii(54, 6, 'block count'),
    system:        ascii(60, 13, 'implementation identifier'),
  },
);

/** Bytes that no field claims are spaces in a label, not zeros. */
const SPACES = new Uint8Array(LABEL_BYTES).fill(0x20);

export const encodeVolumeLabel = (volume: string): Uint8Array => volumeLabel.encode({
  identifier: 'VOL1', volume, accessibility: '', implementation: SYSTEM, owner: '', version: '4',
}, SPACES);

/** The volume identifier; undefined if these bytes are no VOL1 label that this program wrote. */
export function readVolumeLabel(record: Uint8Array): string | undefined {
  if (record.length < LABEL_BYTES) return undefined;
  const label = volumeLabel.decode(record, 0, LABEL_BYTES).value;
  const ours = label.identifier === 'VOL1' && label.implementation === SYSTEM;
  return ours ? label.volume : undefined;
}

/** What a HDR1 or EOF1 label says. */
export interface FileLabel {
  readonly kind: 'HDR1' | 'EOF1';
  /** The set's identifier, cut to 17 characters. */
  readonly set: string;
  readonly volume: string;
  /** The number of filemarks before the set's header. */
  readonly sequence: number;
  readonly createdMs: number;
  /** Records of the data file; with EOF1 only. */
  readonly blockCount: number;
}

export const encodeFileLabel = (label: FileLabel): Uint8Array => fileLabel.encode({
  identifier: label.kind, file: label.set.slice(0, 17), fileSet: label.volume, section: '0001',
  sequence: digits(label.sequence, 4), generation: '0001', version: '00',
  created: dateText(label.createdMs), expires: ' 00000', accessibility: '',
  blockCount: digits(label.blockCount, 6), system: SYSTEM,
}, SPACES);

/** Which kind of label of this program a record is, if it is one. */
export function fileLabelKind(record: Uint8Array): FileLabel['kind'] | undefined {
  if (record.length < LABEL_BYTES) return undefined;
  const { identifier, system } = fileLabel.decode(record, 0, LABEL_BYTES).value;
  const known = identifier === 'HDR1' || identifier === 'EOF1';
  return known && system === SYSTEM ? identifier : undefined;
}

/** The lowest digits: a count too large for its field wraps. */
const digits = (value: number, count: number): string =>
  String(value % 10 ** count).padStart(count, '0');

/** A century (space for 19, 0 for 20), two digits of the year, the day of the year from 001. */
function dateText(timeMs: number): string {
  const date = new Date(timeMs);
  const year = date.getUTCFullYear();
  const day = Math.floor((timeMs - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
  return `${year < 2000 ? ' ' : '0'}${digits(year, 2)}${digits(day, 3)}`;
}
