/** `kill -9` of the target's process, fifty times, while initiators work on one cartridge. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NodeFiles } from '../../src/io/files.ts';
import { SystemRandom } from '../../src/io/random.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { mayBeLeft, type State, stateOf } from '../media/tape-worker.ts';
import { Client } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { pattern } from '../support/e2e-lists.ts';
import { serverfree } from '../support/e2e-program.ts';
import { TapeWork } from '../support/e2e-tape-work.ts';
import { between, seeded } from '../support/seeded.ts';
import { turns } from '../support/turns.ts';

const KILLS = 50;
const SEED = 2026;
const DISK_BYTES = 8 * 1024 * 1024;
const CAPACITY_BYTES = 64 * 1024 * 1024;
const [DISK_LUN, TAPE_LUN] = [0, 1];

const folder = new E2eFolder();

async function verified(states: readonly State[]): Promise<{ found: State; usedBytes: number }> {
  const cartridge = await Cartridge.open(
    new NodeFiles(), new SystemRandom(), folder.file('tape'), { readonly: true });
  try {
    expect(cartridge.openReport.damage).toEqual([]);
    const found = await stateOf(cartridge);
    const lengths = states.map((state) => state.length);
    expect(mayBeLeft(found, states), `${found.length} of ${lengths}`).toBe(true);
    expect((await checkCartridge(cartridge)).problems).toEqual([]);
    return { found, usedBytes: cartridge.usedBytes };
  } finally {
    await cartridge.close();
  }
}

/** Each nexus is told once of the restart, and finds the tape at its beginning. */
async function expectRestart(client: Client): Promise<void> {
  const ready = () => client.send(TAPE_LUN, '00 00 00 00 00 00', { seesUnitAttention: true });
  expect(await ready()).toMatchObject({ told: '06/29/00' });
  expect(await ready()).toMatchObject({ told: 'good' });
  const position = await client.must(TAPE_LUN, '34 00 00000000000000 00', { room: 20 });
  // BOP, and logical object 0.
  expect(Buffer.from(position).subarray(0, 8).toString('hex')).toMatch(/^[89a-f].{7}00000000$/);
}

it(`keeps what was acknowledged through ${KILLS} kills (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  const disk = pattern(3, DISK_BYTES);
  writeFileSync(folder.file('disk'), disk);
  let states: readonly State[] = [[]];
  let usedBytes = 0;
  let unanswered = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const target = await folder.target('--disk', `disk=${folder.file('disk')}`,
      '--tape', `tape=${folder.file('tape')},capacity=64M`);
    const [client, other] = [0, 1].map(() =>
      new Client(`iscsi://${target.portal}/${target.iqn}`)) as [Client, Client]; // two of them
    await expectRestart(client);
    await expectRestart(other);
    const work = new TapeWork({ client, tapeLun: TAPE_LUN, disk,
      diskNaa: await client.naa(DISK_LUN), tapeNaa: await client.naa(TAPE_LUN), random,
      bytesMax: 4 * 1024 * 1024, capacityBytes: CAPACITY_BYTES }, states.at(-1)!, usedBytes);
    for (let left = between(random, 0, 8); left > 0; left -= 1) {
      expect(await work.work()).toMatchObject({ told: 'good' });
    }
    let isAnswered = false;
    // The last one is answered, or the connection ends.
    const last = work.work().then(() => {
      isAnswered = true;
    }, () => {});
    await turns(between(random, 0, 60));
    if (!isAnswered) unanswered += 1;
    await target.kill();
    await last;
    const { found, usedBytes: left } = await verified(work.states);
    [states, usedBytes] = [[found], left];
    await Promise.allSettled([client.close(), other.close()]);
  }
  expect(unanswered).toBeGreaterThan(KILLS / 10);
  expect(await serverfree('cartridge', 'check', folder.file('tape'))).toMatchObject({ status: 0 });
}, 240_000);
