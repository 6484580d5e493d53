import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { TargetProcess } from './target-process.ts';

/**
 * A fresh folder for each test, and targets on media in it; both are gone when the test has ended,
 * however it ended.
 */
export class E2eFolder {
  #path: string | undefined;
  readonly #running = new Set<TargetProcess>();

  constructor() {
    afterEach(async () => {
      for (const target of this.#running) await target.kill();
      this.#running.clear();
      if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
      this.#path = undefined;
    });
  }

  /** Path of a file in the folder. */
  file(name: string): string {
    this.#path ??= mkdtempSync(join(tmpdir(), 'serverfree-e2e-'));
    return join(this.#path, name);
  }

  /** Starts a target; killed after the test, should it still run. */
  async target(...flags: readonly string[]): Promise<TargetProcess> {
    const target = await TargetProcess.start({ flags });
    this.#running.add(target);
    return target;
  }

  /** Two disks, LUN 0 and 1. */
  disks(...flags: readonly string[]): Promise<TargetProcess> {
    return this.target(
      '--disk', `first=${this.file('first.img')},size=64M`,
      '--disk', `second=${this.file('second.img')},size=64M`, ...flags);
  }

  /** Two disks, LUN 0 and 1, and a tape, LUN 2. */
  disksAndTape(...flags: readonly string[]): Promise<TargetProcess> {
    return this.disks('--tape', `tape=${this.file('tape')},capacity=1G`, ...flags);
  }
}
