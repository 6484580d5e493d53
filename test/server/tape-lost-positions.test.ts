import { expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { ALICE, type Answer, BOB, makeTape, meet, send, told } from './device-fixture.ts';

const RECORD = new Uint8Array(100).fill(1);
const CLOSE = '10 00 00 00 01 00';
const REWIND = '01 00 00 00 00 00';

const write = (tape: TapeUnit, nexus = ALICE): Promise<Answer> =>
  send(tape, '0a 00 00 00 64 00', { out: RECORD, nexus });

/** A durable file on the tape, and Alice, writing, has been told of a reset at its beginning. */
async function interrupted(): Promise<TapeUnit> {
  const tape = await makeTape();
  await meet(tape);
  await meet(tape, BOB);
  await write(tape);
  await send(tape, CLOSE);
  await send(tape, REWIND);
  tape.attentions.establishFor(ALICE, 'powerOnOrReset');
  expect(told(await write(tape))).toBe('06/29/00');
  return tape;
}

it('keeps a driver that was writing before a reset from ending its file over another', async () => {
  const tape = await interrupted();
  const modeSense = '1a 00 00 00 0c 00';
  for (const cdb of [CLOSE, '10 00 00 00 00 00', '19 00 00 00 00 00', '04 00 00 00 00 00',
    '0b 00 00 ff ff 00', modeSense, CLOSE]) {
    expect(told(await send(tape, cdb))).toBe(cdb === modeSense ? 'good' : '05/2C/00');
  }
  expect(told(await write(tape))).toBe('05/2C/00');
  expect(tape.drive.cartridge!.endOfData).toBe(2);
});

it.each([
  ['TEST UNIT READY', '00 00 00 00 00 00', 'good'], ['REWIND', REWIND, 'good'],
  ['READ POSITION', '34 00 00 00 00 00 00 00 00 00', 'good'],
  ['READ', '08 00 00 00 64 00', 'good'], ['LOAD', '1b 00 00 00 01 00', 'good'],
  ['LOCATE', '2b 00 00 00 00 00 01 00 00 00', 'good'],
  ['SPACE, which tells of the end of data', '11 01 7f ff ff 00', '08/00/05'],
])('lets it write again after %s', async (_name, cdb, expected) => {
  const tape = await interrupted();
  expect(told(await send(tape, cdb))).toBe(expected);
  expect(told(await write(tape))).toBe('good');
});

it('is of one nexus, and of commands that end the data', async () => {
  const tape = await interrupted();
  expect(told(await write(tape, BOB))).toBe('good');
  tape.attentions.establishFor(BOB, 'powerOnOrReset');
  expect(told(await send(tape, '1a 00 00 00 0c 00', { nexus: BOB }))).toBe('06/29/00');
  expect(told(await write(tape, BOB))).toBe('good');
  tape.attentions.establishFor(BOB, 'modeParametersChanged');
  expect(told(await write(tape, BOB))).toBe('06/2A/01');
  expect(told(await write(tape, BOB))).toBe('good');
});

it('ends with the nexus, which is told again when it comes back', async () => {
  const tape = await interrupted();
  tape.nexusLost(ALICE);
  expect(told(await send(tape, CLOSE))).toBe('06/29/00');
  expect(told(await send(tape, CLOSE))).toBe('05/2C/00');
});

it('lets a client repeat its first WRITE where nothing stands behind it', async () => {
  const tape = await makeTape();
  expect(told(await write(tape))).toBe('06/29/00');
  expect(told(await write(tape))).toBe('good');
  tape.attentions.establishFor(ALICE, 'powerOnOrReset');
  expect(told(await send(tape, CLOSE))).toBe('06/29/00');
  expect(told(await send(tape, CLOSE))).toBe('good');
});

it('follows a logical unit reset, too', async () => {
  const tape = await makeTape();
  await meet(tape);
  await write(tape);
  await send(tape, REWIND);
  tape.reset();
  expect(told(await write(tape))).toBe('06/29/03');
  expect(told(await write(tape))).toBe('05/2C/00');
  expect(told(await send(tape, REWIND))).toBe('good');
  expect(told(await write(tape))).toBe('good');
});
