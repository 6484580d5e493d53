/**
 * The devices of `Lists` in `serverfree target`, a process of its own:
 *
 *   ProgramBench ── Client… ──(recording)── serverfree target ── files and cartridges in a folder
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rung } from '../../src/ports/mover.ts';
import { Client } from './e2e-client.ts';
import { DISK_BYTES, Lists, type Name, namesOf, writeContents } from './e2e-lists.ts';
import { Recording } from './e2e-recording.ts';
import { TargetProcess } from './target-process.ts';

interface BenchOptions {
  /** Where the media lie: a folder that is there already. The default is the system's. */
  readonly under?: string;
  readonly rung?: Rung;
  /** Whether what passes is written down. */
  readonly isRecorded?: boolean;
}

interface Parts {
  readonly target: TargetProcess;
  readonly recording: Recording | undefined;
  readonly client: Client;
  readonly folder: string;
  readonly naa: Readonly<Record<Name, string>>;
}

export class ProgramBench extends Lists {
  readonly target: TargetProcess;
  readonly recording: Recording | undefined;
  readonly #folder: string;
  readonly #clients: Client[];

  private constructor({ target, recording, client, folder, naa }: Parts) {
    super(client, (name) => join(folder, name), naa);
    this.target = target;
    this.recording = recording;
    this.#folder = folder;
    this.#clients = [client];
  }

  static async open(
    { under = tmpdir(), rung, isRecorded = false }: BenchOptions = {}): Promise<ProgramBench> {
    const folder = mkdtempSync(join(under, 'serverfree-copies-'));
    const file = (name: string): string => join(folder, name);
    writeContents(file);
    const target = await TargetProcess.start({ flags: [
      '--disk', `A=${file('A')}`, '--disk', `B=${file('B')},size=${DISK_BYTES}`,
      '--disk', `C=${file('C')},size=${DISK_BYTES},block=4096`,
      '--tape', `T=${file('T')},capacity=64M`, '--tape', `U=${file('U')},capacity=64M`,
      '--disk', `R=${file('R')},readonly`, '--tape', 'E=',
      ...(rung === undefined ? [] : ['--rung', rung])] }).catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    const recording = isRecorded ? await Recording.of(target.portal) : undefined;
    const client = new Client(`iscsi://${recording?.portal ?? target.portal}/${target.iqn}`);
    return new ProgramBench({ target, recording, client, folder, naa: await namesOf(client) });
  }

  /** Where initiators connect: the target's portal, or that of the recording. */
  get portal(): string {
    return this.recording?.portal ?? this.target.portal;
  }

  /** Another initiator port, and so an I_T nexus of its own. */
  another(): Client {
    const client = new Client(`iscsi://${this.portal}/${this.target.iqn}`);
    this.#clients.push(client);
    return client;
  }

  /** All sense data that initiators were told, each once. */
  get senses(): readonly string[] {
    return [...new Set(this.#clients.flatMap(({ senses }) => [...senses]))];
  }

  /** Logs all initiators out and ends the target. Throws: Error unless it ends with status 0. */
  async close(): Promise<void> {
    try {
      for (const client of this.#clients) await client.close();
      await this.target.stop();
    } finally {
      await this.target.kill();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}
