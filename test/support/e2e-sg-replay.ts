/**
 * Programs of sg3_utils that want a device: what they ask for is sent over iSCSI, and they are run
 * again with the answers until they ask for nothing more.
 *
 *   program ── sg-replay.c ─→ CDBs it has no answer to ─→ Client ─→ answers ─→ program …
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from './e2e-client.ts';
import { outputOf, type Ran, run } from './e2e-program.ts';

const SOURCE = fileURLToPath(new URL('./sg-replay.c', import.meta.url));
/** A program that still asks after so many runs asks for ever. */
const RUN_COUNT_MAX = 10;

export class SgReplay {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws: Error with what the compiler says. */
  static async open(): Promise<SgReplay> {
    const folder = mkdtempSync(join(tmpdir(), 'serverfree-sg-'));
    await outputOf('cc', ['-shared', '-fPIC', '-O1', '-o', join(folder, 'replay.so'), SOURCE]);
    return new SgReplay(folder);
  }

  /** What a program prints of a logical unit. Throws: Error if one of its commands fails. */
  async run(client: Client, lun: number, program: string, ...flags: string[]): Promise<Ran> {
    const answers = mkdtempSync(join(this.#folder, 'answers-'));
    const asked = join(answers, 'asked');
    for (let runs = 0; runs < RUN_COUNT_MAX; runs += 1) {
      const ran = await run('env', [`SG_REPLAY=${answers}`,
        `LD_PRELOAD=${join(this.#folder, 'replay.so')}`, program, ...flags, '/dev/null']);
      if (!existsSync(asked)) return ran;
      const lines = new Set(readFileSync(asked, 'utf8').trim().split('\n'));
      rmSync(asked);
      for (const line of lines) {
        const [cdb, room] = line.split(' ') as [string, string]; // sg-replay.c writes both
        writeFileSync(join(answers, cdb),
          await client.must(lun, cdb, { room: Number(room) }));
      }
    }
    throw new Error(`${program} asks for ever`);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
