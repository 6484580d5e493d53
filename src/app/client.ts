/** A backup client for the time of one command. */
import type { JobContext, JobReport } from '../backup/jobs/job.ts';
import { withRungs } from '../backup/devices/copy-statistics.ts';
import {
  type ConnectOptions, type DiscoveredTarget, discover, Initiators,
} from '../initiator/connect.ts';
import type { InitiatorPorts } from '../initiator/session.ts';
import type { Initiator } from '../initiator/initiator.ts';
import { TcpNetwork } from '../io/network.ts';
import { cpuSeconds, interruption, thisHost } from './host.ts';
import { Progress } from './progress.ts';
import { connectOptionsOf, type SecretOptions } from './secret-options.ts';
import type { Terminal } from './terminal.ts';

export type MoverChoice = 'xcopy' | 'host';

export class Client {
  readonly context: JobContext;
  readonly #ports: InitiatorPorts;
  readonly #connectOptions: ConnectOptions;
  readonly #initiators: Initiators;
  readonly #open: Initiator[] = [];
  readonly #progress: ProgressByPhase;

  private constructor(terminal: Terminal, options: SecretOptions) {
    const host = thisHost();
    this.#ports = { ...host, network: new TcpNetwork() };
    this.#connectOptions = connectOptionsOf(options);
    this.#initiators = new Initiators(this.#ports, this.#connectOptions);
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
    terminal: Terminal, options: SecretOptions, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(terminal, options);
    try {
      return await work(client);
    } finally {
      client.#progress.finish();
      for (const unit of client.#open) await unit.close();
    }
  }

  /** The targets behind a portal. */
  discover(url: string): Promise<DiscoveredTarget[]> {
    return discover(this.#ports, url, this.#connectOptions);
  }

  async open(url: string): Promise<Initiator> {
    const unit = await this.#initiators.open(url);
    this.#open.push(unit);
    return unit;
  }

  /** Runs a job; its report tells by which rung its copies went, if `unit` can say. */
  async counted<R extends JobReport>(unit: Initiator, job: () => Promise<R>): Promise<R> {
    const report = await withRungs(unit, job);
    this.#progress.finish();
    return report;
  }
}

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
