/** Generations of LTO: what they are called, and which drive reads and writes which tape. */
import { concat } from '../bytes/concat.ts';
import type { CartridgeLabel } from '../media/tape-types.ts';
import { densityDescriptor, densitySupport, mediumTypeDescriptor } from '../wire/ssc/data.ts';

/** What is told of a recording density. The tape's real capacity is the cartridge's own. */
export interface Density {
  readonly generation: number;
  readonly code: number;
  /** MEDIUM TYPE of the mode parameter header. */
  readonly mediumType: number;
  readonly name: string;
  readonly bitsPerMm: number;
  readonly tracks: number;
  /** In MB. */
  readonly capacity: number;
  /** Of the tape, in metres. */
  readonly lengthMetres: number;
}

const lto = (
  generation: number, code: number, mediumType: number, name: string, bitsPerMm: number,
  tracks: number, capacity: number, lengthMetres: number): Density =>
  ({ generation, code, mediumType, name, bitsPerMm, tracks, capacity, lengthMetres });

/** Source: the manuals of LTO drives. */
const DENSITIES: readonly Density[] = [
  lto(1, 0x40, 0x18, 'U-18', 4880, 384, 100_000, 609),
  lto(2, 0x42, 0x28, 'U-28', 7398, 512, 200_000, 609),
  lto(3, 0x44, 0x38, 'U-316', 9638, 704, 400_000, 680),
  lto(4, 0x46, 0x48, 'U-416', 12725, 896, 800_000, 820),
  lto(5, 0x58, 0x58, 'U-516', 15142, 1280, 1_500_000, 846),
  lto(6, 0x5a, 0x68, 'U-616', 15142, 2176, 2_500_000, 846),
  lto(7, 0x5c, 0x78, 'U-732', 19107, 3584, 6_000_000, 960),
  lto(8, 0x5e, 0x88, 'U-832', 20669, 6656, 12_000_000, 960),
  lto(9, 0x60, 0x98, 'U-932', 21456, 8960, 18_000_000, 1035),
];

/** A drive's if nobody says which, as the density of a cartridge is. */
export const DEFAULT_GENERATION = 8;
/** In 0.1 mm. */
export const MEDIA_WIDTH = 127;
const ORGANIZATION = 'LTO-CVE';

export const densityOf = (code: number): Density | undefined =>
  DENSITIES.find((one) => one.code === code);

export const densityOfGeneration = (generation: number): Density | undefined =>
  DENSITIES.find((one) => one.generation === generation);

/** From this generation on two older ones cannot be read any more, but one. */
const READS_ONE_OLDER = 8;
/** The first generation with tapes that are written once. */
const FIRST_WORM = 3;

/** What a drive can do with a tape. */
export type Use = 'write' | 'read' | 'none';

/**
 * A drive writes tapes of its own generation and the one before, and reads one that is older
 * still, up to LTO-7. Source: the manuals of LTO drives.
 */
export function useOf(generation: number, tape: Density): Use {
  const age = generation - tape.generation;
  if (age < 0) return 'none';
  if (age <= 1) return 'write';
  return age === 2 && generation < READS_ONE_OLDER ? 'read' : 'none';
}

type TapeLabel = Pick<CartridgeLabel, 'densityCode' | 'worm'>;

/** As `useOf`, of a cartridge, which may be of no density that is known. */
export function useOfCartridge(generation: number, { densityCode, worm }: TapeLabel): Use {
  const density = densityOf(densityCode);
  if (density === undefined || (worm && generation < FIRST_WORM)) return 'none';
  return useOf(generation, density);
}

/** WORM media have a type of their own. */
const WORM_TYPE = 0x04;

/** MEDIUM TYPE of the mode parameter header; 0 of none, or of what is not known. */
export function mediumTypeOf(label: TapeLabel | undefined): number {
  const density = label === undefined ? undefined : densityOf(label.densityCode);
  if (density === undefined || label === undefined) return 0;
  return label.worm ? density.mediumType | WORM_TYPE : density.mediumType;
}

const describe = (generation: number, density: Density): Uint8Array => densityDescriptor.encode({
  primary: density.code, secondary: density.code, wrtok: useOf(generation, density) === 'write',
  dup: false, deflt: density.generation === generation, dlv: false, length: 0,
  bitsPerMm: density.bitsPerMm, mediaWidth: MEDIA_WIDTH, tracks: density.tracks,
  capacity: density.capacity, organization: ORGANIZATION, densityName: density.name,
  description: `Ultrium ${density.generation}/${density.tracks}T` });

function describeType(density: Density, worm: boolean): Uint8Array {
  const densities = new Uint8Array(9);
  densities[0] = density.code;
  return mediumTypeDescriptor.encode({
    mediumType: mediumTypeOf({ densityCode: density.code, worm }),
    length: mediumTypeDescriptor.size - 4, densityCount: 1, densities, mediaWidth: MEDIA_WIDTH,
    mediumLength: density.lengthMetres, organization: ORGANIZATION,
    typeName: `LTO-${density.generation}`,
    description: `Ultrium ${density.generation} ${worm ? 'WORM' : 'data'}` });
}

/** What REPORT DENSITY SUPPORT asks for. */
export interface DensityRequest {
  readonly generation: number;
  /** MEDIUM TYPE: kinds of media, not densities. */
  readonly mediumType: boolean;
  /** MEDIA: what the mounted cartridge is, and no other. */
  readonly mounted: TapeLabel | undefined;
}

/** Densities or medium types that a drive can use, or those of its tape. Source: SSC-4 7.10. */
export function densityReport({ generation, mediumType, mounted }: DensityRequest): Uint8Array {
  const told = DENSITIES.filter((density) => (mounted === undefined
    ? useOf(generation, density) !== 'none' : density.code === mounted.densityCode));
  const descriptors = concat(mediumType ? told.flatMap((density) => wormOrNot(density, mounted)
    .map((worm) => describeType(density, worm))) : told.map((one) => describe(generation, one)));
  return densitySupport.encode({ availableLength: descriptors.length + 2, descriptors });
}

const wormOrNot = (density: Density, mounted: TapeLabel | undefined): boolean[] => {
  if (mounted !== undefined) return [mounted.worm];
  return density.generation < FIRST_WORM ? [false] : [false, true];
};
