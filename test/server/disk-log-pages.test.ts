/** What hosts ask a disk for at intervals, and mode pages beside those of every suite. */
import { describe, expect, it } from 'vitest';
import { makeDisk, meet, send, told } from './device-fixture.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

async function answer(cdb: string): Promise<string> {
  const disk = await makeDisk();
  await meet(disk);
  const answered = await send(disk, cdb);
  return answered.status === 'good' ? hex(answered.data) : told(answered);
}

describe('log pages of a disk (SPC-4 7.3)', () => {
  it('are listed', async () => {
    expect(await answer('4d 00 40 00 00 00 00 00 ff 00')).toBe('80000003' + '000d2f');
  });

  it('tell that there is no temperature, and no exception', async () => {
    // Parameter 0000h, control 03h, length.
    expect(await answer('4d 00 4d 00 00 00 00 00 ff 00')).toBe('8d000006' + '00000302' + '00ff');
    expect(await answer('4d 00 6f 00 00 00 00 00 ff 00'))
      .toBe('af000008' + '00000304' + '0000ff00');
  });
});

it('tells in the control extension page how long its sense data may be (SPC-4 7.5.9)', async () => {
  const page = await answer('1a 08 0a 01 ff 00');
  expect(page.slice(0, 24)).toBe('230010' + '00' + '4a01001c' + '0000fc00');
  // With all subpages it stands behind the control page, which has none.
  expect(await answer('1a 08 0a ff ff 00')).toContain(page.slice(8));
});
