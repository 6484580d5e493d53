import { describe, expect, it } from 'vitest';
import { writeU32 } from '../../../src/bytes/big-endian.ts';
import { crc32c } from '../../../src/bytes/crc32c.ts';
import { ALICE, BOB, told } from '../../server/device-fixture.ts';
import { pattern, populateList, TokenFixture } from './token-fixture.ts';

const RANGE = { lba: 16, blockCount: 100 };

describe('a token', () => {
  it('with any byte altered reads nothing', async () => {
    const fixture = await TokenFixture.open();
    await fixture.write(0, 0, pattern(512 * 512, 1));
    const token = await fixture.populate(0, [RANGE]);
    const told23 = new Set<string>();
    for (let at = 0; at < 512; at += 1) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const forged = token.slice();
        forged[at]! ^= bits;
        told23.add(told(await fixture.use(1, forged, [RANGE])));
      }
    }
    // INVALID TOKEN LENGTH for bytes 6 and 7 alone, TOKEN CORRUPT for the others.
    expect([...told23].sort()).toEqual(['05/23/05', '05/23/0A']);
    expect((await fixture.read(1, 0, 4096)).every((byte) => byte === 0)).toBe(true);
    await fixture.close();
  });

  it('that is made up with the right checksum reads nothing', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    for (const at of [0, 3, 15, 63, 130, 256, 300, 475, 476, 507]) {
      const forged = token.slice();
      forged[at]! ^= 0x02;
      writeU32(forged, 508, crc32c(forged.subarray(0, 508)));
      expect(told(await fixture.use(1, forged, [RANGE]))).toMatch(/^05\/23\/0[45]$/);
    }
    await fixture.close();
  });

  it('of another target device, or of no type that is accepted, is told apart', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    const foreign = token.slice();
    foreign.set(new TextEncoder().encode('iqn.other:x'), 132);
    foreign.fill(7, 256);
    expect(told(await fixture.use(1, foreign, [RANGE]))).toBe('05/23/02');
    foreign[3] = 9;
    expect(told(await fixture.use(1, foreign, [RANGE]))).toBe('05/23/01');
    expect(told(await fixture.use(1, new Uint8Array(512), [RANGE]))).toBe('05/23/0A');
    const nothing = new Uint8Array(512);
    nothing.set([0, 0x80, 0, 2, 0, 0, 1, 0xf8]);
    expect(told(await fixture.use(1, nothing, [RANGE]))).toBe('05/23/05');
    await fixture.close();
  });

  it('of a process that has ended is not known', async () => {
    const first = await TokenFixture.open();
    const token = await first.populate(0, [RANGE]);
    const second = await TokenFixture.open({ seed: 5 });
    expect(told(await second.use(1, token, [RANGE]))).toBe('05/23/04');
    await Promise.all([first.close(), second.close()]);
  });

  it('of a logical unit out of reach is not known', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    fixture.hidden.set(BOB.initiatorName, fixture.disks[0]!);
    expect(told(await fixture.use(1, token, [RANGE], {}, { nexus: BOB }))).toBe('05/23/04');
    expect(fixture.rods.report(BOB)).toHaveLength(8);
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('good');
    expect(fixture.rods.report(ALICE)).toHaveLength(8 + 96);
    expect([...fixture.rods.report(ALICE).subarray(8)]).toEqual([...token.subarray(0, 96)]);
    await fixture.close();
  });

  it('expires if nobody uses it, and every use begins its time anew', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE], { inactivity: 100 });
    for (let i = 0; i < 3; i += 1) {
      fixture.clock.pass(99.9);
      expect(told(await fixture.use(1, token, [RANGE]))).toBe('good');
    }
    fixture.clock.pass(100);
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/07');
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });

  it('gives its space back when it expires, although nobody asks for it', async () => {
    const fixture = await TokenFixture.open();
    await fixture.populate(0, [RANGE], { inactivity: 100 });
    await fixture.populate(0, [RANGE], { inactivity: 200 });
    for (const left of [1, 0]) {
      fixture.clock.pass(100);
      fixture.clock.ring();
      expect(fixture.disks[0]!.image.snapshots.count).toBe(left);
    }
    expect(fixture.clock.timerCount).toBe(0);
    await fixture.close();
  });

  it('ends with its lifetime, used or not', async () => {
    const fixture = await TokenFixture.open({ limits: { tokenLifetimeMaxS: 500 } });
    const token = await fixture.populate(0, [RANGE]);
    for (const [seconds, sense] of [[290, 'good'], [209, 'good'], [1, '05/23/07']] as const) {
      fixture.clock.pass(seconds);
      expect(told(await fixture.use(1, token, [RANGE]))).toBe(sense);
    }
    fixture.clock.pass(501);
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/04');
    await fixture.close();
  });

  it('is deleted by the command that asks for it, once that has ended well', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    expect(told(await fixture.use(1, token, [RANGE], { delTkn: true, offset: 100 })))
      .toBe('05/26/00');
    expect(told(await fixture.use(1, token, [RANGE], { delTkn: true }))).toBe('good');
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/09');
    expect(fixture.rods.report(ALICE)).toHaveLength(8);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });

  it('of a change vulnerable ROD is revoked by a change of its blocks alone', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE], { rodType: 0x800001 });
    await fixture.write(0, 15, pattern(512, 1));
    await fixture.write(0, 116, pattern(512, 1));
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('good');
    await fixture.disks[0]!.unmap(115, 1);
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/06');
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });

  it('is cancelled if there is no room for what it stands for', async () => {
    const fixture = await TokenFixture.open({ disks: [{ snapshotBytesMax: 64 * 1024 }, {}] });
    await fixture.write(0, 0, pattern(4096 * 512, 1));
    const token = await fixture.populate(0, [{ lba: 0, blockCount: 1024 }]);
    await fixture.write(0, 0, pattern(512, 2));
    expect(told(await fixture.use(1, token, [{ lba: 0, blockCount: 128 }]))).toBe('good');
    await fixture.write(0, 512, pattern(512, 2));
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/08');
    await fixture.close();
  });

  it('has an identifier that no other has', async () => {
    const fixture = await TokenFixture.open();
    const identifiers = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const token = await fixture.populate(0, [RANGE]);
      identifiers.add(Buffer.from(token.subarray(8, 16)).toString('hex'));
    }
    expect(identifiers.size).toBe(40);
    await fixture.close();
  });
});

describe('records of tokens', () => {
  it('are bounded, the oldest that have ended go first', async () => {
    const fixture = await TokenFixture.open({ limits: { tokenCountMax: 1 } });
    const tokens: Uint8Array[] = [];
    for (let i = 0; i < 6; i += 1) {
      const token = await fixture.populate(0, [RANGE]);
      tokens.push(token);
      await fixture.use(1, token, [RANGE], { delTkn: true });
    }
    const answers: string[] = [];
    for (const token of tokens) answers.push(told(await fixture.use(1, token, [RANGE])));
    expect(answers).toEqual([...Array<string>(2).fill('05/23/04'),
      ...Array<string>(4).fill('05/23/09')]);
    await fixture.close();
  });

  it('are all gone when the copy manager closes', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    fixture.rods.close();
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/04');
    expect(told(await fixture.send(0, 0x10, populateList([RANGE])))).toBe('good');
    await fixture.close();
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
  });
});
