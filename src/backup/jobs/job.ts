/** What all jobs have in common: what they are given, what they tell, how they end. */
import type { Initiator } from '../../initiator/initiator.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BytesByRung } from '../../ports/mover.ts';
import type { Random } from '../../ports/random.ts';
import type { MoverName, MoveWatch } from '../movers/mover.ts';
import { type ClientTraffic, type CpuTime, Meter } from './meter.ts';

export interface Progress {
  /** What is being done, for people: `scan`, `copy`, … */
  readonly phase: string;
  readonly bytesDone: number;
  /** Undefined while it is not known. */
  readonly bytesTotal: number | undefined;
}

/** The world as a job sees it. */
export interface JobContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Processor time of this process so far, in milliseconds. */
  readonly cpuMs: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What a job did. */
export interface JobReport {
  readonly job: 'backup' | 'restore' | 'verify' | 'rebuild';
  readonly set?: string;
  /** The mover that really ran; none if the job only reads through the client. */
  readonly mover?: MoverName;
  /** Bytes of data that went from one device to the other. */
  readonly dataBytes: number;
  /** Of these, bytes that the copy manager moved. */
  readonly copyManagerBytes: number;
  /** What the copy manager moved by rung, where it tells (`withRungs`). */
  readonly byRung?: BytesByRung;
  readonly client: ClientTraffic;
  readonly cpu: CpuTime;
  readonly elapsedMs: number;
  /** What a person should know beside the numbers. */
  readonly notes: readonly string[];
}

/** A job under way. */
export class Job {
  readonly context: JobContext;
  readonly meter: Meter;
  readonly #startedMs: number;
  readonly #notes: string[] = [];

  constructor(context: JobContext, units: readonly Initiator[]) {
    this.context = context;
    this.meter = new Meter(units, context.cpuMs);
    this.#startedMs = context.clock.nowMs();
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  progress(phase: string, bytesDone: number, bytesTotal: number | undefined): void {
    this.context.onProgress?.({ phase, bytesDone, bytesTotal });
  }

  /** Tells movers whether to go on, and progress from them. */
  watch(phase: string, bytesTotal: number | undefined): MoveWatch {
    return {
      signal: this.context.signal,
      moved: (bytesDone) => this.progress(phase, bytesDone, bytesTotal),
    };
  }

  report(
    did: Pick<JobReport, 'job' | 'set' | 'mover' | 'dataBytes'>): JobReport {
    return {
      ...did,
      copyManagerBytes: did.mover === 'xcopy' ? did.dataBytes : 0,
      client: this.meter.traffic(), cpu: this.meter.cpu(),
      elapsedMs: this.context.clock.nowMs() - this.#startedMs, notes: [...this.#notes],
    };
  }
}
