/** RODs and the segments that populate them, in a world or among disks that can keep data. */
import { crc32c } from '../../../src/bytes/crc32c.ts';
import type { Outcome } from '../../../src/sam/command.ts';
import type { SenseFormat } from '../../../src/sense/sense.ts';
import { rodCscd, type RodCscd } from '../../../src/wire/copy/cscd.ts';
import { populateRodRange, populateRodRanges } from '../../../src/wire/copy/segments.ts';
import { ALICE, type Answer } from '../../server/device-fixture.ts';
import { concatRanges, pattern, type Range, TokenFixture } from '../rod/token-fixture.ts';
import type { Offence, Place, Provocation } from './offence.ts';
import { ID, RECEIVER } from './world.ts';

export const rodOf = (rodType: number, fields: Partial<RodCscd> = {}): Uint8Array =>
  rodCscd.encode({
    type: 0xfe, luIdType: 0, peripheralDeviceType: 0, relativeInitiatorPort: 0,
    producerId: RECEIVER, rodType, lifetime: 0, inactivityTimeout: 0, rToken: false,
    delTkn: false, tokenOffset: 0, device: { format: 'block', pad: false, diskBlockLength: 512 },
    ...fields });

interface Ends {
  readonly from?: number;
  readonly to?: number;
}
const ends = ({ from = RECEIVER, to = ID.added }: Ends) =>
  ({ cat: false, sourceCscd: from, destinationCscd: to });

/** BFh; the ROD is the descriptor that has been added. */
export const populateOne = (lba: number, blockCount: number, of: Ends = {}): Uint8Array =>
  populateRodRange.encode(
    { ...ends(of), type: 0xbf, length: 0x10, lba: BigInt(lba), blockCount });
/** BEh. */
export const populateMany = (list: readonly Range[], of: Ends = {}): Uint8Array => {
  const ranges = concatRanges(list);
  return populateRodRanges.encode({ ...ends(of), type: 0xbe, length: 12 + ranges.length,
    rangeDescriptorType: 1, rangesLength: ranges.length, ranges });
};

const BLOCK_COUNT = 64;
type Options = Pick<NonNullable<Parameters<typeof TokenFixture.open>[0]>, 'limits'>;

interface Circumstances extends Options {
  /** The command finds out that the token's data are gone, and that is the end of the token. */
  readonly losesToken?: boolean;
}

/** Two disks that can keep what they have; disk 0 has bytes that are not zero. */
async function tokenDisks(sense: SenseFormat, options: Options): Promise<TokenFixture> {
  const disk = { blockCount: BLOCK_COUNT };
  const fixture = await TokenFixture.open({ ...options, disks: [disk, disk] });
  for (const unit of fixture.disks) Object.defineProperty(unit, 'senseFormat', { value: sense });
  await fixture.write(0, 0, pattern(BLOCK_COUNT * 512, 1));
  return fixture;
}

const outcomeOf = ({ rawSense, ...rest }: Answer): Outcome => ({ ...rest, sense: rawSense });

/** A rule that is broken by a command about tokens. */
export const amongDisks = (
  make: (fixture: TokenFixture) => Promise<() => Promise<Answer>> | (() => Promise<Answer>),
  place: Place = {}, { losesToken = false, ...options }: Circumstances = {}): Provocation =>
  async (sense): Promise<Offence> => {
    const fixture = await tokenDisks(sense, options);
    // As they are before a provocation makes one of them fail.
    const reads = fixture.disks.map(({ image: { file } }) => file.read.bind(file));
    const send = await make(fixture);
    return {
      place, send: async () => outcomeOf(await send()), end: () => fixture.close(),
      async state() {
        const bytes = new Uint8Array(BLOCK_COUNT * 512);
        const disks: number[] = [];
        for (const read of reads) {
          await read(bytes, 0);
          disks.push(crc32c(bytes));
        }
        return losesToken ? disks : [disks, String(fixture.rods.report(ALICE))];
      },
    };
  };
