/** What becomes of residual data at the end of a segment. Source: SPC-4 tables 116 and 117. */

export type Fate = 'keep' | 'drop' | 'pad' | 'error';

export interface ResidueRow {
  readonly sourcePad: boolean;
  readonly destinationPad: boolean;
  readonly source: Fate;
  readonly destination: Fate;
}

/** CAT=1, whatever the PAD bits are. */
const CAT_ROW = { source: 'keep', destination: 'keep' } as const;

/** CAT=0. */
const ROWS: readonly ResidueRow[] = [
  { sourcePad: true, destinationPad: true, source: 'drop', destination: 'pad' },
  { sourcePad: false, destinationPad: true, source: 'keep', destination: 'pad' },
  { sourcePad: true, destinationPad: false, source: 'drop', destination: 'drop' },
  { sourcePad: false, destinationPad: false, source: 'error', destination: 'error' },
];

/** What a segment says of its residue; a device that its type lacks counts as PAD=0. */
export interface ResidueBits {
  readonly cat: boolean;
  readonly sourcePad: boolean;
  readonly destinationPad: boolean;
  /** The blocks or bytes to write are designated: nothing can be padded behind them. */
  readonly isDesignated: boolean;
}

export function fates(
  { cat, sourcePad, destinationPad, isDesignated }: ResidueBits): Pick<ResidueRow,
  'source' | 'destination'> {
  if (cat) return CAT_ROW;
  const row = ROWS.find((one) =>
    one.sourcePad === sourcePad && one.destinationPad === destinationPad)!; // all four are there
  return row.destination === 'pad' && isDesignated ? { ...row, destination: 'error' } : row;
}
