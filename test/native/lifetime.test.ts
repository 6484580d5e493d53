import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

import { loadAddon } from '../../src/io/addon.ts';
import { createMover } from '../../src/io/mover.ts';
import { temporaryFolder } from '../support/io-folder.ts';

const ADDON = fileURLToPath(new URL('../../build/Release/serverfree.node', import.meta.url));
const folder = temporaryFolder();
const MIB = 1024 * 1024;

/** Why the ring cannot be had here, if it cannot. */
function ringProblem(): string | undefined {
  try {
    void createMover({ rung: 'direct' }).close();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
const problem = ringProblem();

/** What the scripts below begin with: eight copies of 64 MiB, none of them done in an instant. */
const PREAMBLE = `
  const fs = require('node:fs');
  const { Worker, isMainThread } = require('node:worker_threads');
  const addon = require(${JSON.stringify(ADDON)});
  const DIRECT = fs.constants.O_DIRECT | fs.constants.O_RDWR | fs.constants.O_CREAT;
  const makeRing = (onRow = () => {}) => new addon.Ring(16, ${MIB}, (batch) => {
    for (let i = 0; i < batch.length; i += 6) onRow(batch[i], batch[i + 1]);
  });
  const submit = (ring) => {
    const source = fs.openSync(process.env.FOLDER + '/source', DIRECT);
    const destination = fs.openSync(process.env.FOLDER + '/destination', DIRECT);
    for (let id = 0; id < 8; id += 1) {
      ring.submit(id, source, 0, destination, id * ${64 * MIB}, ${64 * MIB},
        Float64Array.of(0, ${64 * MIB}), 3);
    }
  };
  const inWorker = (code) =>
    new Worker(process.env.PREAMBLE + code, { eval: true, env: process.env });
`;

const BUSY_WORKER = `
  const worker = inWorker(
    "submit(makeRing()); require('worker_threads').parentPort.postMessage(0)");`;

const COUNT_ENDS = `
  let ends = 0;
  const ring = makeRing((event) => {
    if (event === 1) ends += 1;
    if (event === 2) console.log('stopped after', ends);
  });
  submit(ring);`;

/** Name, script, and what it must print. */
const STAGES: readonly (readonly [string, string, string])[] = [
  ['the addon is loaded', `console.log('loaded')`, 'loaded'],
  ['a ring is open and idle', `makeRing(); console.log('idle')`, 'idle'],
  ['a ring is open, by process.exit', `makeRing(); console.log('x'); process.exit(0)`, 'x'],
  ['moves are in flight, by process.exit',
    `submit(makeRing()); console.log('busy'); process.exit(0)`, 'busy'],
  ['moves are in flight, and wait for their end',
    `let ends = 0; const ring = makeRing((event) => { if (event === 1) ends += 1; });
     submit(ring); process.on('exit', () => console.log('ended', ends))`, 'ended 8'],
  ['moves are in flight at close: each of them ends', `${COUNT_ENDS} ring.close()`,
    'stopped after 8'],
  ['closed twice', `${COUNT_ENDS} ring.close(); ring.close()`, 'stopped after 8'],
  ['closed again after its end',
    `const ring = makeRing((event) => setImmediate(() => { ring.close(); console.log('again'); }));
     ring.close()`, 'again'],
  ['closed, by process.exit before the thread has ended',
    `const ring = makeRing(); submit(ring); ring.close(); process.exit(0)`, ''],
  ['fifty rings came and went',
    `let n = 0; const next = () => { const ring = makeRing(() => {
       n += 1; if (n < 50) next(); else console.log(n); }); ring.close(); }; next()`, '50'],
  ['a worker has loaded it', `inWorker("console.log('worker')")`, 'worker'],
  ['a worker has a ring open', `inWorker('makeRing()').on('exit', (c) => console.log(c))`, '0'],
  ['a worker ends with moves in flight',
    `inWorker('submit(makeRing()); process.exit(3)').on('exit', (c) => console.log(c))`, '3'],
  ['a worker is terminated with moves in flight',
    `${BUSY_WORKER}
     worker.on('message', () => worker.terminate().then((code) => console.log(code)))`, '1'],
  ['the process ends while a worker has moves in flight',
    `${BUSY_WORKER}
     worker.on('message', () => process.exit(0))`, ''],
  ['a ring is open here and in a worker',
    `submit(makeRing()); inWorker('submit(makeRing())').on('exit', (c) => console.log(c))`, '0'],
];

describe.skipIf(problem !== undefined)(`the addon's life${problem ? ` (${problem})` : ''}`, () => {
  beforeAll(() => {
    writeFileSync(`${folder()}/source`, new Uint8Array(64 * MIB).fill(7));
    writeFileSync(`${folder()}/destination`, '');
  });

  it.each(STAGES)('ends cleanly when %s', (_name, script, output) => {
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath, ['-e', PREAMBLE + script],
      { encoding: 'utf8', env: { ...process.env, FOLDER: folder(), PREAMBLE } });
    expect({ status, signal, stderr, stdout: stdout.trim() })
      .toEqual({ status: 0, signal: null, stderr: '', stdout: output });
  });
});

it('loads where the addon was built', () => {
  const { addon, problem: missing } = loadAddon();
  expect(addon === undefined).toBe(missing !== undefined);
});
