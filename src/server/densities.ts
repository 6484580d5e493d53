import { concat } from '../bytes/concat.ts';
import type { CartridgeLabel } from '../media/tape-types.ts';
import { densityDescriptor, densitySupport } from '../wire/ssc/data.ts';

/** What is told of a recording density. The tape's real capacity is the cartridge's own. */
export interface Density {
  readonly code: number;
  /** MEDIUM TYPE of the mode parameter header. */
  readonly mediumType: number;
  readonly name: string;
  readonly description: string;
  readonly bitsPerMm: number;
  readonly tracks: number;
  /** In MB. */
  readonly capacity: number;
}

const lto = (
  generation: number, code: number, mediumType: number, name: string, bitsPerMm: number,
  tracks: number, capacity: number): Density =>
  ({ code, mediumType, name, bitsPerMm, tracks, capacity,
    description: `Ultrium ${generation}/${tracks}T` });

/** Source: the manuals of LTO drives. */
const DENSITIES: readonly Density[] = [
  lto(1, 0x40, 0x18, 'U-18', 4880, 384, 100_000),
  lto(2, 0x42, 0x28, 'U-28', 7398, 512, 200_000),
  lto(3, 0x44, 0x38, 'U-316', 9638, 704, 400_000),
  lto(4, 0x46, 0x48, 'U-416', 12725, 896, 800_000),
  lto(5, 0x58, 0x58, 'U-516', 15142, 1280, 1_500_000),
  lto(6, 0x5a, 0x68, 'U-616', 15142, 2176, 2_500_000),
  lto(7, 0x5c, 0x78, 'U-732', 19107, 3584, 6_000_000),
  lto(8, 0x5e, 0x88, 'U-832', 20669, 6656, 12_000_000),
  lto(9, 0x60, 0x98, 'U-932', 21456, 8960, 18_000_000),
];

/** What a drive writes when no cartridge says otherwise. */
const DEFAULT_DENSITY = 0x5e;
const MEDIA_WIDTH = 127;

export const densityOf = (code: number): Density | undefined =>
  DENSITIES.find((one) => one.code === code);

/** WORM media have a type of their own. */
const WORM_TYPE = 0x04;

/** MEDIUM TYPE of the mode parameter header; 0 of none, or of what is not known. */
export function mediumTypeOf(
  label: Pick<CartridgeLabel, 'densityCode' | 'worm'> | undefined): number {
  const density = label === undefined ? undefined : densityOf(label.densityCode);
  if (density === undefined || label === undefined) return 0;
  return label.worm ? density.mediumType | WORM_TYPE : density.mediumType;
}

const encode = (density: Density): Uint8Array => densityDescriptor.encode({
  primary: density.code, secondary: density.code, wrtok: true, dup: false,
  deflt: density.code === DEFAULT_DENSITY, dlv: false, length: 0, bitsPerMm: density.bitsPerMm,
  mediaWidth: MEDIA_WIDTH, tracks: density.tracks, capacity: density.capacity,
  organization: 'LTO-CVE', densityName: density.name, description: density.description });

/** All densities, or the one of the mounted medium if its code is given. Source: SSC-4 7.10. */
export function densityReport(mediumCode: number | undefined): Uint8Array {
  const told = mediumCode === undefined ? DENSITIES
    : DENSITIES.filter(({ code }) => code === mediumCode);
  const descriptors = concat(told.map(encode));
  return densitySupport.encode({ availableLength: descriptors.length + 2, descriptors });
}
