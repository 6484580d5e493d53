/** One field wrong at a time, in every PDU that an initiator may send; others must not notice. */
import { describe, expect, it } from 'vitest';
import { dataOut } from '../../src/wire/iscsi/data.ts';
import { nopOut } from '../../src/wire/iscsi/nop.ts';
import { logoutRequest } from '../../src/wire/iscsi/logout.ts';
import { scsiCommand } from '../../src/wire/iscsi/command.ts';
import { snackRequest } from '../../src/wire/iscsi/exceptions.ts';
import { taskManagementRequest } from '../../src/wire/iscsi/task-management.ts';
import { textRequest } from '../../src/wire/iscsi/text.ts';
import { settled } from '../initiator/support/memory-network.ts';
import type { Initiator } from '../../src/initiator/initiator.ts';
import { IDENTITY, loginPdu, pduBytes } from '../iscsi/support/pdus.ts';
import { Line } from '../target/support/line.ts';
import { PortalBench } from '../target/support/portal-bench.ts';
import { readCdb, TEST_UNIT_READY, writeCdb } from '../target/support/ram-unit.ts';

const HEADER_BYTES = 48;
const FIRST_CMD_SN = 100;
const NO_TAG = 0xffff_ffff;
const COMMON = {
  totalAhsLength: 0, dataSegmentLength: 0, lun: new Uint8Array(8), initiatorTaskTag: 7,
  cmdSn: FIRST_CMD_SN, expStatSn: 0, final: true, immediate: false } as const;
const whole = (cdb: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => cdb[i] ?? 0);
const text = new TextEncoder().encode('SendTargets=All\0');

/** PDUs that are right; each is the first of its session. */
const RIGHT: Readonly<Record<string, () => Uint8Array>> = {
  'NOP-Out': () => pduBytes(nopOut.encode(
    { ...COMMON, opcode: 0x00, targetTransferTag: NO_TAG }), new Uint8Array(8)),
  'READ(10)': () => pduBytes(scsiCommand.encode({ ...COMMON, opcode: 0x01, read: true,
    write: false, attribute: 1, expectedDataTransferLength: 512, cdb: whole(readCdb(0, 1)) })),
  'WRITE(10)': () => pduBytes(scsiCommand.encode({ ...COMMON, opcode: 0x01, read: false,
    write: true, attribute: 1, expectedDataTransferLength: 512, cdb: whole(writeCdb(4000, 1)) }),
  new Uint8Array(512)),
  'task management': () => pduBytes(taskManagementRequest.encode({ ...COMMON, opcode: 0x02,
    function: 2, referencedTaskTag: NO_TAG, refCmdSn: 0, expDataSn: 0 })),
  'Text Request': () => pduBytes(textRequest.encode(
    { ...COMMON, opcode: 0x04, continues: false, targetTransferTag: NO_TAG }), text),
  'Data-Out': () => pduBytes(dataOut.encode({ ...COMMON, opcode: 0x05, targetTransferTag: 1,
    dataSn: 0, bufferOffset: 0 }), new Uint8Array(16)),
  'Logout Request': () => pduBytes(logoutRequest.encode(
    { ...COMMON, opcode: 0x06, reason: 1, cid: 0 })),
  SNACK: () => pduBytes(snackRequest.encode({ ...COMMON, opcode: 0x10, type: 0,
    targetTransferTag: NO_TAG, begRun: 0, runLength: 0 })),
};

const wrongValues = (right: number): number[] =>
  [...new Set([0x00, 0xff, right ^ 0x01, right ^ 0x80])].filter((value) => value !== right);

/** A session that works while others do their worst. */
class Bystander {
  readonly bench: PortalBench;
  readonly #unit: Initiator;

  private constructor(bench: PortalBench, unit: Initiator) {
    this.bench = bench;
    this.#unit = unit;
  }

  static async open(): Promise<Bystander> {
    const bench = await PortalBench.open();
    bench.unit(2).bytes.set(MARK);
    return new Bystander(bench, await bench.open(2));
  }

  /** Its commands are answered, with its data; nobody else's session is left over. */
  async check(doing: string): Promise<void> {
    const { status, dataIn } = await this.#unit.execute({ cdb: readCdb(0, 1), dataInBytes: 512 });
    expect([status, Buffer.from(dataIn.subarray(0, MARK.length)).toString()], doing)
      .toEqual(['good', MARK.toString()]);
    expect(this.bench.portal.sessionCount, doing).toBe(1);
    expect(this.bench.bugs, doing).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#unit.close();
    await settled();
    // A connection whose end the peer has not seen is cut after a while.
    this.bench.clock.advance(60_000);
    await settled();
    expect(this.bench.clock.pendingCount).toBe(0);
    expect(this.bench.unit(0).tasks.count).toBe(0);
  }
}
const MARK = Buffer.from('what the bystander has written');

/** Sends bytes in a new session, or as its login, and goes. */
async function misbehave(bench: PortalBench, bytes: Uint8Array, isLogin: boolean): Promise<void> {
  const line = isLogin ? await Line.open(bench)
    : await Line.login(bench, 'iqn.2020-01.test:wrong', {}, [], 12);
  line.stream.send([bytes]);
  await settled(8);
  line.stream.destroy();
  await settled(6);
}

const LOGIN = 'Login Request';
const pduOf = (name: string): Uint8Array =>
  (name === LOGIN ? loginPdu(IDENTITY) : RIGHT[name]!());

describe.each([LOGIN, ...Object.keys(RIGHT)])('%s', (name) => {
  it('with any byte of its header wrong harms nobody else', async () => {
    const bystander = await Bystander.open();
    for (let at = 0; at < HEADER_BYTES; at += 1) {
      for (const value of wrongValues(pduOf(name)[at]!)) {
        const bytes = pduOf(name);
        bytes[at] = value;
        await misbehave(bystander.bench, bytes, name === LOGIN);
      }
      await bystander.check(`byte ${at}`);
    }
    await bystander.close();
  });

  it('that is cut off anywhere harms nobody else', async () => {
    const bystander = await Bystander.open();
    for (let length = 0; length < pduOf(name).length; length += 5) {
      await misbehave(bystander.bench, pduOf(name).subarray(0, length), name === LOGIN);
    }
    await bystander.check('cut off');
    await bystander.close();
  });
});

it('a login that comes a byte at a time, and never ends, is given up', async () => {
  const bystander = await Bystander.open();
  const line = await Line.open(bystander.bench);
  for (const byte of loginPdu(IDENTITY).subarray(0, -1)) {
    line.stream.send([Uint8Array.of(byte)]);
    bystander.bench.clock.advance(200);
  }
  await settled();
  expect(line.isClosed).toBe(true);
  await bystander.check('slow');
  await bystander.close();
});

it('commands in the wrong order, and outside the window, are not run', async () => {
  const bystander = await Bystander.open();
  const line = await Line.login(bystander.bench, 'iqn.2020-01.test:wrong');
  for (const cmdSn of [99, 228, 0, 0x7fff_ffff, 0x8000_0063]) {
    expect(await line.command(1, TEST_UNIT_READY, { cmdSn })).toEqual([]);
  }
  expect(await line.command(2, TEST_UNIT_READY, { cmdSn: 227 })).toEqual([]);
  expect(await line.command(3, TEST_UNIT_READY, { cmdSn: 100 })).toHaveLength(1);
  line.stream.destroy();
  await settled();
  await bystander.check('out of order');
  await bystander.close();
});
