/** A backup client for the time of one command. */
import type { JobContext, JobReport } from '../backup/jobs/job.ts';
import { copyStatistics } from '../backup/devices/copy-statistics.ts';
import { Initiators } from '../initiator/connect.ts';
import type { Initiator } from '../initiator/initiator.ts';
import { TcpNetwork } from '../io/network.ts';
import type { BytesByRung } from '../ports/mover.ts';
import { secretOf } from './addresses.ts';
import { cpuSeconds, interruption, thisHost } from './host.ts';
import { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

export type MoverChoice = 'xcopy' | 'host';

export interface ClientOptions {
  readonly secretFile?: string;
}

export class Client {
  readonly context: JobContext;
  readonly #initiators: Initiators;
  readonly #open: Initiator[] = [];
  readonly #progress: ProgressByPhase;

  private constructor(terminal: Terminal, options: ClientOptions) {
    const host = thisHost();
    const secret = options.secretFile === undefined ? process.env['SERVERFREE_SECRET']
      : secretOf(options.secretFile, 'the secret');
    this.#initiators = new Initiators({ ...host, network: new TcpNetwork() },
      secret === undefined ? {} : { secret });
    this.#progress = new ProgressByPhase(terminal);
    this.context = {
      clock: host.clock, random: host.random, cpuMs: () => cpuSeconds() * 1000,
      signal: interruption(),
      onProgress: ({ phase, bytesDone, bytesTotal }) =>
        this.#progress.update(phase, bytesDone, bytesTotal),
    };
  }

  /** Runs one command and logs out of every target afterwards. */
  static async run<T>(
    terminal: Terminal, options: ClientOptions, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(terminal, options);
    try {
      return await work(client);
    } finally {
      client.#progress.finish();
      for (const unit of client.#open) await unit.close();
    }
  }

  async open(url: string): Promise<Initiator> {
    const unit = await this.#initiators.open(url);
    this.#open.push(unit);
    return unit;
  }

  /** Adds to a job's report by which rung its copies went, if the copy manager tells. */
  async counted<R extends JobReport>(unit: Initiator, job: () => Promise<R>): Promise<R> {
    const before = await copyStatistics(unit);
    const report = await job();
    this.#progress.finish();
    const after = await copyStatistics(unit);
    if (before === undefined || after === undefined) return report;
    return { ...report, byRung: difference(after, before) };
  }
}

const difference = (after: BytesByRung, before: BytesByRung): BytesByRung => ({
  reflink: after.reflink - before.reflink, direct: after.direct - before.direct,
  kernel: after.kernel - before.kernel, portable: after.portable - before.portable,
  hole: after.hole - before.hole,
});

/** One display for each phase of a job. */
class ProgressByPhase {
  readonly #terminal: Terminal;
  readonly #clock = thisHost().clock;
  #phase: string | undefined;
  #progress: Progress | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  update(phase: string, done: number, total: number | undefined): void {
    if (phase !== this.#phase) {
      this.finish();
      this.#phase = phase;
      this.#progress = new Progress(this.#terminal, this.#clock, phase);
    }
    this.#progress?.update(done, total ?? 0);
  }

  finish(): void {
    this.#progress?.finish();
    this.#progress = undefined;
    this.#phase = undefined;
  }
}
