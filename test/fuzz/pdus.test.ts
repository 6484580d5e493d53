/** PDUs that were right once, from several sessions at a time, sent to a whole target. */
import { expect, it } from 'vitest';
import type { Assembled } from '../support/e2e-assembled.ts';
import { fuzzCount, GROWTH_BYTES_MAX, usedBytes } from '../support/fuzz-bytes.ts';
import { copyLists } from '../support/fuzz-commands.ts';
import { FuzzPeer } from '../support/fuzz-peer.ts';
import { FUZZ_LUNS, openFuzzTarget, recover } from '../support/fuzz-target.ts';
import { between, seeded } from '../support/seeded.ts';
import { turns } from '../support/turns.ts';

const SEED = 43;
const COUNT = fuzzCount(60_000);
const PEERS = 3;

/** Some peers do their worst, and go; then the target serves a well-behaved initiator. */
async function round(
  target: Assembled, random: () => number, lists: readonly Uint8Array[]): Promise<FuzzPeer[]> {
  const peers = await Promise.all(Array.from({ length: PEERS }, () =>
    FuzzPeer.connect(target, random, lists)));
  await Promise.all(peers.map((peer) => peer.live(between(random, 1, 120))));
  for (const { wrong } of peers) if (wrong !== undefined) throw wrong;
  const client = target.client();
  await recover(client);
  await client.close();
  return peers;
}

it(`outlives ${COUNT} damaged PDUs, and forgets them (seed ${SEED})`, async () => {
  const target = await openFuzzTarget();
  const client = target.client();
  const lists = copyLists(await client.naa(FUZZ_LUNS.disk), await client.naa(FUZZ_LUNS.tape));
  await client.close();
  const random = seeded(SEED);
  const seen = new Map<number, number>();
  let before = 0;
  for (let sent = 0; sent < COUNT;) {
    for (const peer of await round(target, random, lists)) {
      sent += peer.sent;
      for (const [opcode, count] of peer.seen) seen.set(opcode, (seen.get(opcode) ?? 0) + count);
    }
    if (before === 0 && sent >= COUNT / 4) before = usedBytes();
  }
  await turns(10);
  expect(usedBytes() - before).toBeLessThan(GROWTH_BYTES_MAX);
  expect(target.bugs).toEqual([]);
  // Responses of all kinds: NOP-In, SCSI, management, login, text, data, logout, R2T, reject.
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual(
    expect.arrayContaining([0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x31, 0x3f]));
  await target.close();
}, 300_000);
