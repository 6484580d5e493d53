/**
 * Peers that break the protocol on purpose, and in masses, over TCP against a target process: a
 * session that behaves goes on with verified work, and the target's memory stays bounded.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGIN_COUNT_MAX } from '../../src/iscsi/limits.ts';
import { dataOut } from '../../src/wire/iscsi/data.ts';
import { NO_TAG } from '../../src/wire/iscsi/opcodes.ts';
import { taskManagementRequest } from '../../src/wire/iscsi/task-management.ts';
import { textRequest } from '../../src/wire/iscsi/text.ts';
import { encodeLun } from '../../src/wire/spc/lun.ts';
import { IDENTITY, loginPdu, pduBytes, type ReadPdu } from '../iscsi/support/pdus.ts';
import { holdingOf } from '../soak/process-watch.ts';
import { Bystander } from '../support/bystander.ts';
import { Client } from '../support/e2e-client.ts';
import { HostilePeer } from '../support/hostile-peer.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { TargetProcess } from '../support/target-process.ts';

const SEED = 47;
const MEBIBYTE = 1024 * 1024;
/** Each attack wants the target to hold gigabytes. */
const GROWTH_BYTES_MAX = 320 * MEBIBYTE;
const PEERS = 3;
const WINDOW = 128;
/** Commands of the bystander in which an attack can take effect. */
const WHILE = 20;
const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const BYSTANDER_LUN = 1;

let folder: string;
let target: TargetProcess;
let quietSockets: number;
const peers: HostilePeer[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-hostile-'));
  target = await TargetProcess.start({ flags: [
    '--disk', `attacked=${join(folder, 'attacked')},size=64M`,
    '--disk', `other=${join(folder, 'other')},size=64M`] });
  quietSockets = holdingOf(target.pid).sockets;
});

afterAll(async () => {
  await target.kill();
  rmSync(folder, { recursive: true });
});

async function peer(name: string, ...rest: [Parameters<typeof HostilePeer.login>[2]?]) {
  const one = await HostilePeer.login(target, name, ...rest);
  peers.push(one);
  return one;
}

/** Peers with sessions of their own. */
const several = (name: string): Promise<HostilePeer[]> =>
  Promise.all(Array.from({ length: PEERS }, (_, i) => peer(`${name}-${i}`)));

/** What is attacked, at its beginning. */
async function firstBlock(): Promise<Uint8Array> {
  const client = new Client(`iscsi://${target.portal}/${target.iqn}`);
  const block = await client.must(0, '28 00 00000000 00 0001 00', { room: 512 });
  await client.close();
  return block;
}

/** Runs an attack beside a session that behaves, and looks at what the target holds. */
async function during(attack: (bystander: Bystander) => Promise<void>): Promise<void> {
  const bystander = new Bystander(target, BYSTANDER_LUN, SEED);
  await bystander.progress(WHILE);
  const before = holdingOf(target.pid).rssBytes;
  await attack(bystander);
  await bystander.progress(WHILE);
  const grown = holdingOf(target.pid).rssBytes - before;
  await Promise.all(peers.splice(0).map((one) => one.close()));
  await bystander.end();
  expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  expect(target.errors).not.toContain('internal error');
}

/** Writes until so many bytes have gone, or the target takes no more while others work. */
async function flood(one: HostilePeer, bytes: Uint8Array, count: number, bystander: Bystander) {
  let isFull = false;
  const full = bystander.progress(WHILE).then(() => {
    isFull = true;
  });
  for (let i = 0; i < count && !isFull && !one.isClosed; i += 1) {
    await Promise.race([one.write(bytes), full]);
  }
  await full;
}

describe(`beside a session that behaves (seed ${SEED})`, () => {
  it('thousands of logins that never end push themselves out', async () => {
    await during(async (bystander) => {
      const random = seeded(SEED);
      const login = loginPdu(IDENTITY);
      for (let i = 0; i < 2_000; i += 1) {
        const one = await HostilePeer.connect(target);
        peers.push(one);
        await one.write(login.subarray(0, between(random, 0, login.length - 1)));
      }
      await bystander.progress(WHILE);
      const open = holdingOf(target.pid).sockets;
      expect(open).toBeLessThan(quietSockets + LOGIN_COUNT_MAX + 8);
      await peer('late');
    });
  });

  it('sessions that ask for gigabytes and never read are held back', async () => {
    await during(async (bystander) => {
      for (const one of await several('unread')) {
        one.stopReading();
        for (let tag = 0; tag < WINDOW; tag += 1) await one.write(one.reading(tag, 8_192));
      }
      await bystander.progress(2 * WHILE);
    });
  });

  it.each<[string, (one: HostilePeer, tag: number) => Uint8Array]>([
    ['pings with data', (one, tag) => one.ping(tag, new Uint8Array(65_536))],
    ['immediate commands', (one, tag) => pduBytes(one.command(
      tag, Uint8Array.of(0x12, 0, 0, 0, 96), { immediate: true, cmdSn: one.cmdSn, read: true,
        expectedDataTransferLength: 96 }))],
    ['text requests', (one, tag) => pduBytes(textRequest.encode({ immediate: true, opcode: 0x04,
      final: true, continues: false, ...LENGTHS, lun: encodeLun(0), initiatorTaskTag: tag,
      targetTransferTag: NO_TAG, cmdSn: one.cmdSn, expStatSn: 0 }),
    new TextEncoder().encode('SendTargets=All\0'))],
    ['texts that never end', (one, tag) => pduBytes(textRequest.encode({ immediate: true,
      opcode: 0x04, final: false, continues: true, ...LENGTHS, lun: encodeLun(0),
      initiatorTaskTag: tag, targetTransferTag: NO_TAG, cmdSn: one.cmdSn, expStatSn: 0 }),
    new Uint8Array(8_192).fill(0x41))],
    ['task management', (one, tag) => pduBytes(taskManagementRequest.encode({ immediate: true,
      opcode: 0x02, final: true, function: pick(seeded(tag), [1, 2, 5]), ...LENGTHS,
      lun: encodeLun(0), initiatorTaskTag: tag, referencedTaskTag: tag - 1, cmdSn: one.cmdSn,
      expStatSn: 0, refCmdSn: 0, expDataSn: 0 }))],
    ['what is no PDU', (one, tag) => one.ping(tag, new Uint8Array(64)).fill(0x1f, 0, 1)],
  ])('floods of %s, read and unread', async (_, make) => {
    await during(async (bystander) => {
      const [reading, ...others] = await several('flood');
      for (const one of others) one.stopReading();
      await Promise.all([reading!, ...others].map(async (one, i) => {
        const bytes = Buffer.concat(Array.from({ length: 16 }, (__, tag) => make(one, tag + 1)));
        const drain = setInterval(() => { if (i === 0) one.taken(); }, 10);
        await flood(one, bytes, 4_000, bystander);
        clearInterval(drain);
      }));
    });
  });

  it('data that were asked for and never come, or never end, take no more room', async () => {
    await during(async (bystander) => {
      for (const one of await several('mute')) {
        for (let tag = 0; tag < WINDOW; tag += 1) {
          await one.write(pduBytes(one.writing(tag, 32_768)));
        }
        await bystander.progress(10);
        for (const { header } of one.taken().filter(({ opcode }) => opcode === 0x31)) {
          await one.write(answerTo(header, {}, header.desiredDataTransferLength - 4));
        }
      }
      await bystander.progress(WHILE);
    });
  });

  it('commands far from their turn are kept up to the window, or dropped', async () => {
    await during(async (bystander) => {
      const offers = [['FirstBurstLength', '262144'], ['MaxBurstLength', '1048576']] as const;
      const data = new Uint8Array(262_144);
      for (let i = 0; i < PEERS; i += 1) {
        const one = await peer(`early-${i}`, { offers });
        for (let ahead = WINDOW - 1; ahead > 0; ahead -= 1) {
          await one.write(pduBytes(one.writing(ahead, 512, { cmdSn: one.cmdSn + ahead }), data));
        }
        for (let round = 0; round < 2_000; round += 1) {
          await one.write(pduBytes(one.writing(9_000 + round, 128,
            { cmdSn: one.cmdSn + WINDOW + round }), data.subarray(0, 65_536)));
        }
      }
      await bystander.progress(WHILE);
    });
  });

  it('additional headers of any length and kind are refused, or end the connection', async () => {
    await during(async (bystander) => {
      const random = seeded(SEED);
      let one = await peer('headers');
      for (let i = 0; i < 600; i += 1) {
        if (one.isClosed) one = await peer('headers');
        const ahs = new Uint8Array(4 * between(random, 1, 255));
        if (random() < 0.7) for (let at = 0; at < ahs.length; at += 1) ahs[at] = random() * 256;
        ahs[2] = pick(random, [0, 1, 2, 3, 63]);
        await one.write(pduBytes(
          one.command(i, new Uint8Array(16)), new Uint8Array(0), undefined, ahs));
        if (i % 20 === 0) await bystander.progress(1);
      }
    });
  });

  it('wrong digests end the connection, and nothing is written', async () => {
    await during(async () => {
      const offers = [['HeaderDigest', 'CRC32C'], ['DataDigest', 'CRC32C']] as const;
      const digests = { header: true, data: true };
      const before = await firstBlock();
      for (let i = 0; i < 40; i += 1) {
        const one = await peer('digests', { offers });
        const bytes = pduBytes(one.writing(1, 1), new Uint8Array(512).fill(0xee), digests);
        bytes[i % 2 === 0 ? 48 + (i >> 1) % 4 : bytes.length - 1 - (i >> 1) % 4]! ^= 1 << i % 8;
        await one.write(bytes);
        await one.gone;
      }
      expect(await firstBlock()).toEqual(before);
    });
  });

  it('answers to other R2Ts than were sent fail the command, and no other', async () => {
    await during(async () => {
      const random = seeded(SEED);
      let one = await peer('confused');
      await one.write(pduBytes(one.command(0, new Uint8Array(6)))); // takes the unit attention
      await one.next();
      for (let tag = 1; tag < 200; tag += 1) {
        if (one.isClosed) one = await peer('confused');
        await one.write(pduBytes(one.writing(tag, 64)));
        const { opcode, header } = await one.next();
        if (opcode !== 0x31) continue; // a unit attention
        await one.write(answerTo(
          header, confusion(random, header), pick(random, [4, 512, 32_768])));
        await one.write(answerTo(header, {}, 32_768));
        const answer = await one.next().catch(() => undefined);
        expect(answer?.header.status).not.toBe(0);
      }
    });
  });

  it('a connection that stalls does not stall its session', async () => {
    await during(async () => {
      const offers = [['MaxConnections', '4']] as const;
      const first = await peer('wide', { offers });
      const others = await Promise.all([1, 2, 3].map(
        (cid) => peer('wide', { offers, tsih: first.tsih, cid })));
      first.stopReading();
      for (let tag = 0; tag < 40; tag += 1) await first.write(first.reading(tag, 8_192));
      for (const [i, other] of others.entries()) {
        other.cmdSn = first.cmdSn + 20 * i;
        for (let tag = 100; tag < 120; tag += 1) {
          await other.write(other.reading(20 * i + tag, 8));
        }
      }
      for (const other of others) {
        for (let answers = 0; answers < 20; answers += 1) {
          expect([0x21, 0x25]).toContain((await other.next()).opcode);
        }
      }
    });
  });
});

it('has forgotten them all in the end', async () => {
  await expect.poll(() => holdingOf(target.pid).sockets, { timeout: 20_000 }).toBe(quietSockets);
  await target.stop();
});

/** Data-Out for an R2T, right but for what is given. */
const answerTo = (
  r2t: ReadPdu['header'], wrong: Partial<Parameters<typeof dataOut.encode>[0]>,
  byteLength: number): Uint8Array => pduBytes(dataOut.encode({
  opcode: 0x05, final: true, ...LENGTHS, lun: encodeLun(0),
  initiatorTaskTag: r2t.initiatorTaskTag, targetTransferTag: r2t.targetTransferTag, expStatSn: 0,
  dataSn: 0, bufferOffset: r2t.bufferOffset, ...wrong,
}), new Uint8Array(Math.min(byteLength, 262_144)));

/** One thing that is not as the R2T has it. */
function confusion(random: () => number, { targetTransferTag, bufferOffset }: ReadPdu['header']) {
  return pick(random, [
    { targetTransferTag: targetTransferTag + 1 }, { targetTransferTag: NO_TAG },
    { dataSn: 1 }, { dataSn: 0xffff_ffff }, { bufferOffset: bufferOffset + 512 },
    { bufferOffset: 0xffff_fe00 },
  ]);
}
