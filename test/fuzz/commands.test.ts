/** CDBs and parameter lists that were right once, sent to a whole target. */
import { expect, it } from 'vitest';
import type { Assembled } from '../support/e2e-assembled.ts';
import type { Client } from '../support/e2e-client.ts';
import { fuzzCount, GROWTH_BYTES_MAX, usedBytes } from '../support/fuzz-bytes.ts';
import { copyLists, fuzzCommand } from '../support/fuzz-commands.ts';
import { FUZZ_LUNS, openFuzzTarget, recover } from '../support/fuzz-target.ts';
import { between, seeded } from '../support/seeded.ts';
import { turns } from '../support/turns.ts';

const SEED = 41;
const COUNT = fuzzCount(80_000);
/** Commands of one round: several initiators send some at a time. */
const ROUND = 500;
const BATCH = 10;

/** One answer, or none because it was aborted: anything else is thrown. */
async function answered(client: Client, random: () => number, lists: readonly Uint8Array[]) {
  const { lun, cdb, out, room } = fuzzCommand(random, lists);
  const stop = new AbortController();
  const answer = client.send(lun, Buffer.from(cdb).toString('hex'), {
    room, signal: stop.signal, ...(out === undefined ? {} : { out }) });
  if (random() < 0.05) {
    void turns(between(random, 0, 4)).then(() => stop.abort('enough'));
  }
  try {
    const { told } = await answer;
    expect(told).toMatch(/^[0-9A-F]{2}\/[0-9A-F]{2}\/[0-9A-F]{2}$|^[a-z][A-Za-z]+$/);
    return told;
  } catch (error) {
    if (error === 'enough') return 'aborted';
    throw error;
  }
}

async function round(target: Assembled, random: () => number, told: Map<string, number>) {
  const clients = [false, true].map((digests) => target.client({ digests }));
  const lists = copyLists(
    await clients[0]!.naa(FUZZ_LUNS.disk), await clients[0]!.naa(FUZZ_LUNS.tape));
  for (let sent = 0; sent < ROUND; sent += BATCH) {
    const answers = await Promise.all(Array.from({ length: BATCH }, (_, i) =>
      answered(clients[i % 2]!, random, lists)));
    for (const one of answers) told.set(one, (told.get(one) ?? 0) + 1);
  }
  for (const client of clients) await client.close();
  const last = target.client();
  await recover(last);
  await last.close();
}

it(`answers ${COUNT} damaged commands, and forgets them (seed ${SEED})`, async () => {
  const target = await openFuzzTarget();
  const random = seeded(SEED);
  const told = new Map<string, number>();
  let before = 0;
  for (let sent = 0; sent < COUNT; sent += ROUND) {
    await round(target, random, told);
    if (before === 0 && sent >= COUNT / 4) before = usedBytes();
  }
  expect(usedBytes() - before).toBeLessThan(GROWTH_BYTES_MAX);
  expect(target.bugs).toEqual([]);
  // The commands are damaged, not destroyed: all kinds of ends are met.
  for (const one of ['good', '05/24/00', '05/26/00', '05/26/09', '0A/0D/01', '0A/08/04']) {
    expect([...told.keys()]).toContain(one);
  }
  await target.close();
}, 300_000);
