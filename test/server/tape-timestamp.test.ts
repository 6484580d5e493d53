import { beforeEach, expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { BOB, makeTape, meet, send, told } from './device-fixture.ts';

const REPORT = 'a3 0f 00 00 00 00 00 00 00 0c 00 00';
const SET = 'a4 0f 00 00 00 00 00 00 00 0c 00 00';
const DATE_MS = 1_767_225_600_000;

let nowMs: number;
let tape: TapeUnit;

beforeEach(async () => {
  nowMs = 500.25;
  tape = await makeTape({
    clock: { nowMs: () => nowMs, dateMs: () => DATE_MS + nowMs, at: () => () => {} } });
  for (const nexus of [undefined, BOB]) await meet(tape, nexus);
});

/** Origin and milliseconds. */
const time = async (): Promise<[number, number]> => {
  const data = Buffer.from((await send(tape, REPORT)).data);
  expect(data.readUInt16BE(0)).toBe(10);
  return [data[2]!, data.readUIntBE(4, 6)];
};
const list = (ms: number): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(ms, 4, 6);
  return bytes;
};

it('is that of the host until it is set, and goes on from there', async () => {
  expect(await time()).toEqual([3, DATE_MS + 500]);
  expect(told(await send(tape, SET, { out: list(1000) }))).toBe('good');
  expect(told(await send(tape, '00 00 00 00 00 00', { nexus: BOB }))).toBe('06/2A/10');
  nowMs += 250;
  expect(await time()).toEqual([2, 1250]);
});

it('is not set by less than a list, or by nothing', async () => {
  expect(told(await send(tape, SET.replace('0c', '0b'), { out: new Uint8Array(11) })))
    .toBe('05/24/00');
  expect(told(await send(tape, SET, { out: new Uint8Array(11) }))).toBe('05/0E/03');
  expect(told(await send(tape, SET.replace('0c', '00')))).toBe('good');
  expect((await time())[0]).toBe(3);
});
