/** A copy that is held in its middle: who may watch it, stop it, and use its devices meanwhile. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMover } from '../../src/io/mover.ts';
import type { Moved, MoveOptions, Mover, Place } from '../../src/ports/mover.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { type Client, hexBytes, hexOf } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { brief, ListBench, LUN } from '../support/e2e-lists.ts';
import { turns } from '../support/turns.ts';

/** Moves nothing before it is let go. */
class HeldMover implements Mover {
  readonly #mover = createMover();
  readonly #go = deferred<void>();
  readonly #first = deferred<void>();

  /** Resolves when the first move has been asked for. */
  get isAsked(): Promise<void> {
    return this.#first.promise;
  }

  go(): void {
    this.#go.resolve();
  }

  async move(
    source: Place, destination: Place, byteLength: number,
    options: MoveOptions = {}): Promise<Moved> {
    this.#first.resolve();
    const stopped = deferred<void>();
    options.signal?.addEventListener('abort', () => stopped.resolve());
    if (!options.signal?.aborted) await Promise.race([this.#go.promise, stopped.promise]);
    return this.#mover.move(source, destination, byteLength, options);
  }

  close(): Promise<void> {
    return this.#mover.close();
  }
}

const folder = new E2eFolder();
let bench: ListBench;
let mover: HeldMover;

beforeEach(async () => {
  mover = new HeldMover();
  bench = await ListBench.open((name) => folder.file(name), 1 << 26, mover);
});
afterEach(async () => {
  mover.go();
  await bench.close();
});

const backup = (id: string): string => `${id} 00 0040 00000000 00000024 00000000
  E4 00 0000 01 03 00 08 {A} 00 000200 E4 01 0000 01 03 00 08 {T} 00 000000
  00 00 0014 0000 0001 00 000200 0000 0008 0000000000000000
  10 00 0008 0000 0001 00 000001`;

it('can be watched, and its name is taken until it ends', async () => {
  const copying = bench.copy('T', backup('05'));
  await mover.isAsked;
  const ask = (action: string) => bench.client.send(
    LUN.T, `84 ${action} 05 00000000000000 00000040 00 00`, { room: 64 });
  for (let i = 0; i < 3; i += 1) {
    const { told, data } = await ask('00');
    expect(told).toBe('good');
    // In progress; the segment that is being processed counts, nothing is written yet.
    expect(Buffer.from(data).toString('hex')).toMatch(/^00000008000001|^00000008000002/);
    expect(Buffer.from(data).readUInt32BE(8)).toBe(0);
  }
  expect((await ask('04')).told).toBe('05/24/00');
  expect((await bench.copy('T', backup('05'))).told).toBe('05/00/16');
  mover.go();
  expect((await copying).told).toBe('good');
  expect((await ask('00')).told).toBe('good');
});

it('is not in the way of other initiators, their names, and what needs no medium', async () => {
  const copying = bench.copy('T', backup('06'));
  await mover.isAsked;
  const other = bench.target.client();
  expect((await other.send(LUN.T, '84 00 06 00000000000000 00000040 00 00', { room: 64 })).told)
    .toBe('05/24/00');
  await other.must(LUN.T, '12 00 00 00FF 00', { room: 255 });
  await other.must(LUN.T, '84 03 00000000 00000000 00000100 00 00', { room: 256 });
  await other.must(LUN.T, '00 00 00 00 00 00');
  await other.must(LUN.T, '34 00 00000000000000 00', { room: 20 });
  expect(await other.copy(LUN.A, bench.list('06 00 0000 00000000 00000000 00000000')))
    .toMatchObject({ told: 'good' });
  // This one needs the medium, although it writes no mark: it waits for its turn.
  let isDone = false;
  const done = other.must(LUN.T, '10 00 000000 00').then(() => {
    isDone = true;
  });
  await turns(50);
  expect(isDone).toBe(false);
  mover.go();
  expect((await copying).told).toBe('good');
  await done;
  expect(brief(await bench.tape('T'))).toEqual(brief(
    [...Array.from({ length: 8 }, (_, i) => bench.disk('A', i, 1)), 'mark' as const]));
});

it('keeps the aliases that it goes by, of its own nexus and logical unit', async () => {
  const change = (client: Client, lun: number, entries: string) => {
    const out = hexBytes(`00000000 00000000 ${entries}`);
    return client.send(lun, `A4 0B 00000000 ${hexOf(out.length, 4)} 00 00`, { out });
  };
  const name = Buffer.from(bench.target.target.name).toString('hex').padEnd(64, '0');
  const entry = `00000000000000A1 05 0000 00 0000 0020 ${name}`;
  const { client } = bench;
  expect((await change(client, LUN.T, entry)).told).toBe('good');
  const copying = bench.copy('T', `08 00 0040 00000000 00000018 00000000
    E6 00 0000 0000000000000000 00000000000000A1 0000000000000000 00 000200
    E4 01 0000 01 03 00 08 {T} 00 000000
    00 00 0014 0000 0001 00 000200 0000 0008 0000000000000000`);
  await mover.isAsked;
  expect((await change(client, LUN.T, entry)).told).toBe('05/00/16');
  expect((await change(client, LUN.T, '')).told).toBe('good');
  expect((await change(client, LUN.A, entry)).told).toBe('good');
  expect((await change(bench.target.client(), LUN.T, entry)).told).toBe('good');
  mover.go();
  expect((await copying).told).toBe('good');
  expect((await change(client, LUN.T, '00000000000000A1 80 0000 00 0000 0000')).told).toBe('good');
});

it('ends when it is aborted, and leaves the tape to others', async () => {
  const stop = new AbortController();
  const copying = bench.client.copy(LUN.T, bench.list(backup('07')), { signal: stop.signal });
  const ended = expect(copying).rejects.toBe('enough');
  await mover.isAsked;
  stop.abort('enough');
  await ended;
  expect(brief(await bench.tape('T'))).toEqual([]);
  expect(bench.target.copies).toMatchObject([{ status: 'taskAborted' }]);
  const status = await bench.client.must(
    LUN.T, '84 00 07 00000000000000 00000040 00 00', { room: 64 });
  expect(status[4]).toBe(0x02); // completed with errors
  mover.go();
  expect((await bench.copy('T', backup('07'))).told).toBe('good');
});
