/**
 * Tests that are the steps of scripts in test/interop/kernel: one boot of the guest for a file of
 * tests, one test for each step.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelGuest } from './kernel-guest.ts';
import { recordingOf, type Report, type Run, runInKernel, stepsOf } from './kernel-machine.ts';
import { type Need, need, requires } from './requires.ts';
import { TargetProcess } from './target-process.ts';

/** Boot, all steps and patience on a machine with other work; making the guest is part of it. */
const PATIENCE_MS = 900_000;
const IQN = 'iqn.2026-11.org.serverfree:kernel';
/** How the guest calls the host's loopback. */
const HOST = '10.0.2.2';

/** An emulator and the packages of a guest, which are fetched if they are not in the cache. */
export function requiresKernel(...others: readonly string[]): Need {
  const programs = requires('qemu-system-x86_64', 'apt-get', 'dpkg-deb', 'tar', ...others);
  if (programs.why !== '') return programs;
  try {
    kernelGuest();
    return need(undefined);
  } catch (error) {
    return need(`no packages for a guest: ${error instanceof Error ? error.message : error}`);
  }
}

export interface Suite {
  readonly title: string;
  readonly scripts: readonly string[];
  readonly files?: Run['files'];
  /** Flags of the target, made once there is a folder; `restart` starts it with the same. */
  readonly flags: (file: (name: string) => string) => readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * What people do with the target's files when a script asks for it, by the request; then the
   * target is told to look round (SIGHUP).
   */
  readonly people?: Readonly<Record<string, (file: (name: string) => string) => void>>;
}

/** What a suite leaves for tests of its own, in its `describe`. */
export interface Ran {
  /** A pcap file with all that the guest sent and received. */
  readonly recording: () => string;
  /** TCP port of the target, on its side. */
  readonly port: () => number;
}

/** Declares the tests; `more` may add some that look at what the run has left. */
export function kernelSuite(suite: Suite, more: (ran: Ran) => void = () => {}): void {
  const kernel = requiresKernel();
  describe.skipIf(kernel.isMissing)(`${suite.title}${kernel.why}`, () => {
    let folder = '';
    let report: Report | undefined;
    const file = (name: string): string => join(folder, name);
    const target = new RestartingTarget();

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'serverfree-kernel-'));
      await target.start(suite.flags(file));
      report = await runInKernel({
        scripts: suite.scripts, files: suite.files ?? {}, file,
        variables: {
          ...suite.variables, IQN, PORTAL: `${HOST}:${target.port}`,
        },
        async onAsk(request) {
          const work = suite.people?.[request];
          if (work === undefined) return target.obey(request);
          work(file);
          target.lookRound();
        },
      });
      await target.stop();
    }, PATIENCE_MS);

    afterAll(async () => {
      await target.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    it.each(suite.scripts.flatMap(stepsOf))('%s', (step) => {
      expect(report?.failures.get(step), report?.console).toBe('');
    });

    it('shows no bug of the target', () => {
      expect(target.errors).not.toContain('internal error');
    });

    more({ recording: () => recordingOf(file), port: () => target.port });
  });
}

/** A target that the guest can have killed and started again at the same address. */
class RestartingTarget {
  #flags: readonly string[] = [];
  #running: TargetProcess | undefined;
  #portal = '';
  #errors = '';

  async start(flags: readonly string[], listen = '127.0.0.1:0'): Promise<void> {
    this.#flags = flags;
    this.#running = await TargetProcess.start({ flags: [...flags, '--iqn', IQN], listen });
    this.#portal = this.#running.portal;
  }

  get port(): number {
    return Number(new URL(`tcp://${this.#portal}`).port);
  }

  get errors(): string {
    return this.#errors + (this.#running?.errors ?? '');
  }

  lookRound(): void {
    if (this.#running !== undefined) process.kill(this.#running.pid, 'SIGHUP');
  }

  /** `kill and restart` is all that a guest may ask for of a target. */
  async obey(request: string): Promise<void> {
    if (request !== 'kill and restart') throw new Error(`the guest asks for '${request}'`);
    await this.kill();
    await this.start(this.#flags, this.#portal);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  async kill(): Promise<void> {
    this.#errors = this.errors;
    await this.#running?.kill();
    this.#running = undefined;
  }
}
