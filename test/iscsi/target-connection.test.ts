import { describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { SILENCE_MS } from '../../src/iscsi/keep-alive.ts';
import {
  COMMAND_COUNT_MAX, COMMAND_WRITE_BYTES_MAX, IMMEDIATE_COUNT_MAX, SESSION_READ_BYTES_MAX,
  SESSION_WRITE_BYTES_MAX,
} from '../../src/iscsi/limits.ts';
import { encodeSense, readSense } from '../../src/sense/sense.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import { OPCODE } from '../../src/wire/iscsi/opcodes.ts';
import { INITIATOR, loginPdu, pduBytes, text } from './support/pdus.ts';
import {
  FIRST_CMD_SN, GOOD, pattern, RawInitiator, type Reaction, runOf,
} from './support/raw-initiator.ts';

const NO_TAG = 0xffff_ffff;

/** A session after its login. */
const session = (...pairs: KeyValue[]): RawInitiator => {
  const initiator = new RawInitiator();
  expect(initiator.login(pairs).pdus[0]!.header).toMatchObject({ nextStage: 3, status: 0 });
  return initiator;
};
const rejectOf = (reaction: Reaction): number => {
  expect(reaction.pdus.map(({ opcode }) => opcode)).toEqual([OPCODE.reject]);
  return reaction.pdus[0]!.header.reason;
};
const senseOf = (reaction: Reaction): string => {
  expect(reaction.pdus.at(-1)!.opcode).toBe(OPCODE.scsiResponse);
  return readSense(reaction.pdus.at(-1)!.data.subarray(2)).text;
};
const nothing: Reaction = { pdus: [], others: [] };

describe('sequence numbers (RFC 7143 4.2.2)', () => {
  it('run as in the worked example of a first command', () => {
    const initiator = new RawInitiator();
    const login = initiator.login().pdus[0]!.header;
    expect([login.expCmdSn, login.maxCmdSn]).toEqual([FIRST_CMD_SN, FIRST_CMD_SN + 127]);
    runOf(initiator.command(1, {}));
    const sense = encodeSense({ key: 'unitAttention', additional: 'powerOnOrReset' });
    const { header } = initiator.complete(1, { ...GOOD, status: 'checkCondition', sense }).pdus[0]!;
    expect(header).toMatchObject({
      statSn: login.statSn + 1, expCmdSn: FIRST_CMD_SN + 1, maxCmdSn: FIRST_CMD_SN + 128,
      status: 2, initiatorTaskTag: 1 });
    runOf(initiator.command(2, {}));
    expect(initiator.complete(2).pdus[0]!.header).toMatchObject({
      statSn: login.statSn + 2, expCmdSn: FIRST_CMD_SN + 2, maxCmdSn: FIRST_CMD_SN + 129 });
  });

  it('outside the window drop a command silently, and the connection goes on', () => {
    const initiator = session();
    for (const cmdSn of [FIRST_CMD_SN + COMMAND_COUNT_MAX, FIRST_CMD_SN - 1]) {
      expect(initiator.command(1, { cmdSn })).toEqual(nothing);
    }
    runOf(initiator.command(1, {}));
    expect(initiator.command(2, { cmdSn: FIRST_CMD_SN })).toEqual(nothing);
  });

  it('go on over the largest number', () => {
    const initiator = new RawInitiator();
    initiator.login([], { cmdSn: 0xffff_fffe });
    for (const [i, cmdSn] of [0xffff_fffe, 0xffff_ffff, 0, 1].entries()) {
      runOf(initiator.command(i, { cmdSn }));
      expect(initiator.complete(i).pdus[0]!.header.expCmdSn).toBe((cmdSn + 1) >>> 0);
    }
  });

  it('bring commands into order that arrive out of it, with their data', () => {
    const initiator = session(['InitialR2T', 'No']);
    const [a, b] = [pattern(10, 1), pattern(20, 2)];
    expect(initiator.command(1, { write: true, bytes: 30, data: a, final: false,
      cmdSn: FIRST_CMD_SN + 1 })).toEqual(nothing);
    expect(initiator.data(1, NO_TAG, 0, 10, b)).toEqual(nothing);
    expect(initiator.command(2, { cmdSn: FIRST_CMD_SN + 1 })).toEqual(nothing);
    const { others } = initiator.command(3, { cmdSn: FIRST_CMD_SN });
    expect(others.map((output) => (output.kind === 'run' ? output.tag : output.kind)))
      .toEqual([3, 1]);
  });

  it('do not bring back a command that was aborted before its turn', () => {
    const initiator = session();
    expect(initiator.command(1, { cmdSn: FIRST_CMD_SN + 1 })).toEqual(nothing);
    expect(initiator.manage(8, 1, 1).others).toMatchObject([{ request: { droppedCount: 1 } }]);
    expect(runOf(initiator.command(2, { cmdSn: FIRST_CMD_SN })).tag).toBe(2);
    expect(initiator.complete(2).pdus[0]!.header).toMatchObject({
      expCmdSn: FIRST_CMD_SN + 2, maxCmdSn: FIRST_CMD_SN + 1 + COMMAND_COUNT_MAX });
  });

  it('close the window while commands are unanswered, and open it with each answer', () => {
    const initiator = session();
    for (let i = 0; i < COMMAND_COUNT_MAX; i += 1) runOf(initiator.command(i, {}));
    expect(initiator.command(999, {})).toEqual(nothing);
    initiator.cmdSn -= 1;
    const { header } = initiator.complete(0).pdus[0]!;
    expect(header.maxCmdSn - header.expCmdSn).toBe(0);
    expect(runOf(initiator.command(999, {})).tag).toBe(999);
  });
});

describe('data from the initiator (RFC 7143 4.2.5)', () => {
  it('come as in the worked example of 1 MiB: immediate, unsolicited, two R2Ts', () => {
    const initiator = session(['InitialR2T', 'No'], ['FirstBurstLength', '262144'],
      ['MaxBurstLength', '524288'], ['MaxOutstandingR2T', '1']);
    const data = pattern(1_048_576);
    const part = (from: number, length: number): Uint8Array => data.subarray(from, from + length);
    const segment = 131_072;
    expect(initiator.command(7, {
      write: true, bytes: data.length, data: part(0, segment), final: false })).toEqual(nothing);
    const first = initiator.data(7, NO_TAG, 0, segment, part(segment, segment));
    expect(first.pdus.map(({ header }) => header)).toMatchObject([{
      r2tSn: 0, bufferOffset: 262_144, desiredDataTransferLength: 524_288, initiatorTaskTag: 7 }]);
    const { targetTransferTag: ttt, statSn } = first.pdus[0]!.header;
    for (let i = 0; i < 3; i += 1) {
      const offset = 262_144 + i * segment;
      expect(initiator.data(7, ttt, i, offset, part(offset, segment), false)).toEqual(nothing);
    }
    const second = initiator.data(7, ttt, 3, 655_360, part(655_360, segment));
    expect(second.pdus.map(({ header }) => header)).toMatchObject([{
      r2tSn: 1, bufferOffset: 786_432, desiredDataTransferLength: 262_144, statSn }]);
    const next = second.pdus[0]!.header.targetTransferTag;
    initiator.data(7, next, 0, 786_432, part(786_432, segment), false);
    const { command } = runOf(initiator.data(7, next, 1, 917_504, part(917_504, segment)));
    expect(Buffer.compare(concat(command.dataOut), data)).toBe(0);
    expect(command).toMatchObject({ expectedOutBytes: data.length, expectedInBytes: 0 });
    expect(initiator.complete(7, { ...GOOD, wantedBytes: data.length }).pdus[0]!.header)
      .toMatchObject({ expDataSn: 2, residual: 0, statSn });
  });

  it('are asked for with several R2Ts at a time, if that was agreed', () => {
    const initiator = session(['MaxBurstLength', '512'], ['MaxOutstandingR2T', '3']);
    const { pdus } = initiator.command(1, { write: true, bytes: 2000 });
    expect(pdus.map(({ header }) => [
      header.r2tSn, header.bufferOffset, header.desiredDataTransferLength]))
      .toEqual([[0, 0, 512], [1, 512, 512], [2, 1024, 512]]);
    expect(new Set(pdus.map(({ header }) => header.targetTransferTag)).size).toBe(3);
    const more = initiator.data(1, pdus[0]!.header.targetTransferTag, 0, 0, pattern(512));
    expect(more.pdus.map(({ header }) => [header.r2tSn, header.desiredDataTransferLength]))
      .toEqual([[3, 464]]);
  });

  it('that end early unsolicited are asked for', () => {
    const initiator = session(['InitialR2T', 'No']);
    initiator.command(1, { write: true, bytes: 1000, final: false });
    const { pdus } = initiator.data(1, NO_TAG, 0, 0, pattern(300));
    expect(pdus[0]!.header).toMatchObject({ bufferOffset: 300, desiredDataTransferLength: 700 });
  });

  it.each([
    ['DataSN that repeats', [[0, 0, 100, false], [0, 100, 100, true]]],
    ['DataSN that begins at 27', [[27, 0, 200, true]]],
    ['DataSN that begins at -1', [[0xffff_ffff, 0, 200, true]]],
    ['DataSN in reverse', [[1, 0, 100, false], [0, 100, 100, true]]],
    ['an offset with a gap', [[0, 100, 100, true]]],
    ['more than was asked for', [[0, 0, 300, true]]],
    ['an early end', [[0, 0, 100, true]]],
  ] as const)('fail the command with %s, once they have ended', (_what, parts) => {
    const initiator = session(['MaxOutstandingR2T', '1']);
    const asked = initiator.command(1, { write: true, bytes: 200 });
    const ttt = asked.pdus[0]!.header.targetTransferTag;
    let last: Reaction = nothing;
    for (const [dataSn, offset, length, final] of parts) {
      expect(last).toEqual(nothing);
      last = initiator.data(1, ttt, dataSn, offset, pattern(length), final);
    }
    expect(senseOf(last)).toContain('ABORTED COMMAND, WRITE ERROR');
    expect(last.others).toEqual([]);
    runOf(initiator.command(2, {}));
  });

  it('that nobody asked for fail the command', () => {
    const initiator = session();
    const ttt = initiator.command(1, { write: true, bytes: 200 }).pdus[0]!.header.targetTransferTag;
    expect(initiator.data(1, NO_TAG, 0, 0, pattern(200))).toEqual(nothing);
    expect(senseOf(initiator.data(1, ttt, 0, 0, pattern(200)))).toContain('UNEXPECTED UNSOLICITED');
  });

  it('of an unknown task, and empty ones, are dropped', () => {
    const initiator = session();
    expect(initiator.data(55, 3, 0, 0, pattern(10))).toEqual(nothing);
    const ttt = initiator.command(1, { write: true, bytes: 8 }).pdus[0]!.header.targetTransferTag;
    expect(initiator.data(1, ttt + 1, 0, 0, new Uint8Array(0))).toEqual(nothing);
    runOf(initiator.data(1, ttt, 0, 0, pattern(8)));
  });

  it.each([
    ['immediate data that were excluded', [['ImmediateData', 'No']], { data: pattern(8) }],
    ['more immediate data than the first burst', [['FirstBurstLength', '512']],
      { data: pattern(513) }],
    ['unsolicited data announced in spite of InitialR2T', [['InitialR2T', 'Yes']],
      { final: false }],
  ] as [string, KeyValue[], object][])('reject %s', (_what, keys, details) => {
    const initiator = session(...keys);
    expect(rejectOf(initiator.command(1, { write: true, bytes: 1000, ...details }))).toBe(4);
    runOf(initiator.command(1, {}));
  });

  it('of a command that is too long are not asked for; the longest is', () => {
    const initiator = session();
    const longest = { write: true, bytes: COMMAND_WRITE_BYTES_MAX };
    expect(initiator.command(1, longest).pdus[0]!.opcode).toBe(OPCODE.readyToTransfer);
    const refused = initiator.command(2, { ...longest, bytes: COMMAND_WRITE_BYTES_MAX + 1 });
    expect(refused.pdus).toHaveLength(1);
    expect(senseOf(refused)).toContain('INVALID FIELD IN CDB');
  });

  it('of a refused command are drained first, if they come unsolicited', () => {
    const initiator = session(['InitialR2T', 'No']);
    expect(initiator.command(1, { write: true, read: true, bytes: 2000, final: false }))
      .toEqual(nothing);
    expect(initiator.data(1, NO_TAG, 0, 0, pattern(1000), false)).toEqual(nothing);
    expect(senseOf(initiator.data(1, NO_TAG, 1, 1000, pattern(1000)))).toContain('INVALID FIELD');
  });

  it('are asked for only as far as the session has room for them', () => {
    const initiator = session();
    const count = SESSION_WRITE_BYTES_MAX / COMMAND_WRITE_BYTES_MAX;
    const write = { write: true, bytes: COMMAND_WRITE_BYTES_MAX };
    for (let i = 0; i < count; i += 1) {
      expect(initiator.command(i, write).pdus).not.toEqual([]);
    }
    expect(initiator.command(99, { write: true, bytes: 1 })).toEqual(nothing);
    // A task that goes makes room for the next one.
    const { pdus } = initiator.manage(100, 1, 0);
    expect(pdus[0]!.header).toMatchObject({ initiatorTaskTag: 99, desiredDataTransferLength: 1 });
  });
});

describe('commands', () => {
  it('run on one logical unit in the order of their CmdSN, though data come later', () => {
    const initiator = session();
    const ttt = initiator.command(1, { write: true, bytes: 8 }).pdus[0]!.header.targetTransferTag;
    expect(initiator.command(2, {})).toEqual(nothing);
    const other = initiator.command(3, { lun: Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0) });
    expect(runOf(other)).toMatchObject({ tag: 3, lun: 1 });
    expect(runOf(initiator.command(4, { attribute: 3 })).command.attribute).toBe('headOfQueue');
    const { others } = initiator.data(1, ttt, 0, 0, pattern(8));
    expect(others.map((output) => output.kind === 'run' && output.tag)).toEqual([1, 2]);
  });

  it('carry CDB bytes of an additional header', () => {
    const initiator = session();
    const ahs = Uint8Array.of(0, 17, 1, 0, ...pattern(16, 9));
    const { command } = runOf(initiator.command(1, { cdb: pattern(16), ahs }));
    expect(Buffer.from(command.cdb)).toEqual(Buffer.from([...pattern(16), ...pattern(16, 9)]));
  });

  it.each([
    ['a length that does not fit', [0, 200, 1, 0]], ['an unknown type', [0, 1, 9, 0]],
    ['a length of zero words', [0xff, 0xff, 1, 0]],
  ])('are rejected for an additional header with %s', (_what, bytes) => {
    expect(rejectOf(session().command(1, { ahs: Uint8Array.from(bytes) }))).toBe(4);
  });

  it('are rejected while another with the same tag is under way', () => {
    const initiator = session();
    runOf(initiator.command(1, {}));
    expect(rejectOf(initiator.command(1, {}))).toBe(7);
    runOf(initiator.command(2, {}));
  });

  it('that are immediate need no room in the window, but are limited as well', () => {
    const initiator = session();
    for (let i = 0; i < IMMEDIATE_COUNT_MAX; i += 1) {
      runOf(initiator.command(i, { immediate: true }));
    }
    expect(rejectOf(initiator.command(99, { immediate: true }))).toBe(6);
    initiator.complete(0);
    runOf(initiator.command(99, { immediate: true }));
  });

  it('with the ACA attribute are refused', () => {
    expect(senseOf(session().command(1, { attribute: 4 }))).toContain('INVALID MESSAGE ERROR');
  });

  it('wait while the initiator does not take what it has asked for', () => {
    const initiator = session();
    initiator.target.hold(true);
    expect(initiator.command(1, { read: true, bytes: 512 })).toEqual(nothing);
    expect(runOf(initiator.reaction(initiator.target.hold(false))).tag).toBe(1);
  });

  it('wait for room, if they offer to take much', () => {
    const initiator = session();
    runOf(initiator.command(1, { read: true, bytes: SESSION_READ_BYTES_MAX }));
    expect(initiator.command(2, { read: true, bytes: 1 })).toEqual(nothing);
    expect(runOf(initiator.complete(1)).tag).toBe(2);
  });

  it('that have gone are not answered a second time', () => {
    const initiator = session();
    runOf(initiator.command(1, {}));
    expect(initiator.target.complete(1, undefined)).toEqual([]);
    expect(initiator.complete(1)).toEqual(nothing);
  });
});

describe('answers (RFC 7143 11.4, 11.7)', () => {
  const read = (
    initiator: RawInitiator, edtl: number, available: number,
    wantedBytes = available): Reaction => {
    runOf(initiator.command(1, { read: true, bytes: edtl }));
    return initiator.complete(1, { ...GOOD, dataIn: [pattern(available)], wantedBytes });
  };

  it('send data as in the worked example of 300 KiB', () => {
    const initiator = session(['MaxRecvDataSegmentLength', '131072'], ['MaxBurstLength', '262144']);
    const { pdus } = read(initiator, 307_200, 307_200);
    expect(pdus.map(({ header, data }) => [
      header.dataSn, header.bufferOffset, data.length, header.final, header.hasStatus]))
      .toEqual([[0, 0, 131_072, false, false], [1, 131_072, 131_072, true, false],
        [2, 262_144, 45_056, true, true]]);
    expect(Buffer.compare(concat(pdus.map(({ data }) => data)), pattern(307_200))).toBe(0);
  });

  it('send sense data behind the data, never with them', () => {
    const initiator = session();
    runOf(initiator.command(1, { read: true, bytes: 10_000 }));
    const sense = encodeSense(
      { key: 'noSense', additional: 'filemarkDetected', information: 6_000 });
    const { pdus } = initiator.complete(1, {
      status: 'checkCondition', sense, dataIn: [pattern(4_000)], wantedBytes: 4_000 });
    expect(pdus[0]!.header).toMatchObject({ opcode: OPCODE.dataIn, hasStatus: false, final: true });
    expect(pdus[1]!.header).toMatchObject({
      status: 2, underflow: true, residual: 6_000, expDataSn: 1 });
    expect(Buffer.from(pdus[1]!.data)).toEqual(Buffer.from([0, sense.length, ...sense]));
  });

  it.each([
    [96, 74, 74, { underflow: true, overflow: false, residual: 22 }, 74],
    [4, 4, 4, { underflow: false, overflow: false, residual: 0 }, 4],
    [200, 512, 512, { underflow: false, overflow: true, residual: 312 }, 200],
    [10_000, 512, 512, { underflow: true, overflow: false, residual: 9_488 }, 512],
  ])('tell the residual of %i offered, %i there', (edtl, there, wanted, residual, sent) => {
    const { pdus } = read(session(), edtl, there, wanted);
    expect(pdus[0]!.header).toMatchObject({ ...residual, hasStatus: true });
    expect(pdus[0]!.data).toHaveLength(sent);
  });

  it('tell the residual of commands without data', () => {
    expect(read(session(), 16, 0).pdus[0]!.header).toMatchObject(
      { opcode: OPCODE.scsiResponse, underflow: true, residual: 16 });
    expect(read(session(), 0, 512).pdus[0]!.header).toMatchObject(
      { opcode: OPCODE.scsiResponse, overflow: true, residual: 512 });
  });
});

describe('NOP (RFC 7143 11.18, 11.19)', () => {
  it.each([true, false])('echoes a ping (immediate: %s)', (immediate) => {
    const initiator = session();
    const [pdu] = initiator.nop(5, pattern(37), immediate).pdus;
    expect(pdu!.header).toMatchObject({
      opcode: OPCODE.nopIn, initiatorTaskTag: 5, targetTransferTag: NO_TAG,
      expCmdSn: FIRST_CMD_SN + (immediate ? 0 : 1) });
    expect(Buffer.from(pdu!.data)).toEqual(Buffer.from(pattern(37)));
  });

  it('cuts the echo to what the initiator takes', () => {
    const initiator = session(['MaxRecvDataSegmentLength', '512']);
    expect(initiator.nop(5, pattern(600)).pdus[0]!.data).toHaveLength(512);
  });

  it('is not sent to an initiator that never pinged', () => {
    expect(session().target.wakeAtMs).toBeUndefined();
  });

  it('asks a silent initiator for a sign of life, then gives it up', () => {
    const initiator = session();
    initiator.nop(1, new Uint8Array(0));
    expect(initiator.target.wakeAtMs).toBe(SILENCE_MS);
    expect(initiator.target.tick(SILENCE_MS - 1)).toEqual([]);
    const ping = initiator.reaction(initiator.target.tick(SILENCE_MS)).pdus[0]!;
    expect(ping.header).toMatchObject({ opcode: OPCODE.nopIn, initiatorTaskTag: NO_TAG });
    expect(ping.data).toHaveLength(0);
    initiator.nowMs = SILENCE_MS + 1;
    expect(initiator.nop(NO_TAG, new Uint8Array(0), true, ping.header.targetTransferTag))
      .toEqual(nothing);
    initiator.reaction(initiator.target.tick(2 * SILENCE_MS + 1));
    const lost = initiator.reaction(initiator.target.tick(3 * SILENCE_MS + 1));
    expect(lost.others).toMatchObject([{ kind: 'close' }]);
  });
});

describe('text (RFC 7143 C)', () => {
  const DISCOVERED = ['TargetName=iqn.2020-01.test:target', 'TargetAddress=192.0.2.1:3260,1'];

  it.each(['SendTargets=All', 'SendTargets=', 'SendTargets=iqn.2020-01.test:target'])(
    'answers %s in a normal session', (request) => {
      const [pdu] = session().text(5, `${request}\0`).pdus;
      expect(pdu!.header).toMatchObject({
        final: true, continues: false, targetTransferTag: NO_TAG, initiatorTaskTag: 5 });
      expect(text(pdu!)).toEqual(DISCOVERED);
    });

  it.each([
    ['SendTargets=Alle', 'SendTargets=Reject'], ['SendTargets=A', 'SendTargets=Reject'],
    ['SendTargetsPlease=All', 'SendTargetsPlease=NotUnderstood'],
    ['MaxBurstLength=512', 'MaxBurstLength=Reject'],
  ])('answers %s by %s', (request, answer) => {
    expect(text(session().text(5, `${request}\0`).pdus[0]!)).toEqual([answer]);
  });

  it('rejects what is not text', () => {
    expect(rejectOf(session().text(5, 'sENDtARGETS=aLL\0'))).toBe(4);
  });

  it('goes on over several PDUs, with the tag of the target', () => {
    const initiator = session();
    const first = initiator.text(5, 'SendTar', { final: false, continues: true });
    const { targetTransferTag: ttt, final } = first.pdus[0]!.header;
    expect(final).toBe(false);
    expect(rejectOf(initiator.text(6, 'X=1\0'))).toBe(4);
    expect(rejectOf(initiator.text(5, 'gets=All\0', { ttt: ttt + 1 }))).toBe(9);
    expect(text(initiator.text(5, 'gets=All\0', { ttt }).pdus[0]!)).toEqual(DISCOVERED);
  });
});

describe('a discovery session', () => {
  const discovery = (): RawInitiator => {
    const initiator = new RawInitiator();
    initiator.bytes(loginPdu([['InitiatorName', INITIATOR], ['SessionType', 'Discovery']]));
    return initiator;
  };

  it('has text, NOP and logout, and nothing else', () => {
    const initiator = discovery();
    expect(initiator.text(1, 'SendTargets=All\0').pdus[0]!.opcode).toBe(OPCODE.textResponse);
    expect(initiator.nop(2, pattern(4)).pdus[0]!.opcode).toBe(OPCODE.nopIn);
    expect(rejectOf(initiator.command(3, {}))).toBe(4);
    expect(rejectOf(initiator.manage(4, 5))).toBe(4);
    expect(initiator.logout(5, 0).others).toMatchObject([{ kind: 'logout' }]);
  });
});

describe('task management (RFC 7143 11.5)', () => {
  it('is handed to the owner, and answered as it says', () => {
    const initiator = session();
    runOf(initiator.command(1, {}));
    const { others } = initiator.manage(8, 1, 1);
    expect(others).toMatchObject([{ kind: 'manage', request: {
      tag: 8, function: 1, lun: 0, referencedTag: 1, droppedCount: 0 } }]);
    const response = initiator.reaction(initiator.target.managed(8, 0));
    expect(response.pdus[0]!.header).toMatchObject({ initiatorTaskTag: 8, response: 0 });
  });

  it.each([[1, 1], [2, 2], [4, 2], [5, 2], [6, 3], [7, 3], [9, 0]])(
    'function %i drops %i of the tasks that wait for data', (code, dropped) => {
      const initiator = session();
      const lun1 = Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0);
      const write = { write: true, bytes: 8 };
      const { targetTransferTag: ttt } = initiator.command(1, write).pdus[0]!.header;
      initiator.command(2, write);
      initiator.command(3, { ...write, lun: lun1 });
      const { others } = initiator.manage(8, code, 1);
      expect(others).toMatchObject([{ kind: 'manage', request: { droppedCount: dropped } }]);
      const late = initiator.data(1, ttt, 0, 0, pattern(8));
      expect(late.others).toHaveLength(dropped === 0 ? 1 : 0);
    });
});

describe('logout (RFC 7143 11.14)', () => {
  it('is answered when the owner has ended the tasks; then nothing more is heard', () => {
    const initiator = session();
    runOf(initiator.command(1, {}));
    expect(initiator.logout(9, 0).others).toEqual([{ kind: 'logout', closesSession: true }]);
    expect(initiator.command(2, {})).toEqual(nothing);
    expect(initiator.complete(1)).toEqual(nothing);
    const { pdus, others } = initiator.reaction(initiator.target.loggedOut());
    expect(pdus[0]!.header).toMatchObject({
      opcode: OPCODE.logoutResponse, response: 0, initiatorTaskTag: 9, time2Wait: 2 });
    expect(others).toEqual([{ kind: 'close', reason: 'logged out' }]);
  });

  it('of another connection, or for recovery, is refused', () => {
    const initiator = session();
    expect(initiator.logout(1, 1, 5).others).toEqual([{ kind: 'remove', tag: 1, cid: 5 }]);
    expect(initiator.reaction(initiator.target.removed(1, false)).pdus[0]!.header)
      .toMatchObject({ response: 1, initiatorTaskTag: 1 });
    expect(initiator.logout(2, 2).pdus[0]!.header.response).toBe(2);
    expect(initiator.logout(3, 1, 0).others).toEqual([{ kind: 'logout', closesSession: false }]);
  });

  it('can be asked for by the target', () => {
    const [pdu] = (() => {
      const initiator = session();
      return initiator.reaction(initiator.target.requestLogout(3)).pdus;
    })();
    expect(pdu!.header).toMatchObject({ opcode: OPCODE.asyncMessage, event: 1, parameter3: 3 });
  });
});

describe('PDUs that are wrong', () => {
  const raw = (change: (header: Uint8Array) => void): Uint8Array => {
    const header = new Uint8Array(48);
    header.set([0x40, 0x80]);
    change(header);
    return pduBytes(header);
  };

  it.each([
    ['an unknown operation code', 0x1c, 5], ['a login', 0x43, 4], ['a SNACK', 0x10, 3],
    ['a PDU of a target', 0x21, 4],
  ])('%s is rejected with its header', (_what, opcode, reason) => {
    const bytes = raw((header) => header.set([opcode]));
    const reaction = session().bytes(bytes);
    expect(rejectOf(reaction)).toBe(reason);
    expect(Buffer.from(reaction.pdus[0]!.data)).toEqual(Buffer.from(bytes));
  });

  it('a field out of range is rejected, and the number of the command is used up', () => {
    const initiator = session();
    expect(rejectOf(initiator.command(1, { read: false, write: false, bytes: 5 }))).toBe(9);
    runOf(initiator.command(2, {}));
  });

  it('too long a segment ends the connection', () => {
    const bytes = raw(() => {});
    bytes.set([0xff, 0xff, 0xff], 5);
    const reaction = session().bytes(bytes);
    expect(reaction.others).toMatchObject([{ kind: 'close' }]);
  });
});

describe('digests', () => {
  const DIGESTS = { header: true, data: true };

  it('are there from the first PDU after the login on', () => {
    const initiator = new RawInitiator();
    initiator.login([['HeaderDigest', 'CRC32C'], ['DataDigest', 'None']]);
    const ping = new Uint8Array(48);
    ping.set([0x40, 0x80]);
    ping.fill(0xff, 20, 24);
    const outputs = initiator.target.receive(
      pduBytes(ping, pattern(3), { ...DIGESTS, data: false }), 0);
    const parts = outputs.flatMap((output) => (output.kind === 'send' ? output.parts : []));
    expect(concat(parts)).toHaveLength(48 + 4 + 4);
  });

  it('that are wrong end the connection', () => {
    for (const at of [20, 50]) {
      const initiator = new RawInitiator();
      initiator.login([['HeaderDigest', 'CRC32C'], ['DataDigest', 'CRC32C'],
        ['ImmediateData', 'Yes']]);
      const ping = new Uint8Array(48);
      ping.set([0x40, 0x80]);
      const bytes = pduBytes(ping, pattern(16), DIGESTS);
      bytes[at]! ^= 0x10;
      expect(initiator.target.receive(bytes, 0)).toMatchObject([{ kind: 'close' }]);
    }
  });
});
