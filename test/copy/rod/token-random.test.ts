import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../../src/io/addon.ts';
import { NodeFiles } from '../../../src/io/files.ts';
import { NativeMover } from '../../../src/io/native-mover.ts';
import { BOB, told } from '../../server/device-fixture.ts';
import { temporaryFolder } from '../../support/io-folder.ts';
import { mount } from '../../support/io-mount.ts';
import { between, pick, seeded } from '../../support/seeded.ts';
import {
  type FixtureOptions, isEqual, pattern, type Range, TokenFixture, zeroToken,
} from './token-fixture.ts';

const SIZES = [512, 4096];
const DISK_BYTES = 512 * 1024;

/** A token and what it must read. */
interface Given {
  readonly token: Uint8Array;
  readonly bytes: Uint8Array;
  readonly isVulnerable: boolean;
  readonly disk: number;
  readonly ranges: readonly { readonly lba: number; readonly blockCount: number }[];
  isRevoked: boolean;
}

/** Disks of both block lengths as arrays of bytes, beside the real ones. */
class TokenWork {
  readonly #fixture: TokenFixture;
  readonly #random: () => number;
  readonly #disks = SIZES.map(() => new Uint8Array(DISK_BYTES));
  readonly #given: Given[] = [];

  constructor(fixture: TokenFixture, random: () => number) {
    this.#fixture = fixture;
    this.#random = random;
  }

  #ranges(disk: number, blocksMax: number): { lba: number; blockCount: number }[] {
    const blocks = DISK_BYTES / SIZES[disk]!;
    const ranges: { lba: number; blockCount: number }[] = [];
    let lba = between(this.#random, 0, blocks / 2);
    for (let count = between(this.#random, 1, 4); count > 0 && lba < blocks; count -= 1) {
      const blockCount = Math.min(between(this.#random, 1, blocksMax), blocks - lba);
      ranges.push({ lba, blockCount });
      lba += blockCount + between(this.#random, 0, 20);
    }
    return this.#random() < 0.5 ? ranges : ranges.reverse();
  }

  #change(disk: number, ranges: readonly Range[]): void {
    for (const given of this.#given) {
      if (given.disk !== disk || !given.isVulnerable) continue;
      given.isRevoked ||= given.ranges.some((kept) => ranges.some(({ lba, blockCount }) =>
        Number(lba) < kept.lba + kept.blockCount && kept.lba < Number(lba) + blockCount));
    }
  }

  async write(): Promise<void> {
    const disk = between(this.#random, 0, 1);
    const [range] = this.#ranges(disk, 64) as [{ lba: number; blockCount: number }];
    const byteLength = range.blockCount * SIZES[disk]!;
    this.#change(disk, [range]);
    if (this.#random() < 0.3) {
      this.#disks[disk]!.set(new Uint8Array(byteLength), range.lba * SIZES[disk]!);
      return this.#fixture.disks[disk]!.unmap(range.lba, range.blockCount);
    }
    const bytes = pattern(byteLength, between(this.#random, 0, 1 << 20));
    this.#disks[disk]!.set(bytes, range.lba * SIZES[disk]!);
    return this.#fixture.write(disk, range.lba, bytes);
  }

  async populate(): Promise<void> {
    const disk = between(this.#random, 0, 1);
    const ranges = this.#ranges(disk, 100);
    const rodType = pick(this.#random, [0x800000, 0x800001, 0x800002, 0x80ffff]);
    const immed = this.#random() < 0.5;
    const bytes = Buffer.concat(ranges.map(({ lba, blockCount }) => this.#disks[disk]!.slice(
      lba * SIZES[disk]!, (lba + blockCount) * SIZES[disk]!)));
    const token = await this.#fixture.populate(disk, ranges, { rodType, immed });
    this.#given.push({
      token, bytes, disk, ranges, isVulnerable: rodType === 0x800001, isRevoked: false });
  }

  /** What WRITE USING TOKEN shall do is done to the arrays first. */
  async use(): Promise<void> {
    const given = this.#random() < 0.1 ? undefined : pick(this.#random, this.#given);
    const disk = between(this.#random, 0, 1);
    const size = SIZES[disk]!;
    const ranges = this.#ranges(disk, 60);
    const asked = ranges.reduce((sum, { blockCount }) => sum + blockCount, 0);
    const bytes = given?.bytes ?? new Uint8Array(asked * size);
    const offset = given === undefined ? 0
      : between(this.#random, 0, Math.ceil(bytes.length / size) - 1);
    const identifier = this.#fixture.nextIdentifier();
    if (given?.isRevoked) {
      const answer = await this.#fixture.use(disk, given.token, ranges, { offset });
      expect(told(answer)).toBe('05/23/06');
      return;
    }
    const done = Math.min(asked, Math.ceil((bytes.length - offset * size) / size));
    let left = done;
    let at = offset * size;
    for (const { lba, blockCount } of ranges) {
      const count = Math.min(left, blockCount);
      this.#disks[disk]!.fill(0, lba * size, (lba + count) * size);
      this.#disks[disk]!.set(bytes.subarray(at, at + count * size), lba * size);
      left -= count;
      at += count * size;
    }
    const answer = await this.#fixture.use(
      disk, given?.token ?? zeroToken(), ranges, { offset }, { identifier, nexus: BOB });
    this.#change(disk, done < asked ? usedOf(ranges, done) : ranges);
    expect(told(answer)).toBe('good');
    const { head } = await this.#fixture.information(disk, identifier, BOB);
    expect(head).toMatchObject({ status: done < asked ? 3 : 1, transferCount: BigInt(done) });
  }

  async same(): Promise<void> {
    for (const [disk, bytes] of this.#disks.entries()) {
      const found = await this.#fixture.read(disk, 0, DISK_BYTES / SIZES[disk]!);
      expect(isEqual(found, bytes)).toBe(true);
    }
  }
}

/** The ranges up to a block. */
function usedOf(
  ranges: readonly { lba: number; blockCount: number }[], blocks: number): Range[] {
  let left = blocks;
  return ranges.flatMap(({ lba, blockCount }) => {
    const count = Math.min(left, blockCount);
    left -= count;
    return count > 0 ? [{ lba, blockCount: count }] : [];
  });
}

async function work(seed: number, options: FixtureOptions, folder = ''): Promise<void> {
  const fixture = await TokenFixture.open({ ...options, disks: SIZES.map((blockBytes) => ({
    blockBytes, blockCount: DISK_BYTES / blockBytes, path: join('/', folder, `d${blockBytes}`),
    snapshotBytesMax: 64 * DISK_BYTES })) });
  const tokens = new TokenWork(fixture, seeded(seed));
  const random = seeded(seed + 500);
  await tokens.write();
  await tokens.populate();
  for (let step = 0; step < 40; step += 1) {
    await pick(random, [() => tokens.write(), () => tokens.populate(), () => tokens.use()])();
  }
  await tokens.same();
  await fixture.close();
  for (const { image } of fixture.disks) expect(image.snapshots.count).toBe(0);
}

describe('random writes, tokens and uses of them', () => {
  it('give what an array of bytes gives, in memory', async () => {
    for (let seed = 1; seed <= 12; seed += 1) await work(seed, {});
  });

  const folder = temporaryFolder();
  const { addon } = loadAddon();
  it.skipIf(addon === undefined)('give the same with files of the host', async () => {
    const mover = new NativeMover(addon!); // it is skipped without
    const files = new NodeFiles();
    for (let seed = 1; seed <= 4; seed += 1) {
      await work(seed, { files, mover }, folder());
      for (const name of await files.list(folder())) await files.remove(join(folder(), name));
    }
    await mover.close();
  });

  const mounted = addon === undefined ? 'no addon' : mount('btrfs');
  const isMissing = typeof mounted === 'string';
  it.skipIf(isMissing && process.env.CI !== 'true')(
    `give the same where files share space${isMissing ? ` (skipped: ${mounted})` : ''}`,
    async () => {
      if (isMissing) throw new Error(mounted);
      const mover = new NativeMover(addon!); // nothing is mounted without
      const files = new NodeFiles();
      try {
        for (let seed = 11; seed <= 13; seed += 1) {
          await work(seed, { files, mover }, mounted.folder);
          for (const name of await files.list(mounted.folder)) {
            await files.remove(join(mounted.folder, name));
          }
        }
      } finally {
        await mover.close();
        mounted.unmount();
      }
    });
});
